"""The same rows say the same as TSV, as RSS and as Atom, whatever is wrong with them."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import os
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from ingest.formats.feed import read_feed
from ingest.normalize.identity import Catalogue, StoreBook
from ingest.normalize.inventory import InventoryNormalizer
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.store import Store

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
STORES = ["US00017", "US00018", "US00104"]
SHAPES = {
    "rss": ('<rss xmlns:g="http://base.google.com/ns/1.0"><channel>', "item", "</channel></rss>"),
    "atom": ('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">', "entry", "</feed>"),
}


@pytest.fixture(scope="module")
def examples() -> Path:
    """The folder of example files."""
    root = os.environ.get("INVENTORY_TEST_DATA")
    if root is None:
        message = "Set INVENTORY_TEST_DATA to the folder that holds feed_examples/ to run these tests."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return Path(root) / "feed_examples"


def stock(path: Path) -> tuple[list[Any], list[dict[str, Any]]]:
    """The records that a file becomes, with their lines, and the notices."""
    notices, numbers = NoticeBook(), itertools.count()
    context = FeedContext(received_at=NOON, as_of=NOON, currency="USD", timezone="America/New_York")
    stores = StoreBook([Store(n, "r", code, n, code) for n, code in enumerate(STORES)])
    normalizer = InventoryNormalizer(context, stores, Catalogue((), lambda count: next(numbers)), notices)
    records: list[Any] = []
    for raw in read_feed(path, kind=FeedKind.INVENTORY, context=context, notices=notices):
        batch = normalizer.normalize(raw)
        table = batch.table
        columns = (batch.line, table.key, table.value, table.observed, table.extra)
        records += zip(*(column.tolist() for column in columns), strict=True)
        records += sorted(table.extras.items())
        records += [batch.parked_codes, batch.unconfirmed.tolist(), batch.read, batch.rejected, batch.repaired]
    return records, notices.report()


def as_xml(path: Path, shape: str, target: Path) -> Path:
    """The rows of a TSV file as elements, each record on its row's line."""
    head, record, tail = SHAPES[shape]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    lines = [
        f"<{record}>" + "".join(f"<g:{name}>{escape(text)}</g:{name}>" for name, text in row.items()) + f"</{record}>"
        for row in rows
    ]
    target.write_text("\n".join([head, *lines, tail]), encoding="utf-8")
    return target


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["google_local_inventory.tsv", "nasty_values.tsv", "google_lfp_inventory.tsv"])
def test_the_same_rows_become_the_same_stock_and_notices(name: str, shape: str, examples: Path, tmp_path: Path) -> None:
    assert stock(as_xml(examples / name, shape, tmp_path / "feed.xml")) == stock(examples / name)


def test_the_examples_agree_with_each_other(examples: Path) -> None:
    tsv, rss = (stock(examples / f"google_local_inventory.{end}")[0] for end in ("tsv", "xml"))
    # The TSV's third row has a price that the second item of the XML leaves out.
    assert tsv[0][1:] == rss[0][1:]
    assert tsv[2][1] == rss[1][1]
