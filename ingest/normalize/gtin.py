"""GTINs of a feed: ``domain.identifiers`` for millions of codes, and what spreadsheets did to them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.normalize.cells import Residue, Texts
from inventory_api.domain.arrays import Mask
from inventory_api.domain.errors import InvalidGtin
from inventory_api.domain.identifiers import expand_upce, is_restricted, parse_gtin, parse_isbn10

CODES = (
    "",
    "gtin_zero_padded",
    "gtin_from_upce",
    "gtin_from_isbn",
    "gtin_restricted",
    "gtin_scientific",
    "gtin_format",
    "gtin_check_digit",
)
"""What became of a code, by index; 0 is plain or blank, from ``SCIENTIFIC`` on it is no GTIN."""

PADDED, UPCE, ISBN, RESTRICTED, SCIENTIFIC, FORMAT, CHECK_DIGIT = range(1, len(CODES))

_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]*)?[eE][+]?[0-9]+")
_DIGITS = re.compile(r"[0-9]+")
_NONE = re.compile(r"0+|-+|n/?a|none|null|nil|\\N|does not apply|no (?:barcode|upc|ean|gtin)", re.IGNORECASE)
"""What senders write who must write something; marketplaces ask for some of it."""

_BETWEEN = re.compile(r"[^0-9]")
_DASH = r"[- \u2010-\u2015]"
_GROUPED = re.compile(rf"[0-9]+(?:{_DASH}[0-9]+)+")
_ISBN = re.compile(
    rf"(?=(?:[0-9]{_DASH}?){{9}}[0-9X]$)(?:[0-9]+(?:{_DASH}[0-9]+){{2}}{_DASH}[0-9X]|[0-9]{{9}}X)", re.IGNORECASE
)
"""An ISBN-10 that cannot be anything else: it ends with X, or is written in its four groups."""

_BARE_ISBN = re.compile(r"[0-9]{10}")
_SAMPLE = 1000
_LENGTHS = (8, 12, 13, 14)


@dataclass(frozen=True, slots=True)
class GtinColumn:
    """Product id of each code, 0 where it is no GTIN for all retailers, and its index into ``CODES``."""

    product: NDArray[np.uint64]
    notice: NDArray[np.uint8]


def unwrap(text: str) -> str:
    """Take away what makes a spreadsheet keep a code as text: ``="036..."`` or a leading ``'``."""
    code = text.strip()
    if code.startswith('="') and code.endswith('"') and len(code) > 2:
        code = code[2:-1]
    return code.removeprefix("'").strip()


def parse_code(text: str, *, pads: bool = False, isbns: bool = False, upce: bool = False) -> tuple[int, int]:
    """Read one code.

    Args:
        text: A trimmed cell; blank says nothing, and neither do zeros or ``N/A``.
        pads: The feed's codes of 11 digits are UPC-A that lost their zero. Codes wrapped as text
            lost none.
        isbns: Its codes of 10 digits are ISBN-10.
        upce: Eight digits beginning with 1 are UPC-E where they expand to a valid UPC-A.

    Returns:
        Product id, 0 where the code is no GTIN, and index into ``CODES``.
    """
    code = unwrap(text)
    if code == "" or _NONE.fullmatch(code):
        return 0, 0
    if _SCIENTIFIC.fullmatch(code):
        return 0, SCIENTIFIC
    if _ISBN.fullmatch(code) or (isbns and _BARE_ISBN.fullmatch(code)):
        try:
            return parse_isbn10(re.sub("[^0-9Xx]", "", code)), ISBN
        except InvalidGtin:
            return 0, CHECK_DIGIT
    if _GROUPED.fullmatch(code):
        # As an ISBN is written, 978-3-16-148410-0, and as digits stand below a barcode.
        code = _BETWEEN.sub("", code)
    padded = pads and len(code) == 11 and code == text
    if not _DIGITS.fullmatch(code) or (len(code) not in _LENGTHS and not padded):
        return 0, FORMAT
    if upce and len(code) == 8 and code[0] == "1":
        try:
            return int(expand_upce(code)), UPCE
        except InvalidGtin:
            pass
    try:
        gtin = parse_gtin("0" + code if padded else code)
    except InvalidGtin:
        return 0, CHECK_DIGIT
    if len(code) == 8 and code[0] == "0":
        return gtin, UPCE
    if is_restricted(gtin):
        return 0, RESTRICTED
    return gtin, PADDED if padded else 0


