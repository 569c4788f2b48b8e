"""The fate of each row of a batch, and the notices that explain it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.normalize.cells import Cells, Rows
from ingest.notices import NoticeBook, Severity


class Ledger:
    """Which rows are rejected, which are changed by a warning; every notice of a batch goes through here."""

    def __init__(self, line: NDArray[np.int64], notices: NoticeBook) -> None:
        self.rejected = np.zeros(len(line), np.bool_)
        self.changed = np.zeros(len(line), np.bool_)
        self._line = line
        self._notices = notices

    def tell(
        self,
        code: str,
        severity: Severity,
        rows: Rows,
        column: str,
        cells: Cells,
        *,
        changes: bool = True,
        message: str | None = None,
    ) -> None:
        """Record a notice for each of some rows.

        An error rejects them. A warning counts them as repaired, unless ``changes`` is False.
        """
        if len(rows) == 0:
            return
        self._notices.add_rows(
            code,
            severity,
            self._line[rows],
            column=column,
            value=lambda position: cells.text(int(rows[position])),
            message=message,
        )
        if severity is Severity.ERROR:
            self.rejected[rows] = True
        elif severity is Severity.WARNING and changes:
            self.changed[rows] = True

    def tell_flags(
        self,
        flags: NDArray[np.uint8],
        codes: Sequence[tuple[str, Severity]],
        column: str,
        cells: Cells,
    ) -> None:
        """Record the notices that the bits of ``flags``, one entry per row, stand for."""
        present = int(np.bitwise_or.reduce(flags)) if len(flags) else 0
        for bit, (code, severity) in enumerate(codes):
            if present >> bit & 1:
                self.tell(code, severity, np.flatnonzero(flags & np.uint8(1 << bit)), column, cells)
