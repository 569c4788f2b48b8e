"""Excel workbooks: one sheet as rows of text, its numbers, dates and formula errors as a CSV would have them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO

import numpy as np
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ingest.formats.columns import LOW_CARDINALITY
from ingest.formats.compression import Opened, random_access
from ingest.formats.layout import Layout
from ingest.formats.xlsx.archive import Archive, damage_told
from ingest.formats.xlsx.table import TROUBLES, Table, tables
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.money import minor_digits

_PRICES = ("price", "sale_price")


def read_xlsx(
    opened: Opened,
    *,
    kind: FeedKind,
    context: FeedContext,
    notices: NoticeBook,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[RawBatch]:
    """Yield the rows of a sheet of an Excel workbook (.xlsx, .xlsm); lines are the numbers of its rows.

    The sheet is the profile's, else the first visible one that holds anything. It is read in
    one pass, in bounded memory but for the strings that its cells refer to; its rows must be in order. A
    number is written as a CSV would have it: zeros that the spreadsheet dropped in front of a code are the
    normalizer's to put back.

    Args:
        opened: Gives the workbook's bytes.
        kind: Decides which column names mean what, and which are needed.
        context: Its profile's ``sheet``, ``skip_rows``, ``columns`` and ``aliases`` count.
        notices: Gets ``sheet_ignored``, what is wrong with formulas, and what is odd about rows and columns.
        on_progress: Called after each batch with a share of the workbook's bytes.

    Raises:
        FeedRejected: ``not_a_feed``, ``truncated``, ``archive_bomb``, ``sheet_missing``, ``empty_feed``
            or what is wrong with the header.
    """
    with random_access(opened) as stream:
        size = stream.seek(0, 2)
        on_share = None if on_progress is None else lambda share: on_progress(int(size * share))
        rows = _choose(stream, context.profile.sheet, context.decimal, notices, on_share)
        rows = _noted(rows, context.profile.skip_rows, notices)
        layout, line, rows = _read_header(rows, kind, context, notices)
        layout.check(line, kind, context, notices)
        any_row = False
        for table in rows:
            for position, name in layout.wanted.items():
                for code in TROUBLES.values():
                    notices.add_rows(code, Severity.WARNING, table.lines_of(code, position), column=name)
            any_row |= len(table.lines) > 0
            yield _batch(table, layout, context.currency)
    if not any_row:
        raise FeedRejected("empty_feed", "There is no row below the header.", line=line)


def first_rows(opened: Opened, sheet: str | None, count: int) -> list[tuple[int, list[str]]]:
    """Number and texts of the first rows of a sheet that are not blank. Raises FeedRejected."""
    with random_access(opened) as stream:
        rows = (
            (int(line), [text.strip() for text in table.row(index)])
            for table in _choose(stream, sheet, ".", NoticeBook())
            for index, line in enumerate(table.lines)
        )
        return list(islice(((number, texts) for number, texts in rows if any(texts)), count))


def _choose(
    stream: BinaryIO,
    wanted: str | None,
    decimal: str,
    notices: NoticeBook,
    on_share: Callable[[float], None] | None = None,
) -> Iterator[Table]:
    """The rows of the sheet that is asked for, else of the first visible one that holds anything."""
    with damage_told():
        archive = Archive(stream)
        metadata = CalamineWorkbook.from_filelike(archive.with_rows()).sheets_metadata
        sheets = [meta for meta in metadata if meta.typ is SheetTypeEnum.WorkSheet]
    shown = [meta.name for meta in sheets if meta.visible is SheetVisibleEnum.Visible]
    names = shown or [meta.name for meta in sheets]
    if wanted is not None:
        if wanted not in [meta.name for meta in sheets]:
            reason = f"The workbook has no sheet {wanted!r}, but: {', '.join(names)}."
            raise FeedRejected("sheet_missing", reason)
        return tables(archive, wanted, decimal, on_share)
    for name in names:
        rows = tables(archive, name, decimal, on_share)
        for first in rows:
            if len(names) > 1:
                others = ", ".join(other for other in names if other != name)
                notices.add("sheet_ignored", Severity.INFO, message=f"Read was {name!r}; not read: {others}.")
            return chain([first], rows)
    raise FeedRejected("empty_feed", "No sheet of the workbook holds anything.")


def _noted(rows: Iterable[Table], skipped: int, notices: NoticeBook) -> Iterator[Table]:
    """The rows below those that the profile skips, with a notice for each blank one between them."""
    last = skipped
    for table in rows:
        below = table.below(last)
        if len(below.lines):
            end = int(below.lines[-1])
            blank = np.setdiff1d(np.arange(last + 1, end + 1), below.lines, assume_unique=True)
            notices.add_rows("blank_row", Severity.INFO, blank)
            last = end
        yield below


def _read_header(
    rows: Iterator[Table], kind: FeedKind, context: FeedContext, notices: NoticeBook
) -> tuple[Layout, int, Iterator[Table]]:
    """The profile's columns, or the first row that holds anything; its number, and the rows below it."""
    profile = context.profile
    if profile.columns is not None:
        return Layout.of(profile.columns, kind, profile.aliases), profile.skip_rows + 1, rows
    for table in rows:
        for index, line in enumerate(table.lines.tolist()):
            names = [text.strip() for text in table.row(index)]
            if not any(names):
                notices.add("blank_row", Severity.INFO, line=line)
            elif next(filter(None, names)).startswith("#"):
                notices.add("hint_row_skipped", Severity.INFO, line=line, value=" ".join(names))
            else:
                return Layout.of(names, kind, profile.aliases), line, chain([table.below(line)], rows)
    raise FeedRejected("empty_feed", "The sheet holds no row at all.")


def _batch(table: Table, layout: Layout, currency: str | None) -> RawBatch:
    """Rows, in which prices are those that cells show, where these have the decimals of the currency."""
    digits = None if currency is None else minor_digits(currency)
    texts = {
        position: table.column(position, decimals=digits if name in _PRICES else None)
        for position, name in layout.wanted.items()
    }
    fields = {
        position: texts[position].dictionary_encode() if name in LOW_CARDINALITY else texts[position]
        for position, name in layout.wanted.items()
    }
    return RawBatch(table.lines, layout.columns(fields, table.lines))
