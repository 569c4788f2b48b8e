"""Amounts of money: integers in minor units inside, decimal strings outside."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision


@lru_cache(maxsize=512)
def minor_digits(currency: str) -> int:
    """Decimals of a currency (ISO 4217): 2 for USD, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def format_minor(amount: int, currency: str) -> str:
    """``1299`` USD as ``12.99``."""
    digits = minor_digits(currency)
    return str(Decimal(amount).scaleb(-digits)) if digits else str(amount)
