"""Which field of a row is which column, by the names that a header or the profile gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.formats import columns
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a row.

    Attributes:
        names: As written, in order.
        positions: Canonical column -> its field, the first being 0.
        twins: Canonical column -> other fields that claim to be it and must hold the same cells.
    """

    names: list[str]
    positions: dict[str, int]
    twins: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Sequence[str], kind: FeedKind, aliases: Mapping[str, str]) -> Layout:
        """Find the columns that the names mean."""
        claims: dict[str, list[tuple[int, int]]] = {}
        for position, name in enumerate(names):
            found = columns.find_column(kind, name, aliases)
            if found is not None:
                canonical, rank = found
                claims.setdefault(canonical, []).append((rank, position))
        positions: dict[str, int] = {}
        twins: dict[str, list[int]] = {}
        for canonical, claimants in claims.items():
            rank, positions[canonical] = min(claimants)
            # A column of the canonical name itself outranks aliases; among equals only equal cells are safe.
            rivals = [
                p
                for r, p in claimants
                if p != positions[canonical]
                and (r == rank or (rank > 0 and columns.fold(names[p]) not in columns.SECOND_BEST))
            ]
            if rivals:
                twins[canonical] = rivals
        return cls(list(names), positions, twins)

    @property
    def wanted(self) -> dict[int, str]:
        """Field -> column of every field that is to be read, twins included."""
        twins = {position: name for name, positions in self.twins.items() for position in positions}
        return {position: name for name, position in self.positions.items()} | twins

    def check(self, line: int, kind: FeedKind, context: FeedContext, notices: NoticeBook) -> None:
        """Note what is odd about the names, and refuse a feed that lacks what it cannot do without.

        Args:
            line: On which the names stand.
            kind: Decides what is needed.
            context: A column that its profile declares constant is there.
            notices: Gets ``column_unknown`` and ``column_duplicate``.

        Raises:
            FeedRejected: ``header_missing`` or ``column_missing``.
        """
        if not self.positions:
            reason = f"Line {line} holds no column name we know, but: {', '.join(self.names)[:120]}."
            raise FeedRejected("header_missing", reason, line=line)
        present = self.positions.keys() | context.profile.constants.keys()
        missing = columns.missing_columns(kind, set(present), store_given=context.store_code is not None)
        if missing:
            reason = f"Columns missing: {'; '.join(missing)}. Found: {', '.join(self.names)[:200]}."
            raise FeedRejected("column_missing", reason, line=line)
        wanted = self.wanted
        for position, name in enumerate(self.names):
            if position not in wanted and columns.fold(name) and not columns.is_known(name):
                notices.add("column_unknown", Severity.INFO, line=line, column=name)
        for canonical, twins in self.twins.items():
            first = self.names[self.positions[canonical]]
            for position in twins:
                message = f"Read as {canonical}, like the column {first}."
                name = self.names[position]
                notices.add("column_duplicate", Severity.WARNING, line=line, column=name, message=message)

    def columns(self, fields: Mapping[int, pa.Array], lines: NDArray[np.int64]) -> dict[str, pa.Array]:
        """The fields of some rows as columns.

        Raises:
            FeedRejected: ``column_duplicate`` where twins differ.
        """
        for name, twins in self.twins.items():
            for position in twins:
                mine, other = _text(fields[self.positions[name]]), _text(fields[position])
                differs = pc.index(pc.equal(mine, other), False).as_py()
                if differs >= 0:
                    line = int(lines[differs])
                    first, second = self.names[self.positions[name]], self.names[position]
                    reason = f"The columns {first!r} and {second!r} both mean {name}, and differ on line {line}."
                    raise FeedRejected("column_duplicate", reason, line=line)
        return {name: fields[position] for name, position in self.positions.items()}


def _text(array: pa.Array) -> pa.Array:
    return pc.fill_null(pc.utf8_trim_whitespace(array.cast(pa.string())), "")
