"""Phone numbers: which are ones, where they are from, and what they are called where they must not be known."""

from __future__ import annotations

import hmac
import re

import phonenumbers

HIDDEN_DIGITS = 4
"""Numbers that differ in these alone are a range that one sender may rent."""

_NUMBER = re.compile(r"\+?[0-9 ()./-]+", re.ASCII)
_SHORT_DIGITS = 6
"""Short codes have up to six; no number that a shopper owns has so few."""


def e164(text: str, country: str | None = None) -> str | None:
    """A number as E.164; None for a name, a short code, or what cannot be dialed.

    Args:
        text: As the provider wrote it.
        country: Whose way of writing a number without ``+`` is taken; None: it begins with a country code all the same.
    """
    text = text.strip()
    if not _NUMBER.fullmatch(text) or sum(char.isdigit() for char in text) <= _SHORT_DIGITS:
        return None
    if country is None and not text.startswith("+"):
        text = f"+{text.removeprefix('00')}"
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country_of(number: str) -> str | None:
    """ISO 3166 code of an E.164 number's country; None where its code belongs to no single one."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    country = phonenumbers.region_code_for_number(parsed)
    if country is None:
        # Made-up numbers such as +1 415 555 0134 are in no plan, yet their country is plain.
        countries = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
        country = countries[0] if countries else None
    return None if country in (None, "001") else country


class Pseudonyms:
    """Names for numbers and texts that lead back to nobody without the installation's key.

    A hash without a key would not do: all numbers can be tried.

    Args:
        key: At least 32 random bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, purpose: str, *texts: str) -> str:
        """64 hexadecimal digits; those of one purpose tell nothing of those of another."""
        return hmac.digest(self._key, "\0".join((purpose, *texts)).encode(), "sha256").hex()
