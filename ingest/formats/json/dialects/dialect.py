"""What a dialect is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ingest.formats.json.text import Object
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext
from inventory_api.domain.feed import FeedKind

Located = tuple[int, Object]
"""An object and the physical line on which it begins."""

Record = tuple[int, list[tuple[str, str | None]]]
"""A row of ours: its line, and (name of a column, text) pairs."""

Read = Callable[[Iterable[Located], FeedContext, NoticeBook], Iterator[Record]]


def _is_the_row(head: Object) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How somebody writes stock as JSON.

    Attributes:
        name: For people.
        fits: Whether a file whose first object is this speaks it. Large values of a document are None.
        read: Turns the objects into our rows.
        path: Of a document: names that lead to the list of its elements; empty where it is one itself.
        kinds: Of feeds that it can say.
    """

    name: str
    fits: Callable[[Object], bool]
    read: Read
    path: Callable[[Object], tuple[str, ...]] = _is_the_row
    kinds: frozenset[FeedKind] = frozenset({FeedKind.INVENTORY})


def pass_over(notices: NoticeBook, line: int, what: object) -> None:
    """Note a record that says nothing of stock in a store."""
    notices.add("record_ignored", Severity.INFO, line=line, value=what)
