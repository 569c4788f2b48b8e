"""Which product a line of EDI is about: its (qualifier, code) pairs as our columns."""

from __future__ import annotations

from collections.abc import Iterable

from inventory_api.domain.errors import InvalidGtin
from inventory_api.domain.identifiers import check_digit, parse_gtin

_OWN = ("SK", "IN", "SA", "VN")
"""The sender's article number, its best name first."""

_TRADE = frozenset(["UP", "EN", "UK", "UI", "UA", "EO", "SRV", "EU", "IB"])
"""Codes of the GS1 kind. They lie about length (``UI`` with 13 digits), so the digits decide."""

QUALIFIERS = _TRADE.union(_OWN)

Key = tuple[tuple[str, str], ...]


def product_key(pairs: Iterable[tuple[str, str]], *, pads: bool) -> Key:
    """The ``id`` and ``gtin`` that a line names, each where it has one.

    A code of an unknown qualifier counts only where it is a GTIN; one for a case of 14 digits only
    where no other is there.

    Args:
        pairs: Qualifier and code, in the order of the line.
        pads: Leading zeros may be left out, as EDIFACT allows.
    """
    own: dict[str, str] = {}
    gtins: list[str] = []
    for qualifier, written in pairs:
        code = written.strip()
        if not code:
            continue
        if qualifier in _OWN:
            own.setdefault(qualifier, code)
        elif qualifier in _TRADE or _is_gtin(code):
            gtins.append(_completed(code, qualifier, pads=pads))
    key = [("id", own[qualifier]) for qualifier in _OWN if qualifier in own][:1]
    if gtins:
        key.append(("gtin", next((gtin for gtin in gtins if len(gtin.lstrip("0")) < 14), gtins[0])))
    return tuple(key)


def _completed(code: str, qualifier: str, *, pads: bool) -> str:
    if not (code.isascii() and code.isdigit()):
        return code
    if qualifier == "UI" and len(code) == 11:
        return f"{code}{check_digit(code)}"
    return code.zfill(14) if pads else code


def _is_gtin(code: str) -> bool:
    try:
        return len(code) >= 12 and parse_gtin(code) > 0
    except InvalidGtin:
        return False
