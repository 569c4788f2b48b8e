"""Which of the files in a place is fetched: whole ones only, the newest of a full feed, each of a delta feed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from inventory_api.domain.feed import FeedMode

SETTLING_S = 60.0
"""After so long a file that may still grow is looked at again, however rare the schedule."""

DONE = ".done"
_UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as a listing shows it; ``version`` changes whenever its content may have."""

    name: str
    version: str
    modified: dt.datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """The file to fetch, None where there is none; what to remember once it is here; when to look again."""

    file: Listed | None
    remember: dict[str, Any]
    look_again_s: float | None


def choose(
    listed: Iterable[Listed], remembered: Mapping[str, Any], *, glob: str, mode: FeedMode, is_atomic: bool = False
) -> Choice:
    """Choose among the files of a place.

    A file is whole where it did not change since the last visit, or where ``NAME.done`` stands beside it.
    Names that begin with a dot or end as unfinished files do are never taken.

    Args:
        listed: The files, in any order.
        remembered: What the last choice said to remember.
        glob: Which names are the feed; folders before the name do not count.
        mode: Of a full feed only the newest is taken, and those before it never; of a delta feed the oldest first.
        is_atomic: Files appear whole, as objects do in a store.
    """
    found = list(listed)
    names = {file.name for file in found}
    feeds = [file for file in found if _is_feed(file.name, glob)]
    seen, taken = remembered.get("seen", {}), remembered.get("taken", {})
    fresh = sorted(
        (file for file in feeds if taken.get(file.name) != file.version), key=lambda file: (file.modified, file.name)
    )
    whole = [f for f in fresh if is_atomic or f.name + DONE in names or seen.get(f.name) == f.version]
    chosen: Listed | None
    passed: list[Listed] = []
    if mode is FeedMode.FULL and whole:
        *passed, newest = whole
        chosen = newest
        # Older than what was taken last, it says nothing any more; newer and unfinished, it waits.
        passed += [file for file in fresh if file not in whole and file.modified < newest.modified]
    else:
        chosen = whole[0] if whole else None
    done = [*passed, *([chosen] if chosen else [])]
    waiting = len(fresh) - len(done)
    remember = {
        "seen": {file.name: file.version for file in fresh if file not in done},
        "taken": {file.name: taken[file.name] for file in feeds if file.name in taken}
        | {file.name: file.version for file in done},
    }
    is_more = bool(set(whole) - set(done))
    return Choice(chosen, remember, 0.0 if is_more else SETTLING_S if waiting else None)


def _is_feed(path: str, glob: str) -> bool:
    name = PurePosixPath(path).name
    is_finished = not name.startswith(".") and not name.lower().endswith((*_UNFINISHED, DONE))
    return is_finished and fnmatchcase(name, glob)
