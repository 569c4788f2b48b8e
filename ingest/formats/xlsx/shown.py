"""How many decimals a cell shows, whatever number it holds: its style's number format says so."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.formats.xlsx.archive import parse, parser_of_parts

_BUILT_IN = {1: 0, 2: 2, 3: 0, 4: 2, 37: 0, 38: 0, 39: 2, 40: 2, 41: 0, 42: 0, 43: 2, 44: 2}
"""The formats that are numbers of fixed decimals by definition (ECMA-376, 18.8.30); files give only their ids."""

_SAID = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
_FIXED = re.compile(r"[-+$(\s]*[#0?](?:[#0?,]*[#0?])?(?:\.([#0?]+))?[-+$)\s]*")
"""A number in full, with signs and blanks around it: no date, share, fraction, power, or count of thousands."""

_FRACTION = re.compile(r"-?[0-9]+(?:\.[0-9]+(?:e-[0-9]+)?|e-[0-9]+)")


def decimals_of(styles: bytes) -> list[int | None]:
    """Decimals that each style of cells shows, None where it shows what there is, or something else.

    Args:
        styles: The workbook's ``styles.xml``.

    Raises:
        ValueError: It is not well-formed.
    """
    formats: dict[str, int | None] = {str(number): decimals for number, decimals in _BUILT_IN.items()}
    shown: list[int | None] = []
    is_of_cells = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_of_cells
        match name.rpartition(":")[2]:
            case "numFmt":
                formats[attributes.get("numFmtId", "")] = decimals_in(attributes.get("formatCode", ""))
            case "cellXfs":
                is_of_cells = True
            case "xf" if is_of_cells:
                shown.append(formats.get(attributes.get("numFmtId", "")))

    def end(name: str) -> None:
        nonlocal is_of_cells
        is_of_cells &= name.rpartition(":")[2] != "cellXfs"

    parser = parser_of_parts()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parse(parser, styles, is_last=True)
    return shown


def decimals_in(code: str) -> int | None:
    """Decimals that a number format shows, as 2 for ``#,##0.00 [$€-407]``; None where there is no such number."""
    positive = _SAID.sub("", code).partition(";")[0]
    fixed = _FIXED.fullmatch(positive)
    return None if fixed is None else len(fixed[1] or "")


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
