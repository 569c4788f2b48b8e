"""What must be found nowhere, in all the forms that it might be kept in, and the places where it might be."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from urllib.parse import unquote_to_bytes

import redis as redis_py


class Canaries:
    """Phone numbers, positions and words that only shoppers know.

    Args:
        phones: E.164.
        positions: Latitude and longitude, six decimals each.
        words: That nobody else says.
    """

    def __init__(self, phones: Sequence[str], positions: Sequence[tuple[float, float]], words: Sequence[str]) -> None:
        self._forms: dict[bytes, str] = {}
        for phone in phones:
            for form in _digits(phone):
                self._add(form.encode(), phone)
        for degrees in (degrees for position in positions for degrees in position):
            # Four decimals are eleven meters; three are what we may know. Cut and rounded, as text and as numbers.
            for form in {f"{degrees:.6f}"[:-2], f"{degrees:.4f}"}:
                self._add(form.lstrip("-").encode(), f"{degrees}")
            for value, order in product({degrees, *(round(degrees, places) for places in (4, 5))}, "<>"):
                self._forms[struct.pack(f"{order}d", value)] = f"{degrees} in binary"
        for word in words:
            self._add(word.encode(), word)

    def found(self, where: bytes) -> set[str]:
        """Those that are there, in whatever case or encoding."""
        plain = where.lower()
        texts = (where, plain, unquote_to_bytes(plain))
        return {f"{name} as {form!r}" for form, name in self._forms.items() if any(form in text for text in texts)}

    def _add(self, form: bytes, name: str) -> None:
        self._forms[form] = name
        self._forms[form.hex().encode()] = f"{name} in hex"
        # What base64 makes of it wherever it begins among three bytes, without the ends that its neighbors share.
        for before in range(3):
            coded = base64.b64encode(bytes(before) + form).rstrip(b"=")
            inner = coded[(0, 2, 3)[before] : len(coded) - 1]
            for text in {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}:
                self._forms[text] = f"{name} in base64"


def _digits(phone: str) -> Iterator[str]:
    """The end of a number as people write it: what stands before it is in every spelling."""
    last = re.sub(r"\D", "", phone)[-8:]
    yield last
    yield from (f"{last[1:4]}{blank}{last[4:]}" for blank in (" ", "-", ".", "+", "\u00a0"))


def files_of(folder: Path, *, but: Iterable[str] = ()) -> dict[str, bytes]:
    """Every file below a folder, by its path; ``but``: folders of it that are not read."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {str(name): path.read_bytes() for name, path in found.items() if name.parts[0] not in but}


def values_of(redis: redis_py.Redis) -> dict[str, bytes]:
    """Everything in Redis: each key with what is under it, whatever its type."""
    return {repr(key): key + b"\n" + b"\n".join(_flat(_value(redis, key))) for key in redis.scan_iter()}


def _value(redis: redis_py.Redis, key: bytes) -> object:
    match redis.type(key):
        case b"string":
            return redis.get(key)
        case b"hash":
            return redis.hgetall(key)
        case b"list":
            return redis.lrange(key, 0, -1)
        case b"set":
            return redis.smembers(key)
        case b"zset":
            return redis.zrange(key, 0, -1, withscores=True)
        case b"stream":
            return redis.xrange(key)
        case other:
            raise AssertionError(f"nobody reads a {other!r}")


def _flat(value: object) -> Iterator[bytes]:
    """The texts and numbers in whatever Redis gave."""
    match value:
        case bytes():
            yield value
        case dict():
            for pair in value.items():
                yield from _flat(pair)
        case list() | tuple() | set():
            for each in value:
                yield from _flat(each)
        case _:
            yield str(value).encode()
