"""Records out of expat's events, whatever they are made of: this decides what an element means.

A field is a child element of the record. What stands deeper belongs to its parent and is not read
(``<g:shipping><g:price>`` is no price of the product); attributes are not read either, but for the
``href`` of an Atom link. Of a repeated element the first counts, of ``<id>`` and ``<g:id>`` the latter.

What stands behind the end of an element is no text of it: where a template joins its records by commas,
the last field of a record gets none.

Three events an element make this a hot loop, so they only go into lists (texts by ``list.append`` itself),
and sense is made of them a record, or a run of records of the same layout, at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from xml.parsers import expat

from ingest.formats.records import RecordBatcher
from ingest.formats.xml.document import SEPARATOR
from inventory_api.domain.errors import FeedRejected

GOOGLE = frozenset(f"{scheme}://base.google.com/ns/1.0{end}" for scheme in ("http", "https") for end in ("", "/"))
"""The first is right; senders write the others."""

ATOM = frozenset({"http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"})

MAX_ELEMENTS = 2_000
"""Of one record."""

MAX_LAYOUTS = 1_000
"""Kept at once; senders have a handful."""

_MARK = "\0"
"""Stands for a start tag among the texts: no XML text can hold it."""

_END = "\1"
"""Stands for an end tag: what comes behind it is no text of the element before."""

_LINKS = frozenset(f"{namespace}{SEPARATOR}link" for namespace in ATOM)
_ENVELOPE_NAMES = "author comments content enclosure guid published pubDate source summary updated"
_ENVELOPE = frozenset(_ENVELOPE_NAMES.split())
"""Elements of RSS and Atom themselves: about the message, not about the goods."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which elements a record has, in which order.

    Attributes:
        width: Start tags from this record's to the next one's.
        positions: Canonical column -> which of these holds it, the record's own being 0.
        is_closed: No element that began before the record ends before the next one.
    """

    width: int
    positions: dict[str, int]
    is_closed: bool


class RecordEvents:
    """Gathers the records of an RSS channel or Atom feed.

    Args:
        record: Local name of the element that is a record.
        parser: Gets its handlers.
        batcher: Gets the records.

    Attributes:
        begun_at: Byte of the file at which the record being read begins; -1 before the first.
    """

    def __init__(self, record: str, parser: expat.XMLParserType, batcher: RecordBatcher) -> None:
        self._record = record
        self._parser = parser
        self._batcher = batcher
        self._tags: list[str | None] = []
        """Of the record being read: None for a start tag, the name for an end tag."""
        self._texts: list[str] = []
        """Of the records since the last ``drain``, with a mark for each start tag."""
        self._lines: list[int] = []
        self._layouts: dict[tuple[str | None, ...], Layout] = {}
        self._runs: list[tuple[Layout, int]] = []
        """The complete records of ``_texts``: how many of a layout come in a row."""
        self._is_open = False
        self._open_at = 0
        self.begun_at = -1
        self._start = self._start_handler()
        self._end = self._end_handler()
        self.listen()

    @property
    def line(self) -> int:
        """On which the record being read begins."""
        return self._lines[-1]

    def listen(self, is_on: bool = True) -> None:
        """Take the parser's events, or none."""
        self._parser.StartElementHandler = self._start if is_on else None
        self._parser.CharacterDataHandler = self._texts.append if is_on else None
        self._parser.EndElementHandler = self._end if is_on else None

    def resume(self, line: int, begun_at: int) -> None:
        """Go on behind the start tag of another record than before, of which nothing was read yet."""
        self._lines[-1] = line
        self.begun_at = begun_at

    def _start_handler(self) -> Callable[[str, list[str]], None]:
        records = {SEPARATOR.join(filter(None, (space, self._record))) for space in ("", *GOOGLE, *ATOM)}
        open_tag, text = self._tags.append, self._texts.append
        begin = self._begin

        def start(name: str, attributes: list[str]) -> None:
            if name in records:
                begin()
            else:
                open_tag(None)
                text(_MARK)
                if attributes and name in _LINKS:
                    text(_target(attributes))

        return start

    def _end_handler(self) -> Callable[[str], None]:
        end_tag, text = self._tags.append, self._texts.append

        def end(name: str) -> None:
            end_tag(name)
            text(_END)

        return end

    def drain(self, *, ended: bool) -> list[Layout]:
        """Hand on the complete records: all but the one being read, which is complete where the file ``ended``.

        Returns:
            The layout of each.
        """
        if ended and self._is_open:
            self._settle()
            self._open_at = len(self._texts)
        fields = "".join(self._texts[: self._open_at]).split(_MARK)
        del self._texts[: self._open_at]
        self._open_at = 0
        at, done = 1, 0
        for layout, count in self._runs:
            end = at + count * layout.width
            columns = {
                name: [text.partition(_END)[0] for text in fields[at + k : end : layout.width]]
                for name, k in layout.positions.items()
            }
            self._batcher.extend(self._lines[done : done + count], columns)
            at, done = end, done + count
        layouts = [layout for layout, count in self._runs for _ in range(count)]
        self._runs.clear()
        del self._lines[:done]
        return layouts

    def _begin(self) -> None:
        if self._is_open:
            self._settle()
        else:
            self._is_open = True
            self._tags.clear()
            self._texts.clear()
        self._open_at = len(self._texts)
        self._texts.append(_MARK)
        self._lines.append(self._parser.CurrentLineNumber)
        self.begun_at = self._parser.CurrentByteIndex

    def _settle(self) -> None:
        """Tell the layout of the record that is complete now, and of what stands behind it."""
        tags = tuple(self._tags)
        self._tags.clear()
        layout = self._layouts.get(tags)
        if layout is None:
            if len(self._layouts) >= MAX_LAYOUTS:
                self._layouts.clear()
            layout = self._layouts[tags] = self._lay_out(tags)
        if self._runs and self._runs[-1][0] is layout:
            self._runs[-1] = layout, self._runs[-1][1] + 1
        else:
            self._runs.append((layout, 1))

    def _lay_out(self, tags: tuple[str | None, ...]) -> Layout:
        line, width = self._lines[-1], 1 + tags.count(None)
        if width > MAX_ELEMENTS:
            raise FeedRejected("record_too_large", f"The record at line {line} has {width:,} elements.", line=line)
        children = [(*_local(name), position) for name, position in self._children(tags, line)]
        fields = [(name, at) for name, is_googles, at in children if is_googles]
        fields += [(name, at) for name, is_googles, at in children if not is_googles and name not in _ENVELOPE]
        chosen = self._batcher.choose([name for name, _ in fields], line)
        positions = {column: fields[index][1] for column, index in chosen.items()}
        depths = accumulate((1 if name is None else -1 for name in tags), initial=1)
        return Layout(width, positions, min(depths) == 0)

    def _children(self, tags: tuple[str | None, ...], line: int) -> Iterator[tuple[str, int]]:
        opened: list[int] = []
        position = 0
        for name in tags:
            if name is None:
                position += 1
                opened.append(position)
            elif not opened:
                return
            else:
                ended = opened.pop()
                if not opened:
                    yield name, ended
        raise FeedRejected("not_a_feed", f"The <{self._record}> at line {line} holds another one.", line=line)


def _local(name: str) -> tuple[str, bool]:
    """The name as columns know it, and whether it is Google's own; a foreign one keeps its namespace."""
    namespace, _, local = name.rpartition(SEPARATOR)
    if namespace in GOOGLE:
        return local, True
    return (local if not namespace or namespace in ATOM else f"{{{namespace}}}{local}"), False


def _target(attributes: list[str]) -> str:
    """Where an Atom link leads; nowhere unless it is the page of the entry itself."""
    named = dict(zip(attributes[::2], attributes[1::2], strict=True))
    return named.get("href", "") if named.get("rel", "alternate") == "alternate" else ""
