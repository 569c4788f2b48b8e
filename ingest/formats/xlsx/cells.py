"""Cells of a sheet: where each stands, what kind it is, what is written in it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from inventory_api.domain.arrays import Ints

UNCALCULATED = "uncalculated"
"""The type that we give a cell whose formula was saved without what comes of it."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells that are not empty, as they follow each other in the file.

    Attributes:
        rows: The row of each, from 1.
        columns: The column of each, from 0.
        kinds: Number of its kind.
        texts: What is written in each.
    """

    rows: Ints
    columns: Ints
    kinds: Ints
    texts: pa.Array


class Kinds(dict[tuple[str, str], int]):
    """Type and style of cells, as the attributes ``t`` and ``s`` give them -> a number that stands for both."""

    def number(self, type_: str, style: str) -> int:
        """The number of a kind, a new one where it was not met before."""
        return self.setdefault((type_, style), len(self))
