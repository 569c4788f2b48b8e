"""JSON values as text that means the same in every locale; what was written is kept to the last digit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from ingest.notices import MAX_VALUE_CHARS

Object = dict[str, Any]

_SMALL = 7
"""A number with an exponent is written out below 10^7; above, a spreadsheet has probably rounded a barcode away."""


@dataclass(frozen=True, slots=True)
class Objects:
    """Some objects of a file, with the physical line on which each begins."""

    lines: list[int]
    rows: list[Object]


def written(number: str) -> str:
    """A JSON number as text that no locale misreads.

    Three decimals get a zero behind them: ``1.234`` is a thousand and more where a comma is the decimal mark.
    """
    if "e" in number or "E" in number:
        exact = Decimal(number)
        if abs(exact.adjusted()) >= _SMALL:
            return number
        number = f"{exact:f}"
    return number + "0" if number[-4:-3] == "." else number


def money(amount: object, currency: object) -> str | None:
    """An amount and a currency as ``5.49 USD``; None without an amount."""
    text = plain(amount)
    return None if text is None else f"{text} {plain(currency) or ''}".strip()


def micros(price: object) -> str | None:
    """Google's ``{amountMicros, currencyCode}`` as ``5.49 USD``; what is no such price as it stands."""
    if not isinstance(price, dict):
        return plain(price)
    text = plain(price.get("amountMicros"))
    if text is None:
        return None
    try:
        amount: object = written(f"{Decimal(text).scaleb(-6).normalize():f}") if len(text) <= 20 else text
    except InvalidOperation:
        amount = text
    return money(amount, price.get("currencyCode"))


def plain(value: object) -> str | None:
    """A scalar as text, None for null and for what is no scalar. Numbers with a fraction are text already."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else None


def objects_in(value: object) -> Iterable[Object]:
    """The objects of a value that may be one, a list of some, or neither."""
    found = value if isinstance(value, list) else [value]
    return (one for one in found if isinstance(one, dict))


DECODER = msgspec.json.Decoder(float_hook=written)

BROKEN: tuple[type[Exception], ...] = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)
"""What decoding raises: bad syntax, lone surrogates, nesting without end, integers of thousands of digits."""


def excerpt(text: bytes) -> str:
    """The beginning of what cannot be read, fit for a notice."""
    return text[: 4 * MAX_VALUE_CHARS].decode(errors="replace")


def is_cut(error: Exception) -> bool:
    """Whether what was decoded is the beginning of something valid."""
    return "truncated" in str(error)
