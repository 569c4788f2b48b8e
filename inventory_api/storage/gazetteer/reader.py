"""``domain.ports.Gazetteer`` on the file: tens of microseconds a question."""

from __future__ import annotations

import sqlite3
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.text import run_together

_COLUMNS = "p.name, p.kind, p.country, p.latitude, p.longitude, p.region, p.parent, p.population, p.source"
_MAX = 200
"""Places of one name at most: the commonest name of a town has a few dozen."""


class GazetteerFile:
    """Places by name from an SQLite file that nobody writes while it is open; one connection a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def postal_codes(self, code: str) -> list[Place]:
        """The places of this postal code (folded, no blanks), of all countries."""
        return self._find("n.folded = ? AND p.kind = 'postal_code'", code)

    def postal_prefix(self, prefix: str, length: int) -> list[Place]:
        """The middle of the postal codes of this length that begin so, or that are just this; a place a country."""
        rows = self._query(
            """
            SELECT p.country, avg(p.latitude), avg(p.longitude), min(p.region), max(p.region), count(*)
            FROM name n JOIN place p ON p.id = n.place_id
            WHERE n.folded >= ? AND n.folded < ? AND (length(n.folded) = ? OR n.folded = ?)
            AND p.kind = 'postal_code' GROUP BY p.country
            """,
            (prefix, prefix + "\U0010ffff", length, prefix),
        )
        return [
            Place(
                prefix, PlaceKind.POSTAL_PREFIX, country, lat, lon,
                region=low if low == high else None, source="postal codes",
            )
            for country, lat, lon, low, high, _ in rows
        ]  # fmt: skip

    def named(self, folded: str) -> list[Place]:
        """The cities and areas of exactly this folded name, however its words are parted."""
        return self._find("n.folded = ? AND p.kind <> 'postal_code'", run_together(folded))

    def sounding(self, sound: str) -> list[Place]:
        """Cities and areas with a name of this ``sound_of``: candidates, to be compared by whoever asks."""
        rows = self._query(
            f"SELECT DISTINCT {_COLUMNS} FROM sound s JOIN place p ON p.id = s.place_id "  # noqa: S608
            f"WHERE s.skeleton = ? ORDER BY p.population DESC LIMIT {_MAX}",
            (sound,),
        )
        return [_place(row) for row in rows]

    def starting(self, folded: str, limit: int) -> list[Place]:
        """Places with a name that begins so, the largest first."""
        begin = run_together(folded)
        rows = self._query(
            f"SELECT DISTINCT {_COLUMNS} FROM name n JOIN place p ON p.id = n.place_id "  # noqa: S608
            "WHERE n.folded >= ? AND n.folded < ? ORDER BY p.population DESC, p.name LIMIT ?",
            (begin, begin + "\U0010ffff", limit),
        )
        return [_place(row) for row in rows]

    def regions(self, folded: str) -> frozenset[tuple[str, str]]:
        """The country and the code of each state or province of this name."""
        return frozenset(self._query("SELECT country, region FROM region WHERE folded = ?", (folded,)))

    @lru_cache(maxsize=512)  # noqa: B019 - one reader lives as long as its process
    def bounds(self, country: str) -> tuple[float, float, float, float] | None:
        """South, north, west, east of all places of a country; None where none is known. Walks them all, once."""
        [row] = self._query(
            "SELECT min(latitude), max(latitude), min(longitude), max(longitude) FROM place WHERE country = ?",
            (country,),
        )
        return None if row[0] is None else row

    def _find(self, condition: str, key: str) -> list[Place]:
        rows = self._query(
            f"SELECT {_COLUMNS} FROM name n JOIN place p ON p.id = n.place_id "  # noqa: S608
            f"WHERE {condition} ORDER BY p.population DESC, p.id LIMIT {_MAX}",
            (key,),
        )
        return [_place(row) for row in rows]

    def _query(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        db = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = sqlite3.connect(f"file:{self._path}?mode=ro&immutable=1", uri=True)
        rows: list[Any] = db.execute(statement, values).fetchall()
        return rows


def _place(row: tuple[Any, ...]) -> Place:
    name, kind, country, latitude, longitude, region, parent, population, source = row
    return Place(name, PlaceKind(kind), country, latitude, longitude, region, parent, population, source)
