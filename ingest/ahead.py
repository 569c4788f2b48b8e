"""Make the next things while the last one is used, so that two cores share the work of one run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")

_END = object()


WORTH_ROWS = 500_000
"""Of a file or segment: with fewer, handing each small bucket from thread to thread costs more than making it."""


def ahead(items: Iterator[_T], *, depth: int = 2, rows: int = WORTH_ROWS) -> Iterator[_T]:
    """Yield the same items in the same order, made by a thread that is at most ``depth`` of them ahead.

    Where they have few ``rows`` altogether they are made in place.

    What making an item raises is raised where it would have come. The thread ends with the generator:
    whatever ``items`` uses may be closed after that.
    """
    if rows < WORTH_ROWS:
        yield from items
        return
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        waiting: deque[Future[_T | object]] = deque(thread.submit(next, items, _END) for _ in range(depth))
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(thread.submit(next, items, _END))
            yield item  # type: ignore[misc]  # it is no _END
