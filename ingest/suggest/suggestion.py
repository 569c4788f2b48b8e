"""What a file seems to be, column by column, and the profile that says so."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest.formats import columns
from ingest.formats.delimited.header import is_hint
from ingest.formats.layout import Layout
from ingest.rows import FeedContext
from ingest.suggest import evidence
from ingest.suggest.sample import Sample, header_at, take_sample
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedFormat, FeedProfile

_NEAR = 0.8
"""Names this alike are one with a slip of the pen."""


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """One column of a file.

    Attributes:
        name: As the file has it; blank without a header.
        read_as: Our column; None where it is not understood.
        certain: Told by its name or the profile; else guessed.
        sample: Its first cell that is not blank.
    """

    name: str
    read_as: str | None
    certain: bool
    sample: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a first look at a file tells.

    Attributes:
        kind: Of the feed that it seems to be, or as which it was to be looked at.
        format: Of its bytes.
        profile: The given one, completed.
        is_needed: Whether the completion says more than the reader would tell by itself.
        columns: In the file's order; empty for formats that have none.
        remarks: Sentences for whoever sent the file.
    """

    kind: FeedKind
    format: FeedFormat
    profile: FeedProfile
    is_needed: bool
    columns: list[ColumnGuess] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def suggest_profile(path: Path, kind: FeedKind | None, context: FeedContext) -> Suggestion:
    """Look at the beginning of a file.

    Args:
        path: The file as it came.
        kind: As which to look at it; None: what its columns speak for.
        context: Its profile is completed, never contradicted; what it has needs no suggestion.

    Raises:
        FeedRejected: It cannot be unpacked, or is no feed at all.
    """
    sample = take_sample(path, context.profile)
    if not sample.rows:
        return Suggestion(kind or FeedKind.INVENTORY, sample.format, context.profile, is_needed=False)
    return _Look(sample, kind, context).suggestion()


