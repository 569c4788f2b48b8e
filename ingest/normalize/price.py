"""Prices: minor units of a currency, as many decimals as ISO 4217 gives it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.normalize.cells import Residue, Texts, flags_of
from ingest.normalize.number import Number, split_number
from inventory_api.domain.arrays import Ints, Mask
from inventory_api.domain.money import is_currency, minor_digits
from inventory_api.domain.stock import MAX_PRICE

CODES = (
    "price_invalid",
    "price_zero",
    "price_overflow",
    "price_currency_missing",
    "price_currency_prefix",
    "price_decimal_comma",
)
BARE = 1 << CODES.index("price_currency_missing")
NONE = -1

Currencies = NDArray[np.uint32]
"""Currencies of many prices, each as ``pack_currency`` makes it; 0 for none."""

_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "CLP", "COP", "ARS", "TWD", "JMD", "TTD", "BBD", "BSD")
_SYMBOLS: dict[str, tuple[str, ...]] = {
    "$": _DOLLARS,
    "¥": ("JPY", "CNY"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "kr.": ("DKK", "NOK", "SEK", "ISK"),
    "Rs": ("INR", "PKR", "LKR", "NPR", "MUR"),
    "Rs.": ("INR", "PKR", "LKR", "NPR", "MUR"),
    "£": ("GBP",),
    "€": ("EUR",),
    "₹": ("INR",),
    "US$": ("USD",),
    "CA$": ("CAD",),
    "A$": ("AUD",),
    "R$": ("BRL",),
    "zł": ("PLN",),
    "Kč": ("CZK",),
    "Ft": ("HUF",),
    "Fr.": ("CHF",),
    "₺": ("TRY",),
    "₩": ("KRW",),
    "₪": ("ILS",),
    "₫": ("VND",),
    "฿": ("THB",),
    "₱": ("PHP",),
    "₦": ("NGN",),
    "₴": ("UAH",),
    "₽": ("RUB",),
}
"""A sign that several currencies share names none: it only has to fit the one that is expected."""

_AMOUNT = r"[+\-\u2212]?(?:[0-9](?:[0-9.,'\u2019 \u00a0\u2009\u202f]*[0-9])?|[.,][0-9]+)"
_SIGN = r"[^0-9\s+\-\u2212.,]*[^\W\d_]\.|[^0-9\s+\-\u2212.,]+"
_PRICE = re.compile(rf"(?:({_SIGN})\s*)?({_AMOUNT})(?:\s*({_SIGN}))?")


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in minor units of a currency."""

    minor: int
    currency: str


def pack_currency(currency: str | None) -> int:
    """A currency code as the integer of its three letters; 0 for none."""
    return 0 if currency is None else int.from_bytes(currency.encode("ascii"), "big")


def unpack_currency(packed: int) -> str | None:
    """What ``pack_currency`` packed."""
    return packed.to_bytes(3, "big").decode("ascii") if packed else None


def parse_price(text: str, default: str | None = None, decimal: str = ".") -> tuple[Price | None, tuple[str, ...]]:
    """Read one price.

    Args:
        text: A trimmed cell; blank says nothing.
        default: Currency of an amount that names none.
        decimal: The decimal mark of the feed's locale.

    Returns:
        The price, None where the cell is blank or cannot be used, and the notice codes.
    """
    if text == "":
        return None, ()
    match = _PRICE.fullmatch(text)
    number = split_number(match[2], decimal) if match else None
    if match is None or number is None or (match[1] and match[3]):
        return None, ("price_invalid",)
    codes: list[str] = []
    sign = match[1] or match[3]
    currency = _currency_of(sign, default)
    is_shared = sign is not None and len(_SYMBOLS.get(sign, ())) > 1
    if sign is None or (is_shared and (currency is not None or default is None)):
        codes.append("price_currency_missing")
    elif match[1]:
        codes.append("price_currency_prefix")
    if number.mark == "," and decimal == ".":
        codes.append("price_decimal_comma")
    minor = None if currency is None else _minor(number, minor_digits(currency))
    if currency is None or minor is None or number.negative:
        return None, (*codes, "price_invalid")
    if minor == 0:
        return None, (*codes, "price_zero")
    if minor > MAX_PRICE:
        return None, (*codes, "price_overflow")
    return Price(minor, currency), tuple(codes)


