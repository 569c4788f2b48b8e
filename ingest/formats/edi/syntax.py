"""The delimiters of an interchange, told by how it begins: an ISA, or UNA and UNB."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_CHARS = 4096
"""What must be seen of an interchange to tell its syntax."""

_ISA_SEPARATORS = 16
_UNA_CHARS = 9
_UTF8 = "utf-8"
_ENCODINGS = {
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
}
"""Of EDIFACT's levels. All others are UTF-8, or ASCII, which is UTF-8 as well."""

_INFORMATION_SEPARATORS = {"\x1d": "\x1c"}
"""Level B: what separates elements -> what ends segments."""

_PRINTED_TERMINATOR = "'"
_UNB = re.compile(r"UNB([^0-9A-Za-z \t\r\n])(UNO[A-Z])([^0-9A-Za-z \t\r\n])")
_NEXT_HEADER = re.compile(r"[ \t\r\n]*UN[HG]")


@dataclass(frozen=True, slots=True)
class Syntax:
    """How one interchange is written.

    Attributes:
        element, component, terminator: One character each.
        release: Before a delimiter it makes that a plain character; empty where there is none.
        newline: What ends a physical line of the file.
        encoding: Of its bytes.
        header_chars: Characters before its first segment.
        trailer: Tag of its last segment.
    """

    element: str
    component: str
    terminator: str
    release: str
    newline: str
    encoding: str
    header_chars: int
    trailer: str


def syntax_of(head: str) -> Syntax | None:
    """Tell the syntax of the interchange that begins with ``head``; None where none begins.

    Args:
        head: Its first ``HEAD_CHARS`` characters, one a byte, or all there are.
    """
    return _x12(head) if head.startswith("ISA") else _edifact(head)


def _x12(head: str) -> Syntax | None:
    """The last field of an ISA is one character, and what follows it ends every segment.

    Counting separators gives the same as the fixed positions 4, 105 and 106, and reads an ISA too
    whose fields somebody forgot to pad.
    """
    element = head[3:4]
    fields = head.split(element, _ISA_SEPARATORS) if element else []
    if len(fields) <= _ISA_SEPARATORS or len(fields[-1]) < 2 or sum(map(len, fields[:-1])) > 256:
        return None
    component, terminator = fields[-1][0], fields[-1][1]
    if len({element, component, terminator}) < 3 or any(char.isalnum() for char in (element, component, terminator)):
        return None
    behind = fields[-1][1:4]
    return Syntax(element, component, terminator, "", _newline(behind), _UTF8, 0, "IEA")


def _edifact(head: str) -> Syntax | None:
    una = head[3:_UNA_CHARS] if head.startswith("UNA") else ""
    start = len(head) - len(head[_UNA_CHARS:].lstrip(" \t\r\n")) if una else 0
    match = _UNB.match(head, start)
    if match is None:
        return None
    element, level, component = match.groups()
    terminator, release = _INFORMATION_SEPARATORS.get(element, ""), ""
    if una:
        release, terminator = una[3].strip(" "), una[5]
        if (component, element) != (una[0], una[1]):
            return None
    elif not terminator:
        release, terminator = "?", _PRINTED_TERMINATOR
    end = head.find(terminator, start)
    line_end = head.find("\n", start)
    if line_end >= 0 and (line_end < end or end < 0) and _NEXT_HEADER.match(head, line_end):
        terminator = "\n"
        end = line_end
    encoding = _ENCODINGS.get(level, _UTF8)
    return Syntax(element, component, terminator, release, _newline(head[end : end + 3]), encoding, start, "UNZ")


def _newline(behind: str) -> str:
    return "\r" if "\r" in behind and "\n" not in behind else "\n"
