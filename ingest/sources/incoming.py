"""Files on their way in: ``.part`` until they are whole, hashed while they arrive."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ulid import ULID

from inventory_api.storage.durable import fsync


class IncomingFile:
    """One file of a run to be, in the folder of incoming files. End it with ``settle`` or ``abandon``."""

    def __init__(self, folder: Path) -> None:
        self.run_id = f"run_{ULID()}"
        self.path = (folder / self.run_id).absolute()
        self.bytes = 0
        self._part = self.path.with_suffix(".part")
        self._file = self._part.open("wb")
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> bytes:
        """SHA-256 of what was written."""
        return self._hash.digest()

    def write(self, chunk: bytes) -> None:
        """Append to the temporary file."""
        self._file.write(chunk)
        self._hash.update(chunk)
        self.bytes += len(chunk)

    def restart(self) -> None:
        """Forget what was written: it comes again from its first byte."""
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.bytes = 0

    def settle(self) -> None:
        """Make it durable under its own name: fsync, rename, fsync of the folder."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self.path)
        fsync(self.path.parent)

    def abandon(self) -> None:
        """Forget the temporary file; what was settled stays."""
        self._file.close()
        self._part.unlink(missing_ok=True)
