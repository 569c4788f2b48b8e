"""The files of product search, and which of them serve.

    search/current.json          which folders serve, and the revision of SQL that they hold
    search/g17.../               a tantivy index
    search/g17....words/w17.../  the vocabulary of one of its commits
    search/lock                  held by the one process that writes

``current.json`` is replaced at once and whole, after everything that it names is on disk: whatever a writer
that is killed leaves behind is never seen, and swept by the next.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import tantivy

from inventory_api.storage.search.schema import FORMAT


@dataclass(frozen=True, slots=True)
class Edition:
    """What serves: folders by name, and the newest revision of SQL's products in them."""

    index: str
    words: str
    revision: int
    format: int = FORMAT


class Shelf:
    """The folder of one installation's product search."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._current = folder / "current.json"

    def stamp(self) -> tuple[int, int] | None:
        """Changes with every edition; None before the first. Two microseconds."""
        try:
            state = self._current.stat()
        except FileNotFoundError:
            return None
        return state.st_mtime_ns, state.st_ino

    def edition(self) -> Edition | None:
        """What serves; None where nothing does, or only what another version of us wrote."""
        try:
            found = orjson.loads(self._current.read_bytes())
            edition = Edition(**found)
        except (FileNotFoundError, orjson.JSONDecodeError, TypeError):
            return None
        folder = self.index_folder(edition)
        is_ours = edition.format == FORMAT and folder.exists() and tantivy.Index.is_compatible(str(folder))
        return edition if is_ours else None

    def put(self, edition: Edition) -> None:
        """From now on this serves; what nothing refers to any more is removed."""
        part = self.folder / f"current.{os.getpid()}.part"
        with part.open("wb") as file:
            file.write(orjson.dumps(asdict(edition)))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._current)
        kept = {edition.index, self._words_home(edition.index).name}
        for folder in self.folder.iterdir():
            if folder.is_dir() and folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
        for folder in self._words_home(edition.index).iterdir():
            if folder.name != edition.words:
                shutil.rmtree(folder, ignore_errors=True)

    def index_folder(self, edition: Edition) -> Path:
        """Where the index of an edition is."""
        return self.folder / edition.index

    def words_folder(self, edition: Edition) -> Path:
        """Where the vocabulary of an edition is."""
        return self._words_home(edition.index) / edition.words

    def new_edition(self, revision: int, *, index: str | None = None) -> Edition:
        """Names for an edition that is about to be written, with a new index or onto one that is there."""
        now = time.time_ns()
        return Edition(index or f"g{now}", f"w{now}", revision)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one that writes, of all threads and processes; waits for its turn. A kill gives it up."""
        import fcntl  # Windows has none, and must still be able to import us.

        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _words_home(self, index: str) -> Path:
        return self.folder / f"{index}.words"
