"""Excel workbooks: one sheet as rows of text, its numbers, dates and formula errors as a CSV would have them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ingest.formats.columns import LOW_CARDINALITY
from ingest.formats.compression import Opened, random_access
from ingest.formats.layout import Layout
from ingest.formats.workbook import MAX_CELLS, SheetSurvey, survey
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind

BATCH_ROWS = 50_000
Row = list[Any]


def read_xlsx(
    opened: Opened,
    *,
    kind: FeedKind,
    context: FeedContext,
    notices: NoticeBook,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[RawBatch]:
    """Yield the rows of a sheet of an Excel workbook (.xlsx, .xlsm); lines are the numbers of its rows.

    The sheet is the profile's, else the first visible one that holds anything. It is in memory as a
    whole, at most ``workbook.MAX_CELLS`` cells. A number is written as a CSV would have it: zeros that
    the spreadsheet dropped in front of a code are the normalizer's to put back.

    Args:
        opened: Gives the workbook's bytes.
        kind: Decides which column names mean what, and which are needed.
        context: Its profile's ``sheet``, ``skip_rows``, ``columns`` and ``aliases`` count.
        notices: Gets ``sheet_ignored``, ``cell_error`` and what is odd about rows and columns.
        on_progress: Called after each batch with a share of the workbook's bytes.

    Raises:
        FeedRejected: ``not_a_feed``, ``truncated``, ``archive_bomb``, ``sheet_missing``, ``empty_feed``
            or what is wrong with the header.
    """
    with random_access(opened) as stream:
        surveys = survey(stream)
        size = stream.seek(0, 2)
        stream.seek(0)
        sheet, survey_of_it = _choose(stream, surveys, context.profile.sheet, notices)
    rows = _numbered(sheet)
    layout, line = _read_header(rows, kind, context, notices)
    layout.check(line, kind, context, notices)
    _note_errors(survey_of_it, layout, line, notices)
    any_row = False
    while block := list(islice(rows, BATCH_ROWS)):
        batch = _batch(block, layout, context.decimal, notices)
        any_row |= len(batch) > 0
        yield batch
        if on_progress is not None:
            on_progress(size * block[-1][0] // sheet.total_height)
    if not any_row:
        raise FeedRejected("empty_feed", "There is no row below the header.", line=line)


def first_rows(opened: Opened, sheet: str | None, count: int) -> list[tuple[int, list[str]]]:
    """Number and texts of the first rows of a sheet that are not blank. Raises FeedRejected."""
    with random_access(opened) as stream:
        surveys = survey(stream)
        stream.seek(0)
        chosen, _ = _choose(stream, surveys, sheet, NoticeBook())
    rows = ((number, [text.strip() for text in _texts(row, ".")]) for number, row in _numbered(chosen))
    return list(islice(((number, texts) for number, texts in rows if any(texts)), count))


def _choose(
    stream: BinaryIO, surveys: dict[str, SheetSurvey], wanted: str | None, notices: NoticeBook
) -> tuple[CalamineSheet, SheetSurvey]:
    try:
        workbook = CalamineWorkbook.from_filelike(stream)
        sheets = [meta for meta in workbook.sheets_metadata if meta.typ is SheetTypeEnum.WorkSheet]
        shown = [meta.name for meta in sheets if meta.visible is SheetVisibleEnum.Visible]
        names = shown or [meta.name for meta in sheets]
        if wanted is not None:
            if wanted not in [meta.name for meta in sheets]:
                reason = f"The workbook has no sheet {wanted!r}, but: {', '.join(names)}."
                raise FeedRejected("sheet_missing", reason)
            return _load(workbook, wanted, surveys)
        for name in names:
            sheet, found = _load(workbook, name, surveys)
            if sheet.height:
                if len(names) > 1:
                    others = ", ".join(other for other in names if other != name)
                    notices.add("sheet_ignored", Severity.INFO, message=f"Read was {name!r}; not read: {others}.")
                return sheet, found
    except (CalamineError, ValueError, OSError) as error:
        raise FeedRejected("truncated", f"The workbook is damaged ({error}); save and send it again.") from error
    raise FeedRejected("empty_feed", "No sheet of the workbook holds anything.")


def _load(workbook: CalamineWorkbook, name: str, surveys: dict[str, SheetSurvey]) -> tuple[CalamineSheet, SheetSurvey]:
    found = surveys.get(name, SheetSurvey())
    if found.cells > MAX_CELLS:
        reason = f"The sheet {name!r} spans {found.cells:,} cells; at most {MAX_CELLS:,} are read. Send it as CSV."
        raise FeedRejected("archive_bomb", reason)
    return workbook.get_sheet_by_name(name), found


def _numbered(sheet: CalamineSheet) -> Iterator[tuple[int, Row]]:
    """The sheet's rows from its first column on, with their numbers."""
    blank = [""] * (sheet.start[1] if sheet.start else 0)
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, blank + row if blank else row


