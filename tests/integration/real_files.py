"""Files that nobody on this project wrote, and how they are sent."""

from __future__ import annotations

import csv
import gzip
import io
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest

from inventory_api.domain.feed import FeedRun

Row = dict[str, str]

STORE_COLUMNS = {
    "store_code": "store_code",
    "name": "name",
    "street": "street",
    "city": "city",
    "region": "region",
    "postal_code": "postcode",
    "country": "country",
    "lat": "lat",
    "lon": "lon",
    "phone": "phone",
    "opening_hours": "hours",
}
PRODUCT_COLUMNS = {"id": "sku", "gtin": "gtin", "title": "title", "category": "category"}


@pytest.fixture(scope="module")
def data() -> Path:
    """The folder of real files."""
    root = os.environ.get("INVENTORY_TEST_DATA")
    if root is None:
        message = "Set INVENTORY_TEST_DATA to the folder that holds data/ to run these tests."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return Path(root) / "data"


def rows_of(data: Path, name: str) -> list[Row]:
    with gzip.open(data / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def feed_of(columns: dict[str, str], rows: Iterable[Row]) -> str:
    """A feed in our columns: ours -> theirs."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[theirs] for theirs in columns.values()] for row in rows)
    return text.getvalue()


def counts_of(run: FeedRun) -> dict[str, int]:
    """Every notice of a run: severity and code -> count."""
    return {f"{notice['severity']} {notice['code']}": notice["count"] for notice in run.notices}


def is_invisible(char: str) -> bool:
    """A character that no reader sees, a plain blank excepted: it has no place at the edge of a cell."""
    return char != " " and unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp")
