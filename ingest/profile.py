"""A source profile as a person writes it: checked key by key, its mistakes named with what is allowed.

The one place where a profile from outside becomes a ``FeedProfile``.
"""

from __future__ import annotations

import difflib
import math
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, NoReturn

import orjson
import yaml
from pydantic import TypeAdapter, ValidationError

from ingest.checks.rails import Limits
from ingest.formats.columns import canonical_columns
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.money import is_currency
from inventory_api.domain.profile import FeedProfile

MAX_PROFILE_BYTES = 256 << 10
KEYS = tuple(field.name for field in fields(FeedProfile))

_ADAPTER: TypeAdapter[FeedProfile] = TypeAdapter(FeedProfile)
_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_MAX_SKIPPED = 10_000


def read_profile(text: bytes, *, kind: FeedKind | None = None) -> FeedProfile:
    """Read a profile written in JSON or YAML.

    Args:
        text: The whole document.
        kind: Of the feed, where it is known: narrows which columns may be named.

    Raises:
        InvalidInput: Not such a document, or what ``profile_of`` refuses.
    """
    if len(text) > MAX_PROFILE_BYTES:
        raise InvalidInput(f"A profile has at most {MAX_PROFILE_BYTES:,} bytes.")
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            values = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise InvalidInput(f"The profile is neither JSON nor YAML: {error}") from error
    return profile_of(values, kind=kind)


def profile_of(values: object, *, kind: FeedKind | None = None) -> FeedProfile:
    """Check a profile's keys and values; ``delimiter`` may also be a word such as ``tab``.

    Raises:
        InvalidInput: Its ``parameter`` is a JSON pointer to the key at fault.
    """
    if not isinstance(values, Mapping):
        raise InvalidInput("A profile is an object of keys and values.")
    for key in values:
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, 1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            _refuse(str(key), f"unknown key. {hint}Allowed are: {', '.join(KEYS)}")
    given = dict(values)
    if isinstance(given.get("delimiter"), str):
        given["delimiter"] = _DELIMITERS.get(given["delimiter"].lower(), given["delimiter"])
    if isinstance(given.get("currency"), str):
        given["currency"] = given["currency"].upper()
    try:
        profile = _ADAPTER.validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        quoted = " between quotes" if first["type"] == "string_type" else ""
        _refuse("/".join(map(str, first["loc"])), f"{first['msg']}{quoted}, and is {first['input']!r}")
    for key, check in _CHECKS.items():
        value = getattr(profile, key)
        problem = None if value is None else check(value)
        if problem is not None:
            _refuse(key, problem)
    _check_columns(profile, kind)
    return profile


def as_json(profile: FeedProfile) -> dict[str, Any]:
    """What a profile declares, without what it leaves open."""
    written: dict[str, Any] = _ADAPTER.dump_python(profile, mode="json", exclude_defaults=True)
    return written


def _refuse(key: str, problem: str) -> NoReturn:
    raise InvalidInput(f"{key}: {problem}.", parameter=f"/{key}")


def _check_columns(profile: FeedProfile, kind: FeedKind | None) -> None:
    kinds = list(FeedKind) if kind is None else [kind]
    allowed = list(dict.fromkeys(name for one in kinds for name in canonical_columns(one)))
    for theirs, ours in profile.aliases.items():
        if ours not in allowed:
            _refuse(f"aliases/{theirs}", _none_of(ours, allowed))
    for ours, text in profile.constants.items():
        if ours not in allowed:
            _refuse(f"constants/{ours}", _none_of(ours, allowed))
        if not text.strip() or not text.isprintable():
            _refuse(f"constants/{ours}", "give it a text without control characters")


def _none_of(name: str, allowed: Iterable[str]) -> str:
    return f"{name!r} is no column of ours; allowed are: {', '.join(allowed)}"


def _encoding(name: str) -> str | None:
    try:
        "a".encode(name)
    except (LookupError, ValueError):
        return f"{name!r} is no encoding such as cp1252, latin-1, shift_jis or utf-16-le"
    return None


def _delimiter(text: str) -> str | None:
    if len(text) == 1 and text.isascii() and not text.isalnum() and text not in '"\r\n\0\x1a#':
        return None
    return f"one character, as ';' or a tab, or one of {', '.join(_DELIMITERS)}, and is {text!r}"


def _skip_rows(count: int) -> str | None:
    return None if 0 <= count <= _MAX_SKIPPED else f"0 to {_MAX_SKIPPED:,}, and is {count:,}"


def _columns(names: tuple[str, ...]) -> str | None:
    return None if names else "name the fields in order, an empty text for those that do not matter"


def _timezone(name: str) -> str | None:
    return None if name in zoneinfo.available_timezones() else f"{name!r} is no IANA zone such as America/New_York"


def _currency(code: str) -> str | None:
    return None if is_currency(code) else f"{code!r} is no ISO 4217 currency such as USD"


def _one_of(*allowed: str) -> Callable[[str], str | None]:
    def check(text: str) -> str | None:
        return None if text in allowed else f"{text!r} is none of {', '.join(map(repr, allowed))}"

    return check


def _not_blank(text: str) -> str | None:
    return None if text.strip() else "leave the key out, or give it a text"


def _thresholds(values: Mapping[str, float]) -> str | None:
    try:
        Limits.of(values)
    except InvalidInput as unknown:
        return unknown.reason
    wrong = [name for name, value in values.items() if not math.isfinite(value) or value < 0]
    return f"{wrong[0]!r} must be a number from 0 on" if wrong else None


_CHECKS: dict[str, Callable[[Any], str | None]] = {
    "encoding": _encoding,
    "delimiter": _delimiter,
    "skip_rows": _skip_rows,
    "columns": _columns,
    "decimal": _one_of(".", ","),
    "date_order": _one_of("mdy", "dmy"),
    "timezone": _timezone,
    "currency": _currency,
    "member_glob": _not_blank,
    "sheet": _not_blank,
    "thresholds": _thresholds,
}
"""What the types do not say."""
