"""Product identity: GTINs of every length become one 64-bit product id.

A product id is the GTIN-14 as an integer; an article without a usable GTIN gets ``OWN_BASE`` + n,
a number that SQL hands out. Array versions of these rules for whole feeds live in
``ingest.normalize.gtin`` and are held to these by property tests.
"""

from __future__ import annotations

import re

from inventory_api.domain.errors import InvalidGtin

OWN_BASE = 10**14
"""Product ids from here on are our own numbers, not GTINs."""

MAX_SKU_BYTES = 256
"""Of a retailer's own article number, in UTF-8; Google's feeds allow 50 characters."""

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
GTIN_LENGTHS = (8, 12, 13, 14)


def check_digit(body: str) -> int:
    """Compute the GS1 mod-10 check digit of the digits before it, of any length."""
    digits = body.encode()
    triple, single = digits[-1::-2], digits[-2::-2]
    return -(3 * (sum(triple) - 48 * len(triple)) + sum(single) - 48 * len(single)) % 10


def parse_gtin(text: str) -> int:
    """Read a GTIN-8, -12, -13 or -14 as a product id.

    UPC-A and EAN-13 spellings of one product give one id. Eight digits beginning with 0 are a
    UPC-E where they expand to a valid UPC-A: open-trade GTIN-8 never begins so.

    Raises:
        InvalidGtin: Wrong length, a non-digit, or a check digit that does not fit.
    """
    code = text.strip()
    if not (code.isascii() and code.isdigit()):
        raise InvalidGtin(f"{text[:40]!r} is not all digits; a GTIN has 8, 12, 13 or 14 digits", parameter="gtin")
    if len(code) not in GTIN_LENGTHS:
        told = f"{code[:40]} has {len(code)} digits; a GTIN has 8, 12, 13 or 14"
        if len(code) == 11 and int(code[-1]) == check_digit(code[:-1]):
            # One in ten numbers would pass by chance: whoever knows it says it.
            told += f": 0{code}, if a spreadsheet took its zero away"
        raise InvalidGtin(told, parameter="gtin")
    if len(code) == 8 and code[0] == "0":
        return int(expand_upce(code))
    expected = check_digit(code[:-1])
    if int(code[-1]) != expected:
        raise InvalidGtin(f"{code} fails its check digit: the last digit would be {expected}", parameter="gtin")
    return _not_zero(int(code), code)


def expand_upce(code: str) -> str:
    """Expand an 8-digit UPC-E (number system, six digits, check digit) to its 12-digit UPC-A.

    Raises:
        InvalidGtin: The check digit does not fit the expansion.
    """
    system, d, check = code[0], code[1:7], code[7]
    if d[5] in "012":
        body = d[:2] + d[5] + "0000" + d[2:5]
    elif d[5] == "3":
        body = d[:3] + "00000" + d[3:5]
    elif d[5] == "4":
        body = d[:4] + "00000" + d[4]
    else:
        body = d[:5] + "0000" + d[5]
    upc = system + body
    if int(check) != check_digit(upc):
        raise InvalidGtin(f"{code} is no UPC-E: its check digit would be {check_digit(upc)}", parameter="gtin")
    _not_zero(int(upc + check), code)
    return upc + check


def parse_isbn10(code: str) -> int:
    """Read an ISBN-10, nine digits and a tenth that may be X, as the product id of its ISBN-13.

    Raises:
        InvalidGtin: The check digit does not fit.
    """
    body = code[:9]
    sum_ = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), body, strict=True))
    expected = "0123456789X"[-sum_ % 11]
    if code[9].upper() != expected:
        raise InvalidGtin(f"{code} fails its check digit: the last one would be {expected}", parameter="gtin")
    return int(f"978{body}{check_digit('978' + body)}")


def is_restricted(gtin: int) -> bool:
    """Say whether a GTIN-14 is in a range that means something only inside one retailer.

    GS1 prefixes 02, 04 and 20-29 (UPC number systems 2 and 4) and, of eight digits, those beginning
    with 0 or 2: they may embed a price or a weight and never identify a product across retailers.
    """
    if gtin < 10**8:
        return gtin // 10**7 in (0, 2)
    prefix = gtin // 10**11 % 100
    return gtin < 10**13 and (prefix in (2, 4) or 20 <= prefix <= 29)


def is_gtin(product_id: int) -> bool:
    """Say whether a product id is a GTIN (and not a number of our own)."""
    return product_id < OWN_BASE


def format_product_id(product_id: int) -> str:
    """Print a product id: a GTIN zero-padded to 14 digits, our own numbers as they are (15 digits)."""
    return f"{product_id:014d}"


def parse_product_id(text: str) -> int:
    """Read what ``format_product_id`` printed, or any GTIN spelling.

    Raises:
        InvalidGtin: Neither one of our own numbers nor a valid GTIN.
    """
    if len(text) == 15 and _DIGITS.fullmatch(text) and int(text) >= OWN_BASE:
        return int(text)
    try:
        return parse_gtin(text)
    except InvalidGtin as error:
        error.parameter = "product_id"
        raise


def _not_zero(gtin: int, code: str) -> int:
    if gtin == 0:
        raise InvalidGtin(f"{code} is all zeros: a placeholder, not a GTIN", parameter="gtin")
    return gtin
