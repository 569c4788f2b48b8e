"""How a cell shows its number, with how many digits: its style's number format says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.formats.xlsx.archive import parse, parser_of_parts

_BUILT_IN = {1: 0, 2: 2, 3: 0, 4: 2, 37: 0, 38: 0, 39: 2, 40: 2, 41: 0, 42: 0, 43: 2, 44: 2}
"""The formats that are numbers of fixed decimals by definition (ECMA-376, 18.8.30); files give only their ids."""

_NUMBERS = ("", "n")
"""Types of cells that hold a number."""

_PADDED = re.compile(r"(?:\[[^\]]*\])*(0{2,30})(?:;|$)")
_SAID = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
_FIXED = re.compile(r"[-+$(\s]*[#0?](?:[#0?,]*[#0?])?(?:\.([#0?]+))?[-+$)\s]*")
"""A number in full, with signs and blanks around it: no date, share, fraction, power, or count of thousands."""

_FRACTION = re.compile(r"-?[0-9]+(?:\.[0-9]+(?:e-[0-9]+)?|e-[0-9]+)")


@dataclass(frozen=True, slots=True)
class Shown:
    """How a number format shows numbers.

    Attributes:
        decimals: As 2 for ``#,##0.00 [$€-407]``; None where it shows what there is, or something else.
        digits: As 5 for ``00000``, by which store and postal codes keep their zeros; 0 where numbers are not filled up.
    """

    decimals: int | None = None
    digits: int = 0

    @classmethod
    def by(cls, code: str) -> Self:
        """What a number format says of positive numbers."""
        fixed = _FIXED.fullmatch(_SAID.sub("", code).partition(";")[0])
        padded = _PADDED.match(code)
        return cls(None if fixed is None else len(fixed[1] or ""), 0 if padded is None else len(padded[1]))


class Styles:
    """The styles of a workbook's cells.

    Args:
        xml: Its ``styles.xml``; empty where it has none.

    Raises:
        ValueError: It is not well-formed.
    """

    def __init__(self, xml: bytes) -> None:
        self._shown: list[Shown] = []
        self._formats = {str(number): Shown(decimals) for number, decimals in _BUILT_IN.items()}
        self._is_of_cells = False
        if xml:
            parser = parser_of_parts()
            parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
            parse(parser, xml, is_last=True)

    def of(self, type_: str, style: str) -> Shown:
        """How cells of a type and a style show their numbers."""
        number = int(style) if style.isdecimal() else 0
        return self._shown[number] if type_ in _NUMBERS and number < len(self._shown) else Shown()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "numFmt":
                self._formats[attributes.get("numFmtId", "")] = Shown.by(attributes.get("formatCode", ""))
            case "cellXfs":
                self._is_of_cells = True
            case "xf" if self._is_of_cells:
                self._shown.append(self._formats.get(attributes.get("numFmtId", ""), Shown()))

    def _end(self, name: str) -> None:
        self._is_of_cells &= name.rpartition(":")[2] != "cellXfs"


def filled_up(text: str, digits: int) -> str:
    """A whole number with zeros in front, as cells show it that have so many digits."""
    return text.zfill(digits) if text.isdecimal() else text


def rounded(texts: pa.Array, which: NDArray[np.bool_], decimals: int) -> pa.Array:
    """The same texts, some of them numbers that are rounded as Excel shows them: halves go away from zero."""
    if not which.any():
        return texts
    encoded = texts.dictionary_encode()
    shown = pa.array([_round(text, decimals) for text in encoded.dictionary.to_pylist()], pa.string())
    return pc.if_else(pa.array(which), shown.take(encoded.indices), texts)


def _round(text: str, decimals: int) -> str:
    if not _FRACTION.fullmatch(text):
        return text
    shown = str(Decimal(text).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
    # Behind a point that has three digits behind it countries of commas see a thousand.
    return f"{shown}0" if decimals == 3 else shown
