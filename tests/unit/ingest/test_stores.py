"""One thin test for each rule of a stores feed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ingest.normalize.stores import StoreInput, latest_stores, normalize_stores
from ingest.normalize.texts import NormalizedBatch
from ingest.notices import NoticeBook
from ingest.rows import FeedContext, RawBatch

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
GOOD = {"store_code": "17", "name": "Main", "street": "1 Main St", "lat": "39.7990", "lon": "-89.6436"}


def normalize(*rows: dict[str, str], decimal: str = ".") -> tuple[NormalizedBatch[StoreInput], list[tuple[Any, ...]]]:
    """The batch of some rows, and (code, severity, line) of each notice."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: pa.array([row.get(name, "") for row in rows]) for name in names}
    book = NoticeBook()
    batch = RawBatch(np.arange(2, len(rows) + 2), columns)
    result = normalize_stores(batch, FeedContext(received_at=NOON, as_of=NOON, decimal=decimal), book)
    return result, [(n["code"], n["severity"], s["line"]) for n in book.report() for s in n["samples"]]


def test_hours_that_nobody_understands_are_kept_as_written_and_unknown() -> None:
    batch, notices = normalize(GOOD | {"opening_hours": "ask inside"})
    assert [(row.opening_hours, row.hours) for row in batch.rows] == [("ask inside", "")]
    assert notices == [("hours_invalid", "warning", 2)]
    assert normalize(GOOD)[0].rows[0].hours is None, "nothing said changes nothing"


def test_a_good_row() -> None:
    """Is taken as it is, trimmed."""
    batch, notices = normalize(
        GOOD
        | {
            "name": " Main ",
            "country": "us",
            "timezone": "America/Chicago",
            "opening_hours": "Mo-Fr 09:00-18:00",
            "services": "pharmacy, curbside; curbside|",
            "phone": "+1 217-555-0100",
        }
    )
    assert batch.rows == [
        StoreInput(
            store_code="17",
            name="Main",
            street="1 Main St",
            country="US",
            latitude=39.799,
            longitude=-89.6436,
            phone="+1 217-555-0100",
            timezone="America/Chicago",
            opening_hours="Mo-Fr 09:00-18:00",
            hours="Mo-Fr 09:00-18:00",
            services=("pharmacy", "curbside"),
            position_source="feed",
            position_precision="point",
        )
    ]
    assert (batch.read, batch.rejected, batch.repaired, notices) == (1, 0, 0, [])


def test_store_code_missing() -> None:
    """Rejects the row."""
    batch, notices = normalize(GOOD | {"store_code": " "}, GOOD)
    assert (len(batch.rows), batch.rejected) == (1, 1)
    assert notices == [("store_code_missing", "error", 2)]


@pytest.mark.parametrize("lat", ["91", "x", "", "nan", "1e1", "39,79"])
def test_coordinates_invalid(lat: str) -> None:
    """Rejects a row without an address; else the address counts."""
    alone = {"store_code": "17", "lat": lat, "lon": "8"}
    batch, notices = normalize(alone)
    assert (batch.rows, batch.rejected, notices) == ([], 1, [("coordinates_invalid", "error", 2)])
    batch, notices = normalize(alone | {"city": "Ulm"})
    assert (batch.rows[0].latitude, batch.rows[0].longitude, batch.repaired) == (None, None, 1)
    assert notices == [("coordinates_invalid", "warning", 2)]


def test_long_cells() -> None:
    """A text is cut, a code is not."""
    where = {"lat": "1", "lon": "2"}
    batch, notices = normalize({"store_code": "x" * 65, **where}, {"store_code": "A", "name": "y" * 501, **where})
    assert [(row.store_code, len(row.name or "")) for row in batch.rows] == [("A", 500)]
    assert sorted(notices) == [("column_value_too_long", "error", 2), ("column_value_too_long", "warning", 3)]


def test_coordinates_in_the_feeds_locale() -> None:
    """A decimal comma where the profile says so."""
    batch, notices = normalize({"store_code": "17", "lat": "48,4", "lon": "9,99"}, decimal=",")
    assert (batch.rows[0].latitude, batch.rows[0].longitude, notices) == (48.4, 9.99, [])


def test_coordinates_missing() -> None:
    """A warning; nothing was changed."""
    batch, notices = normalize({"store_code": "17", "street": "1 Main St, Springfield"})
    assert (batch.rows[0].street, batch.repaired) == ("1 Main St, Springfield", 0)
    assert notices == [("coordinates_missing", "warning", 2)]


def test_coordinates_implausible() -> None:
    """Null Island has no shops."""
    batch, notices = normalize(GOOD | {"lat": "0", "lon": "0.000"})
    assert (batch.rows[0].latitude, batch.repaired) == (None, 1)
    assert notices == [("coordinates_implausible", "warning", 2)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("us", "US"),
        ("USA", "US"),
        ("United States", "US"),
        ("Deutschland", "DE"),
        ("UK", "GB"),
        ("pakistan", "PK"),
        ("England", "GB"),
    ],
)
def test_countries(text: str, code: str) -> None:
    """By code or common name."""
    batch, notices = normalize(GOOD | {"country": text})
    assert (batch.rows[0].country, notices) == (code, [])


@pytest.mark.parametrize("text", ["Atlantis", "EU", "ZZ", "840"])
def test_country_unknown(text: str) -> None:
    """Dropped, and told."""
    batch, notices = normalize(GOOD | {"country": text})
    assert (batch.rows[0].country, notices) == (None, [("country_unknown", "warning", 2)])


@pytest.mark.parametrize("text", ["Chicago", "America", "../etc/passwd", "GMT+25"])
def test_timezone_unknown(text: str) -> None:
    """Dropped, and told."""
    batch, notices = normalize(GOOD | {"timezone": text})
    assert (batch.rows[0].timezone, notices) == (None, [("timezone_unknown", "warning", 2)])


def test_duplicates() -> None:
    """The last row counts; the code's letter case matters."""
    a = GOOD | {"store_code": "a"}
    batch, notices = normalize(a, a, a | {"name": "Other"}, a | {"store_code": "A"})
    assert [(row.store_code, row.name) for row in batch.rows] == [("a", "Other"), ("A", "Main")]
    assert sorted(notices) == [("duplicate_conflict", "warning", 4), ("duplicate_key", "warning", 3)]
    assert (batch.read, batch.rejected) == (4, 0)


def test_duplicates_across_batches() -> None:
    """The same rule for the rows of the whole file."""
    book = NoticeBook()
    rows = [StoreInput("17", name="Old", line=2), StoreInput("17", name="New", line=900)]
    assert [row.name for row in latest_stores(rows, book)] == ["New"]
    assert book.count("duplicate_conflict") == 1


def test_absent_columns_say_nothing() -> None:
    """So that an existing store keeps its value."""
    batch, _ = normalize({"store_code": "17"})
    assert batch.rows == [StoreInput("17")]
