"""The records of an RSS channel or an Atom feed: out of events, until the rest looks like what they showed.

Most files need events for their first records only. Those teach which layout a sequence of plain tags
has. A stretch of known sequences is then taken apart without events, and expat verifies it, no more.
"""

from __future__ import annotations

from xml.parsers import expat

import numpy as np

from ingest.formats.records import RecordBatcher
from ingest.formats.xml.events import MAX_LAYOUTS, Layout, RecordEvents
from ingest.formats.xml.plain import PlainText, Stretch


class Channel:
    """Gathers the records of an RSS channel or Atom feed.

    Args:
        record: Local name of the element that is a record.
        parser: Gets its handlers.
        batcher: Gets the records.
    """

    def __init__(self, record: str, parser: expat.XMLParserType, batcher: RecordBatcher) -> None:
        self._batcher = batcher
        self._events = RecordEvents(record, parser, batcher)
        self._tag = f"<{record}>".encode()
        self._plain = PlainText(self._tag)
        self._stretch: Stretch | None = None
        """Of the bytes that the parser gets now."""
        self._is_known = False
        """The stretch is, so that nobody listens."""
        self._next_at = 0
        self._taught: dict[bytes, Layout] = {}
        """What the keys of stretches stand for under the namespaces in force."""
        parser.StartNamespaceDeclHandler = parser.EndNamespaceDeclHandler = self._forget

    def prepare(self, xml: bytes, at: int) -> int:
        """Cut behind the last start tag of a record, and look whether what is before it needs events.

        Only an event tells that a record began there, and not a comment goes on; in UTF-16 its tag were longer.
        """
        count = xml.rfind(self._tag) + len(self._tag)
        if count < len(self._tag):
            return len(xml)
        if self._events.begun_at + len(self._tag) == at:
            self._stretch = self._plain.stretch(xml[:count])
            self._is_known = self._stretch is not None and self._taught.keys() >= set(self._stretch.keys)
            self._next_at = at + count - len(self._tag)
            self._events.listen(not self._is_known)
        return count

    def drain(self, *, ended: bool) -> int:
        """Hand on the complete records: all but the one being read, which is complete where the file ``ended``."""
        stretch, self._stretch = self._stretch, None
        if stretch is not None and self._is_known:
            self._events.listen()
            return self._hand_on(stretch)
        layouts = self._events.drain(ended=ended)
        if stretch is not None and len(layouts) == len(stretch.keys):
            if len(self._taught) > MAX_LAYOUTS:
                self._taught.clear()
            self._taught |= {k: layout for k, layout in zip(stretch.keys, layouts, strict=True) if layout.is_closed}
        return len(layouts)

    def _hand_on(self, stretch: Stretch) -> int:
        ends = self._events.line + stretch.newlines()
        lines = np.concatenate([[self._events.line], ends[:-1]])
        self._batcher.append(lines, stretch.columns({key: self._taught[key].positions for key in set(stretch.keys)}))
        self._events.resume(int(ends[-1]), self._next_at)
        return len(lines)

    def _forget(self, *_: str | None) -> None:
        """Names mean something else where namespaces begin or end, and within one stretch both before and after."""
        self._taught.clear()
        self._stretch = None