def _read_header(
    rows: Iterator[tuple[int, Row]], kind: FeedKind, context: FeedContext, notices: NoticeBook
) -> tuple[Layout, int]:
    """The profile's columns, or the first row that holds anything; and its number."""
    profile = context.profile
    skipped = sum(1 for _ in islice(rows, profile.skip_rows))
    if profile.columns is not None:
        return Layout.of(profile.columns, kind, profile.aliases), skipped + 1
    for number, row in rows:
        names = [text.strip() for text in _texts(row, ".")]
        if not any(names):
            notices.add("blank_row", Severity.INFO, line=number)
        elif next(filter(None, names)).startswith("#"):
            notices.add("hint_row_skipped", Severity.INFO, line=number, value=" ".join(names))
        else:
            return Layout.of(names, kind, profile.aliases), number
    raise FeedRejected("empty_feed", "The sheet holds no row at all.")


def _note_errors(found: SheetSurvey, layout: Layout, header_line: int, notices: NoticeBook) -> None:
    """Cells whose formula failed: they read as empty, which their author did not mean."""
    for position, name in layout.wanted.items():
        lines = [row for row, column in found.errors if column == position and row > header_line]
        notices.add_rows("cell_error", Severity.WARNING, np.array(lines, np.int64), column=name)


def _batch(block: list[tuple[int, Row]], layout: Layout, decimal: str, notices: NoticeBook) -> RawBatch:
    blank = [number for number, row in block if _is_blank(row)]
    if blank:
        notices.add_rows("blank_row", Severity.INFO, np.array(blank, np.int64))
        block = [(number, row) for number, row in block if not _is_blank(row)]
    lines: NDArray[np.int64] = np.array([number for number, _ in block], np.int64)
    by_field = list(zip(*(row for _, row in block), strict=True))
    fields: dict[int, pa.Array] = {}
    for position, name in layout.wanted.items():
        values = by_field[position] if position < len(by_field) else ("",) * len(block)
        array = pa.array(_texts(values, decimal), pa.string())
        fields[position] = array.dictionary_encode() if name in LOW_CARDINALITY else array
    return RawBatch(lines, layout.columns(fields, lines))


def _is_blank(row: Row) -> bool:
    return not any(row) and all(cell == "" for cell in row)


def _texts(values: Sequence[Any], decimal: str) -> list[str]:
    if set(map(type, values)) == {str}:
        return list(values)
    number = _number if decimal == "." else _number_of_a_comma_country
    write: dict[type, Callable[[Any], str]] = _WRITE | {float: number}
    return [value if type(value) is str else write[type(value)](value) for value in values]


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _number_of_a_comma_country(value: float) -> str:
    """With a fourth decimal, so that nobody takes the point for one of thousands."""
    text = _number(value)
    return text + "0" if text[-4:-3] == "." else text


def _instant(value: dt.datetime) -> str:
    return value.isoformat(timespec="seconds")


_WRITE: dict[type, Callable[[Any], str]] = {
    int: str,
    bool: lambda value: str(value).lower(),
    dt.datetime: _instant,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: str,
}
