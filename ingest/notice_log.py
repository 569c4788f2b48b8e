"""Every notice of a run, as the CSV that its sender may download: written once, while the file is read.

The file holds the bytes of the answer, gzipped. So serving it needs no second rendering, and what a
spreadsheet might take for a formula is made harmless in one place, before it is kept.
"""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from isal import igzip

from inventory_api.storage.durable import fsync

COLUMNS = ("code", "severity", "line", "column", "value", "message", "hint")
KEPT_S = 90 * 24 * 3600.0
"""How long a log is kept (ASVS 14.2.7): it holds cells of the feed, and nobody mends one a season old."""

_LEVEL = 1
_open: Callable[..., Any] = igzip.open
_CHUNK = 1 << 16
_BUFFERED = 1 << 18
# ASVS 1.2.10: what Excel, LibreOffice and Sheets begin a formula with, blanks and full-width forms included.
_FORMULA = re.compile("^\\s*[=+\\-@\\t\\r\\n\\0\uff1d\uff0b\uff0d\uff20]")


class NoticeLog:
    """Appends notices to a gzipped CSV file, which exists from the first one on.

    What is saved and then added to becomes a second gzip member: readers see one file.

    Args:
        path: Of the file; nobody else's. An earlier attempt's leftovers are overwritten.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._exists = self._is_saved = False
        self._text = io.StringIO()
        self._rows = csv.writer(self._text, lineterminator="\r\n")
        self._file: Any = None

    def add(
        self,
        code: str,
        severity: str,
        lines: Sequence[int | None],
        values: Iterable[object],
        *,
        column: str | None,
        message: str,
        hint: str,
    ) -> None:
        """Append one row for each line; about 2 us each."""
        if self._file is None:
            self._open()
        head, tail = (code, severity), (harmless(message), hint)
        name = harmless(column or "")
        said = zip(lines, values, strict=True)
        self._rows.writerows((*head, line, name, harmless(_text(value)), *tail) for line, value in said)
        if self._text.tell() > _BUFFERED:
            self._spill()

    def save(self) -> str | None:
        """Make durable what was added; returns the file's path, None where nothing ever was."""
        if self._file is not None:
            self._spill()
            self._file.close()
            self._file, self._is_saved = None, True
            for name in (self._path, self._path.parent):
                fsync(name)
        return str(self._path.absolute()) if self._exists else None

    def discard(self) -> None:
        """Close; what was never saved is deleted: the run goes to another attempt."""
        if self._file is not None:
            self._file.close()
            self._file = None
            if not self._is_saved:
                self._path.unlink(missing_ok=True)

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _open(self._path, "ab" if self._exists else "wb", compresslevel=_LEVEL)
        if not self._exists:
            self._rows.writerow(COLUMNS)
        self._exists = True

    def _spill(self) -> None:
        self._file.write(self._text.getvalue().encode())
        self._text.seek(0)
        self._text.truncate()


def read_log(path: Path) -> Iterator[bytes]:
    """The CSV of a log, piece by piece.

    Raises:
        FileNotFoundError: At the first piece, where the log is gone.
    """
    with _open(path, "rb") as file:
        while piece := file.read(_CHUNK):
            yield piece


def empty_log() -> bytes:
    """The CSV of a run without any notice."""
    return (",".join(COLUMNS) + "\r\n").encode()


def harmless(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would calculate it (ASVS 1.2.10)."""
    return f"'{text}" if _FORMULA.match(text) else text


def sweep(folder: Path, known: Callable[[list[str]], set[str]], *, orphans_s: float, kept_s: float = KEPT_S) -> None:
    """Delete logs that are too old, and those that no run names and that nobody writes any more.

    Args:
        folder: Of the logs; need not exist.
        known: Which of these paths a run names.
        orphans_s: Age in seconds from which an unnamed one is an orphan.
        kept_s: Age in seconds from which any is deleted.
    """
    now = time.time()
    ages = {str(path.absolute()): now - path.stat().st_mtime for path in folder.glob("*.csv.gz")}
    old = [path for path, age in ages.items() if age > orphans_s]
    named = known(old)
    for path in old:
        if path not in named or ages[path] > kept_s:
            Path(path).unlink(missing_ok=True)


def _text(value: object) -> str:
    return "" if value is None else str(value)
