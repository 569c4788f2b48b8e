"""What provinces and countries are called in the shopper's language: the few whose towns share names with others."""

from __future__ import annotations

from inventory_api.locales.wording import Wording


def _(message: str) -> str:
    """Marks a text for the catalogs."""
    return message


_REGIONS = [
    _("Sindh"), _("Punjab"), _("Khyber Pakhtunkhwa"), _("Balochistan"), _("Islamabad"), _("Telangana"),
    _("Andhra Pradesh"), _("Karnataka"), _("Maharashtra"), _("Tamil Nadu"),
]  # fmt: skip
_COUNTRIES = {"PK": _("Pakistan"), "IN": _("India"), "US": _("USA")}


def region_name(words: Wording, name: str) -> str:
    """A province's name; as it is where it is none of those we know."""
    return words.gettext(name) if name in _REGIONS else name


def country_name(words: Wording, code: str) -> str:
    """A country's name; its code where we know no other."""
    return words.gettext(_COUNTRIES[code]) if code in _COUNTRIES else code
