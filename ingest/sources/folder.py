"""A watched folder on our own disk, into which somebody else writes."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path

from ingest.sources.listing import Listed, choose
from ingest.sources.visit import Arrival, FetchFailed, Visit

_CHUNK = 1 << 20


class Folders:
    """Folders of retailers: ``folder`` of a source lies in ``ROOT/RETAILER``, so none reads another's.

    Args:
        root: The folder that the operator allowed; None: no folder is watched.
    """

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def resolve(self, retailer_id: str, folder: str) -> Path:
        """Where a source's files are.

        Raises:
            FetchFailed: No folder is allowed, or it lies elsewhere.
        """
        if self._root is None:
            raise FetchFailed("fetch_refused", "No folder is watched here: the operator sets INVENTORY_WATCHED_FOLDER.")
        own = self._root.resolve() / retailer_id
        found = (own / folder).resolve()
        if not found.is_relative_to(own):
            raise FetchFailed("fetch_refused", f"{folder!r} leads out of your folder.")
        return found


def fetch(visit: Visit, folder: Path) -> Arrival:
    """Copy the next whole file of the folder.

    Raises:
        FetchFailed: The folder is not there, or the file changed while it was read.
    """
    choice = choose(_list(folder), visit.remembered, glob=visit.settings.get("glob", "*"), mode=visit.mode)
    if choice.file is None:
        return Arrival(is_new=False, remember=choice.remember, look_again_s=choice.look_again_s)
    path = folder / choice.file.name
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                visit.write(chunk)
        after = _listed(path)
    except OSError as error:
        raise FetchFailed("fetch_incomplete", f"{path.name} could not be read: {error.strerror}.") from error
    if after.version != choice.file.version:
        raise FetchFailed("fetch_incomplete", f"{path.name} changed while it was read.")
    return Arrival(
        is_new=True,
        remember=choice.remember,
        name=path.name,
        modified=choice.file.modified,
        look_again_s=choice.look_again_s,
    )


def _list(folder: Path) -> list[Listed]:
    try:
        paths = list(folder.iterdir())
    except FileNotFoundError:
        raise FetchFailed("fetch_not_found", "The folder is not there.") from None
    except OSError as error:
        raise FetchFailed("fetch_denied", f"The folder cannot be read: {error.strerror}.") from error
    found = []
    for path in paths:
        # A link may be published in place of a file, but not one that leads out; others rename while we look.
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and path.resolve().is_relative_to(folder):
                found.append(_listed(path))
    return found


def _listed(path: Path) -> Listed:
    stat = path.stat()
    modified = dt.datetime.fromtimestamp(stat.st_mtime, dt.UTC)
    return Listed(path.name, f"{stat.st_size} {stat.st_mtime_ns}", modified)
