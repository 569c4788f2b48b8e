"""Countries as people write them, as ISO 3166 alpha-2 codes."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

from inventory_api.domain.money import is_currency

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
_NO_COUNTRIES = frozenset(["EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"])
_ALSO = {
    "united states of america": "US",
    "u.s.a.": "US",
    "u.s.": "US",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "holland": "NL",
    "the netherlands": "NL",
}


def find_country(text: str) -> str | None:
    """The alpha-2 code of a country given by alpha-2, alpha-3 or one of its common names; None if unknown."""
    return _names().get(text.strip().casefold())


@lru_cache
def currency_of(country: str | None) -> str | None:
    """What shops of a country (alpha-2) charge in; None where that is not known."""
    if country is None:
        return None
    return next((code for code in get_territory_currencies(country) if is_currency(code)), None)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES:
                names.setdefault(code.casefold(), code)
                names.setdefault(name.casefold(), code)
    for alias, codes in get_global("territory_aliases").items():
        if alias.isalpha() and len(codes) == 1:
            names.setdefault(alias.casefold(), codes[0])
    return names | _ALSO