class GtinReader:
    """``parse_code`` for the codes of one feed.

    Whether codes of 11 digits are padded, and those of 10 are ISBNs, is decided by the first block that
    holds some: by chance one in ten random numbers passes the check digit, so most of them must.
    """

    def __init__(self, *, upce: bool = False) -> None:
        self._upce = upce
        self._pads: bool | None = None
        self._isbns: bool | None = None
        self._residue = Residue(lambda text: parse_code(text, isbns=bool(self._isbns), upce=upce))

    def parse_gtins(self, texts: Texts) -> GtinColumn:
        """Read trimmed codes."""
        length = texts.length
        product, passes, is_number = _checked(texts, length)
        is_short = is_number & (length == 11) & (product > 0)
        if self._pads is None and is_short.any():
            self._pads = int((passes & is_short).sum()) * 2 > int(is_short.sum())
        if self._isbns is None:
            self._isbns = _are_isbns(texts, length)
        leading = texts.data.take(texts.start, mode="clip")
        maybe_upce = (length == 8) & ((leading == ord("0")) | ((leading == ord("1")) & self._upce))
        plain = is_number & ~maybe_upce & (product > 0)
        if not self._pads:
            plain &= ~is_short
        notice = np.where(passes, np.where(is_short, PADDED, 0), CHECK_DIGIT).astype(np.uint8)
        notice[passes & _restricted(product)] = RESTRICTED
        notice[length == 0] = 0
        product[notice >= RESTRICTED] = 0
        product[length == 0] = 0
        self._residue.read_into(texts, ~plain & (length > 0), product, notice)
        return GtinColumn(product.astype(np.uint64), notice)


def _checked(texts: Texts, length: NDArray[np.int64]) -> tuple[NDArray[np.int64], Mask, Mask]:
    """The number of each code, whether its check digit fits, and whether it is 8 or 11-14 digits."""
    is_number = (length == 8) | ((length >= 11) & (length <= 14))
    product = np.zeros(len(texts), np.int64)
    total = np.zeros(len(texts), np.uint8)
    for position in range(int(length[is_number].max(initial=0))):
        digit = texts.before_end(position + 1) - np.uint8(48)
        if position >= 8:
            inside = length > position
            is_number &= (digit < 10) | ~inside
            digit *= inside
        else:
            is_number &= digit < 10
        product += digit * np.int64(10**position)
        total += digit * np.uint8(3 if position % 2 else 1)
    # 14 digits of 9 sum to 252: a byte holds the checksum of every number.
    return product, is_number & (total % 10 == 0), is_number


def _are_isbns(texts: Texts, length: NDArray[np.int64]) -> bool | None:
    """Whether most codes of 10 digits are ISBNs; None where there are none."""
    some = texts.array.take(pa.array(np.flatnonzero(length == 10)[:_SAMPLE])).to_pylist()
    outcomes = [parse_code(text, isbns=True)[1] for text in some if _BARE_ISBN.fullmatch(text)]
    return outcomes.count(ISBN) * 2 > len(outcomes) if outcomes else None


def _restricted(gtin: NDArray[np.int64]) -> Mask:
    """``identifiers.is_restricted`` for arrays."""
    prefix = gtin // 10**11 % 100
    in_range = (gtin < 10**13) & ((prefix == 2) | (prefix == 4) | ((prefix >= 20) & (prefix <= 29)))
    first_of_8 = gtin // 10**7
    of_8: Mask = np.where(gtin < 10**8, (first_of_8 == 0) | (first_of_8 == 2), in_range)
    return of_8
