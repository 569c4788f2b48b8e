"""Amounts of money: integers in minor units inside, decimal strings outside (ISO 4217)."""

from __future__ import annotations

from iso4217 import Currency

_DIGITS = {currency.code: currency.exponent for currency in Currency if currency.exponent is not None}
"""Metals, funds and test codes have no minor unit and are no prices."""


def is_currency(code: str) -> bool:
    """Whether prices can be in this currency; upper case only."""
    return code in _DIGITS


def minor_digits(currency: str) -> int:
    """Decimals of a currency: 2 for USD, 0 for JPY, 3 for KWD. Raises KeyError where it is none."""
    return _DIGITS[currency]


def format_minor(amount: int, currency: str) -> str:
    """``1299`` USD as ``12.99``."""
    digits = minor_digits(currency)
    if digits == 0:
        return str(amount)
    whole, fraction = divmod(amount, 10**digits)
    return f"{whole}.{fraction:0{digits}d}"
