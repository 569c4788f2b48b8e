"""Stores and products of other people's files, held against a reading by hand."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from inventory_api.domain.feed import RunStatus
from tests.integration.asking import asking
from tests.integration.real_files import STORE_COLUMNS, Row, counts_of, data, feed_of, rows_of
from tests.integration.world import World

__all__ = ["data"]


# -- other people's stores ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count", "again"),
    [("stores_bestbuy_us", 1_464, 0), ("stores_osm_misc", 8_923, 0), ("stores_pharmacy_us", 2_045, 29)],
)
def test_stores(data: Path, world: World, name: str, count: int, again: int) -> None:
    rows = rows_of(data, name)
    world.add_retailer("chain", timezone="UTC")
    run = world.push("stores", feed_of(STORE_COLUMNS, rows), retailer_id="chain")
    assert (run.status, run.rows.read, run.rows.accepted) == (RunStatus.PUBLISHED, count, count)
    last: dict[str, Row] = {}
    faults = Counter[str]()
    for row in rows:
        said = {theirs: row[theirs].strip() for theirs in STORE_COLUMNS.values()}
        if (earlier := last.get(said["store_code"])) is not None:
            faults[f"warning duplicate_{'key' if earlier == said else 'conflict'}"] += 1
        last[said["store_code"]] = said
    assert faults.total() == again
    assert counts_of(run) == +faults
    stores = world.stores()
    assert len(stores) == count - again == len(last)
    for store in stores:
        said = last[store.store_code]
        assert (store.latitude, store.longitude) == (float(said["lat"]), float(said["lon"]))
        told = (store.name, store.street, store.city, store.postal_code, store.country, store.opening_hours)
        names = ("name", "street", "city", "postcode", "country", "hours")
        assert told == tuple(said[name] or None for name in names)


# -- other people's products --------------------------------------------------------------------------------


@dataclass
class Code:
    """What one code is, by hand: a GTIN-14, a code of one retailer's shops (``sku``), or nothing, and the notice."""

    gtin: str | None = None
    sku: str | None = None
    notice: str | None = None


def read_code(text: str, *, pads: bool) -> Code:
    if pads and len(text) == 11 and fits(text):
        text, notice = f"0{text}", "warning gtin_zero_padded"
    else:
        notice = None
    if (len(text) not in (8, 12, 13, 14) and not (pads and len(text) == 11)) or not int(text):
        return Code(notice="error gtin_format")
    if len(text) == 8 and text[0] == "0":
        upc = expanded(text)
        return Code(upc.zfill(14), notice="info gtin_from_upce") if fits(upc) else Code(notice="error gtin_check_digit")
    if not fits(text):
        return Code(notice="error gtin_check_digit")
    full = text.zfill(14)
    of_8 = full.startswith("000000")
    if full[6] in "02" if of_8 else full[:2] == "02" or full[:3] in ("002", "004"):
        return Code(sku=text, notice="warning gtin_restricted")
    return Code(full, notice=notice)


def fits(code: str) -> bool:
    """Modulo 10 with weights 3 and 1 from the right."""
    return sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(reversed(code))) % 10 == 0


def expanded(upce: str) -> str:
    """A UPC-E's UPC-A, by the table of the standard."""
    system, a, b, c, d, e, last, check = upce
    middle = {"0": a + b + "00000" + c + d + e, "1": a + b + "10000" + c + d + e, "2": a + b + "20000" + c + d + e,
              "3": a + b + c + "00000" + d + e, "4": a + b + c + d + "00000" + e}  # fmt: skip
    return system + middle.get(last, a + b + c + d + e + "0000" + last) + check


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), [("products_openfoodfacts_200k", 204_583), ("products_books_isbn", 10_000)])
def test_products(data: Path, world: World, name: str, count: int) -> None:
    rows = rows_of(data, name)
    world.add_retailer("chain")
    columns = {"id": "sku", "gtin": "gtin", "title": "title", "brand": "brand", "image_link": "image"}
    run = world.push("products", feed_of(columns, rows), retailer_id="chain")
    assert (run.status, run.rows.read) == (RunStatus.PUBLISHED, count)

    short = [row["gtin"] for row in rows if len(row["gtin"]) == 11]
    pads = 2 * sum(map(fits, short)) > len(short)
    titles: dict[str, str] = {}
    skus: dict[str, str] = {}
    notices = Counter[str]()
    rejected = 0
    for row in rows:
        code = Code() if row["gtin"] == "" else read_code(row["gtin"], pads=pads)
        if code.notice is not None:
            notices[code.notice] += 1
        if code.gtin is None and code.sku is None and row["sku"] == "":
            rejected += 1
            continue
        known = titles if code.gtin else skus
        product = code.gtin or row["sku"] or code.sku
        assert product is not None
        known[product] = row["title"].strip() or known.get(product, "")
    counted = counts_of(run)
    duplicates = sum(counted.pop(f"warning {code}", 0) for code in ("duplicate_key", "duplicate_conflict"))
    assert counted == +notices
    assert (run.rows.rejected, run.rows.accepted) == (rejected, count - rejected)
    assert duplicates <= count - rejected - len(titles) - len(skus)
    with world.db.read() as tx:
        assert tx.products.count() == len(titles) + len(skus)

    with asking(world) as api:
        chance = random.Random(3)
        by_script: dict[str, list[str]] = {}
        for gtin, title in titles.items():
            by_script.setdefault(script_of(title), []).append(gtin)
        assert set(by_script) >= SCRIPTS[name]
        sample = [gtin for gtins in by_script.values() for gtin in chance.sample(gtins, min(150, len(gtins)))]
        for gtin in sample:
            [found] = api.get(f"/v1/products?gtin={gtin}").json()["products"]
            assert found["product"]["title"] == (titles[gtin] or None)
            assert found["product"]["gtin"] == gtin
        for sku in chance.sample(sorted(skus), min(100, len(skus))):
            found = api.get(f"/v1/products/{world.product_id(sku, 'chain')}").json()
            assert (found["title"], found["gtin"]) == (skus[sku] or None, None)


def script_of(text: str) -> str:
    """A script other than Latin that some of it is written in."""
    for script, first, last in _BLOCKS:
        if any(first <= char <= last for char in text):
            return script
    return "latin"


_BLOCKS = (
    ("greek", "\u0370", "\u03ff"), ("cyrillic", "\u0400", "\u04ff"), ("hebrew", "\u0590", "\u05ff"),
    ("arabic", "\u0600", "\u06ff"), ("devanagari", "\u0900", "\u097f"), ("thai", "\u0e00", "\u0e7f"),
    ("kana", "\u3040", "\u30ff"), ("han", "\u4e00", "\u9fff"), ("hangul", "\uac00", "\ud7a3"),
)  # fmt: skip
SCRIPTS = {
    "products_openfoodfacts_200k": {"latin", *(script for script, *_ in _BLOCKS if script != "devanagari")},
    "products_books_isbn": {"latin", "arabic"},
}