class _Look:
    """One look at one sample; ``changes`` becomes what the profile lacks."""

    def __init__(self, sample: Sample, kind: FeedKind | None, context: FeedContext) -> None:
        self._sample = sample
        self._context = context
        self._given = context.profile
        self._store_given = context.store_code is not None
        self._changes: dict[str, Any] = {}
        self._remarks: list[str] = []
        self._has_header = True
        names, rows = self._split()
        self._names = list(names)
        self._columns = evidence.columns_of(rows, len(self._names))
        likely = self._likely_kind()
        self._kind = kind or likely
        if len(self._positions(likely)) > len(self._positions(self._kind)) and not self._missing(likely):
            self._remarks.append(f"This looks like {_A[likely]} feed: read it with --kind {likely}.")

    def suggestion(self) -> Suggestion:
        layout = Layout.of(self._names, self._kind, self._given.aliases)
        known = layout.wanted
        guessed = self._guess(known)
        if self._sample.is_latin and self._given.encoding is None:
            self._changes["encoding"] = "cp1252"
            self._remarks.append("The text is not UTF-8: it is read as Windows-1252. Look at its accented letters.")
        self._look_at_values(known | guessed)
        guesses = [
            ColumnGuess(name, (known | guessed).get(at), at in known, column.cells[0] if column.cells else "")
            for at, (name, column) in enumerate(zip(self._names, self._columns, strict=True))
        ]
        profile = replace(self._given, **self._changes)
        return Suggestion(self._kind, self._sample.format, profile, bool(self._changes), guesses, self._remarks)

    def _split(self) -> tuple[Sequence[str], list[list[str]]]:
        """The names of the columns and the rows below them."""
        rows = [(line, cells) for line, cells in self._sample.rows if line > self._given.skip_rows]
        if self._given.columns is not None:
            return self._given.columns, [cells for _, cells in rows]
        at = header_at(rows)
        if at is None:
            hints = next((n for n, (_, cells) in enumerate(rows) if not is_hint(cells[0])), 0)
            if evidence.is_data(rows[hints][1]):
                self._has_header = False
                width = max(len(cells) for _, cells in rows)
                return [""] * width, [cells for _, cells in rows]
            at = hints
        line, names = rows[at]
        if not all(is_hint(cells[0]) for _, cells in rows[:at]):
            self._changes["skip_rows"] = line - 1
            self._remarks.append(f"The header stands on line {line}; the lines above it must be skipped.")
        return names, [cells for _, cells in rows[at + 1 :]]

    def _likely_kind(self) -> FeedKind:
        if not any(self._positions(kind) for kind in FeedKind):
            return evidence.kind_of(set(evidence.guess(self._columns, set()).values()))

        def worth(kind: FeedKind) -> tuple[float, int]:
            found = len(self._positions(kind))
            return found - len(self._missing(kind)) / 2, -list(FeedKind)[::-1].index(kind)

        return max(FeedKind, key=worth)

    def _positions(self, kind: FeedKind) -> Mapping[str, int]:
        return Layout.of(self._names, kind, self._given.aliases).positions

    def _missing(self, kind: FeedKind, guessed: Sequence[str] = ()) -> list[str]:
        present = {*self._positions(kind), *self._given.constants, *guessed}
        return columns.missing_columns(kind, present, store_given=self._store_given)

    def _guess(self, known: Mapping[int, str]) -> dict[int, str]:
        """Columns without a known name: first slips of the pen, then, where something is missing, by their cells."""
        guessed: dict[int, str] = {}
        names = columns.spellings(self._kind)
        taken = set(known.values())
        for at, name in enumerate(self._names):
            if at in known or not name or columns.is_known(name):
                continue
            near = difflib.get_close_matches(columns.fold(name), names, 1, _NEAR)
            if near and names[near[0]] not in taken:
                guessed[at] = names[near[0]]
                taken.add(guessed[at])
        if not self._has_header or self._missing(self._kind, list(guessed.values())):
            allowed = columns.canonical_columns(self._kind)
            done = known.keys() | guessed.keys()
            open_ = [evidence.Column([], 0) if at in done else column for at, column in enumerate(self._columns)]
            store = {"store_code"} if self._store_given else set()
            others = evidence.guess(open_, taken | store)
            guessed |= {at: name for at, name in others.items() if name in allowed}
        if not self._has_header:
            self._changes["columns"] = tuple(guessed.get(at, "") for at in range(len(self._names)))
            if self._sample.delimiter is not None:
                self._changes["delimiter"] = self._sample.delimiter
            self._remarks.append("The file has no header. What its columns are was guessed by their cells: check it.")
        elif guessed:
            aliases = {self._names[at]: name for at, name in guessed.items()}
            self._changes["aliases"] = {**self._given.aliases, **aliases}
            words = ", ".join(f"{theirs!r} as {ours}" for theirs, ours in aliases.items())
            self._remarks.append(f"Some names are not ours. Guessed was: {words}. Check it.")
        missing = self._missing(self._kind, list(guessed.values()))
        if missing:
            self._remarks.append(f"{_A[self._kind].capitalize()} feed needs besides: {'; '.join(missing)}.")
        return guessed

    def _look_at_values(self, read_as: Mapping[int, str]) -> None:
        cells = {name: self._columns[at].cells for at, name in read_as.items()}
        numbers = [*cells.get("price", []), *cells.get("sale_price", []), *cells.get("quantity", [])]
        if self._context.decimal == "." and evidence.decimal_of(numbers) == ",":
            self._changes["decimal"] = ","
            self._remarks.append("Numbers have a decimal comma: 1.234 then means 1234.")
        times = cells.get("timestamp", [])
        has_slashes, order = evidence.date_order_of(times)
        if has_slashes and self._context.date_order is None:
            if order is None:
                self._remarks.append("Whether 05/11 is in May or in November nobody can tell: declare date_order.")
            else:
                self._changes["date_order"] = order
        if self._context.timezone is None and evidence.lacks_zone(times):
            self._remarks.append("Times carry no offset: declare timezone, or the stores' own is taken.")
        if len(set(times)) > max(evidence.FEW_ROWS, len(times) / 2):
            self._remarks.append("Nearly every row has a time of its own: these may be changes (--mode delta).")


_A = {FeedKind.STORES: "a stores", FeedKind.PRODUCTS: "a products", FeedKind.INVENTORY: "an inventory"}
