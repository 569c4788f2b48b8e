"""One JSON value for the whole file: its elements, each with its line, never all decoded at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from ingest.formats.json.text import BROKEN, DECODER, Object, Objects, excerpt, is_cut
from ingest.formats.records import BATCH_ROWS
from ingest.notices import NoticeBook, Severity
from inventory_api.domain.errors import FeedRejected

MAX_DOCUMENT_BYTES = 64 << 20
"""A document is held in memory as a whole; lines have no such limit."""

_SMALL_BYTES = 4096
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_AT_BYTE = re.compile(r"\(byte (\d+)\)")


class Document:
    """A parsed document: an array, or an object.

    Args:
        text: All of it, at most ``MAX_DOCUMENT_BYTES``.
        notices: Gets ``json_invalid`` for elements that are no objects.

    Attributes:
        lost: Elements that are no objects.

    Raises:
        FeedRejected: ``truncated`` or ``json_invalid``: it is no JSON value.
    """

    def __init__(self, text: bytes, notices: NoticeBook) -> None:
        self._text = text
        self._notices = notices
        self.lost = 0
        is_array = text.lstrip().startswith(b"[")
        try:
            self._list: list[msgspec.Raw] | None = _LIST.decode(text) if is_array else None
            self._fields: dict[str, msgspec.Raw] = {} if is_array else _OBJECT.decode(text)
        except BROKEN as error:
            raise self._refusal(error) from error

    def head(self) -> Object:
        """What tells the shape: the first object of an array, or this object, with None for its large values."""
        if self._list is None:
            return {name: _small(raw) for name, raw in self._fields.items()}
        first = next((found for found in map(_small, self._list) if isinstance(found, dict)), {})
        return first

    def path_of_rows(self) -> tuple[str, ...]:
        """Where the only list of objects of this object is; empty where there is none, or several."""
        found = [name for name, raw in self._fields.items() if re.match(rb"\[\s*\{", bytes(raw)[:_SMALL_BYTES])]
        return (found[0],) if len(found) == 1 else ()

    def first(self, path: tuple[str, ...]) -> Object:
        """The first object of the list that ``path_of_rows`` found, with None for its large values."""
        raws = _LIST.decode(bytes(self._fields[path[0]]))
        fields = _OBJECT.decode(bytes(raws[0]))
        return {name: _small(raw) for name, raw in fields.items()}

    def elements(self, path: tuple[str, ...]) -> Iterator[Objects]:
        """The elements of this array, or of the list (or one object) at the end of a path, with their lines.

        Without a path this object is the only element.
        """
        if self._list is not None:
            yield from self._located(self._list, 0)
            return
        at, raws, fields = 0, [msgspec.Raw(self._text.strip())], self._fields
        for depth, name in enumerate(path, 1):
            raw = fields.get(name)
            if raw is None:
                return
            text = bytes(raw)
            at = self._text.index(text, at)
            try:
                raws = _LIST.decode(text) if text.startswith(b"[") else [raw]
                fields = _OBJECT.decode(text) if depth < len(path) else {}
            except BROKEN as error:
                raise self._refusal(error) from error
        yield from self._located(raws, at)

    def _located(self, raws: list[msgspec.Raw], at: int) -> Iterator[Objects]:
        line = 1 + self._text.count(b"\n", 0, at)
        for start in range(0, len(raws), BATCH_ROWS):
            lines: list[int] = []
            rows: list[Object] = []
            for raw in raws[start : start + BATCH_ROWS]:
                text = bytes(raw)
                # Between two elements stand blanks and a comma, so the first place with this text is its own.
                begin = self._text.index(text, at)
                line += self._text.count(b"\n", at, begin)
                row = self._decoded(text, line)
                if row is not None:
                    lines.append(line)
                    rows.append(row)
                at = begin + len(text)
                line += text.count(b"\n")
            yield Objects(lines, rows)

    def _decoded(self, text: bytes, line: int) -> Object | None:
        """An element; None, with a notice, where it is no object."""
        try:
            value = DECODER.decode(text)
            reason = "a row is an object"
        except BROKEN as error:
            value, reason = None, str(error)
        if isinstance(value, dict):
            return value
        self.lost += 1
        self._notices.add("json_invalid", Severity.ERROR, line=line, value=excerpt(text), message=f"No row: {reason}.")
        return None

    def _refusal(self, error: Exception) -> FeedRejected:
        if is_cut(error):
            return FeedRejected("truncated", "The JSON document ends in the middle; send it again, whole.")
        at = _AT_BYTE.search(str(error))
        line = None if at is None else 1 + self._text.count(b"\n", 0, int(at.group(1)))
        return FeedRejected("json_invalid", f"The file is no JSON document: {error}.", line=line)


def _small(raw: msgspec.Raw) -> object:
    text = bytes(raw)
    if len(text) > _SMALL_BYTES:
        return None
    try:
        return DECODER.decode(text)
    except BROKEN:
        return None