def _currency_of(sign: str | None, default: str | None) -> str | None:
    if sign is None:
        return default
    named = _SYMBOLS.get(sign)
    if named is None:
        return sign.upper() if is_currency(sign.upper()) else None
    if len(named) == 1:
        return named[0]
    return default if default in named else None


def _minor(number: Number, digits: int) -> int | None:
    """Minor units; None where the amount has more decimals than its currency.

    Three decimals in a currency of two are as likely a misread thousand, and are refused; one or two
    in a currency that CLDR prints without any (149.99 RSD) can only be decimals, and are rounded.
    """
    fraction = number.fraction.rstrip("0")
    whole = number.whole.lstrip("0")[:20] or "0"
    if len(fraction) <= digits:
        return int(whole + fraction.ljust(digits, "0"))
    if digits == 0 and len(number.fraction) <= 2:
        return int(whole) + (fraction[0] >= "5")
    return None


class PriceReader:
    """``parse_price`` for whole columns of one feed."""

    def __init__(self, decimal: str = ".") -> None:
        self._decimal = decimal
        self._residues: dict[str | None, Residue] = {}

    def read(self, texts: Texts, default: str | None = None) -> tuple[Ints, Currencies, NDArray[np.uint8]]:
        """Minor units (``NONE`` for none), currency and code bits of each text."""
        minor, currency, is_plain = _read_plain(texts)
        blank = texts.length == 0
        minor[blank] = NONE
        currency[blank] = 0
        flags = np.zeros(len(texts), np.uint8)
        self._residue(default).read_into(texts, ~(is_plain | blank), minor, currency, flags)
        return minor, currency, flags

    def _residue(self, default: str | None) -> Residue:
        if default not in self._residues:

            def read(text: str) -> tuple[int, int, int]:
                price, codes = parse_price(text, default, self._decimal)
                flags = flags_of(codes, CODES)
                return (NONE, 0, flags) if price is None else (price.minor, pack_currency(price.currency), flags)

            self._residues[default] = Residue(read)
        return self._residues[default]


def _read_plain(texts: Texts) -> tuple[Ints, Currencies, Mask]:
    """Read ``5.49 USD`` and ``5 USD``; both mean the same in every locale."""
    letters = [texts.before_end(position) for position in (3, 2, 1)]
    currency = letters[0].astype(np.uint32) << np.uint32(16)
    currency |= letters[1].astype(np.uint32) << np.uint32(8)
    currency |= letters[2]
    has_point = texts.before_end(7) == ord(".")
    tens, units = (texts.before_end(position) - np.uint8(48) for position in (6, 5))
    fraction = tens.astype(np.int64) * 10 + units
    whole, is_plain = texts.whole_numbers(8, suffix=np.where(has_point, 7, 4))
    is_plain &= (texts.before_end(4) == ord(" ")) & (~has_point | ((tens < 10) & (units < 10)))
    scale, known = _scales(currency, is_plain)
    minor = whole * scale + np.where(has_point, fraction, 0)
    is_plain &= known & (~has_point | (scale == 100)) & (minor > 0) & (minor <= MAX_PRICE)
    return minor, currency, is_plain


def _scales(currency: Currencies, of_interest: Mask) -> tuple[Ints, Mask]:
    """Minor units in one major unit of each currency, and where there is such a currency."""
    scale = np.ones(len(currency), np.int64)
    known = np.zeros(len(currency), np.bool_)
    rest = of_interest.copy()
    for _ in range(8):
        first = int(rest.argmax()) if len(rest) else 0
        if not len(rest) or not rest[first]:
            return scale, known
        same = currency == currency[first]
        code = int(currency[first]).to_bytes(4, "big")[1:].decode("latin-1")
        if is_currency(code):
            scale[same] = 10 ** minor_digits(code)
            known |= same
        rest &= ~same
    return scale, known
