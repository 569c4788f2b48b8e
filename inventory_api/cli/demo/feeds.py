"""The demo world as feed files, written the way real retailers write them."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from inventory_api.cli.demo.chains import CHAINS, Chain, InventoryStyle
from inventory_api.cli.demo.goods import DEPARTMENTS
from inventory_api.cli.demo.model import DemoOffer, DemoWorld, Shelves
from inventory_api.domain.feed import FeedKind, FeedMode

STORE_COLUMNS = (
    "store_code", "name", "street", "city", "region", "postal_code", "country", "lat", "lon", "phone",
    "opening_hours", "timezone", "services",
)  # fmt: skip
PRODUCT_COLUMNS = (
    "id", "title", "description", "link", "image_link", "price", "brand", "gtin", "google_product_category", "aliases",
)  # fmt: skip
INVENTORY_COLUMNS = (
    "store_code", "id", "availability", "quantity", "price", "sale_price", "sale_price_effective_date",
    "pickup_method", "pickup_sla", "instore_product_location",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A written feed. ``store_code`` is set where the file speaks of one store and does not name it."""

    retailer_id: str
    kind: FeedKind
    mode: FeedMode
    path: Path
    store_code: str | None = None


def write_feeds(world: DemoWorld, folder: Path, now: dt.datetime | None = None) -> list[FeedFile]:
    """Write every chain's stores, products and inventory, in the order in which to send them.

    Args:
        world: What to write; about 400,000 inventory rows in two seconds.
        folder: Made if missing; each chain gets a folder of its id.
        now: Aware; sales run in the week around it. The clock by default.

    Returns:
        All stores feeds, then all products feeds, then all inventory feeds.
    """
    moment = now or dt.datetime.now(dt.UTC)
    files = []
    for chain in CHAINS:
        home = folder / chain.retailer.id
        home.mkdir(parents=True, exist_ok=True)
        shelves = world.shelves[chain.retailer.id]
        files += [_write_stores(shelves, home), _write_products(shelves, home)]
        files.append(_write_inventory(chain, shelves, home, moment))
    order = list(FeedKind)
    return sorted(files, key=lambda file: order.index(file.kind))


def _write_stores(shelves: Shelves, home: Path) -> FeedFile:
    path = home / "stores.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(STORE_COLUMNS)
        for store in shelves.stores:
            writer.writerow((
                store.store_code, store.name, store.street, store.city, store.region, store.postal_code,
                store.country, store.latitude, store.longitude, store.phone, store.opening_hours,
                store.timezone, ",".join(store.services),
            ))  # fmt: skip
    return FeedFile(shelves.retailer.id, FeedKind.STORES, FeedMode.FULL, path)


def _write_products(shelves: Shelves, home: Path) -> FeedFile:
    path = home / "products.tsv"
    retailer = shelves.retailer
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(PRODUCT_COLUMNS)
        for offer in shelves.offers:
            product = offer.product
            # No image: a link to a host that does not exist would show shoppers a broken picture.
            writer.writerow((
                offer.sku, product.title, product.description, f"https://{retailer.id}.example/p/{offer.sku}", "",
                _money(offer.price_minor, retailer.currency), product.brand, product.gtin, product.category,
                product.aliases,
            ))  # fmt: skip
    return FeedFile(retailer.id, FeedKind.PRODUCTS, FeedMode.FULL, path)


def _write_inventory(chain: Chain, shelves: Shelves, home: Path, now: dt.datetime) -> FeedFile:
    if chain.style is InventoryStyle.THREE_COLUMNS:
        path = home / "inventory.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(_three_column_lines(shelves))
        only_store = shelves.stores[0].store_code
        return FeedFile(shelves.retailer.id, FeedKind.INVENTORY, FeedMode.FULL, path, only_store)
    lines = _google_lines(chain, shelves, _sale_week(now, ZoneInfo(chain.retailer.timezone)))
    if chain.style is InventoryStyle.GOOGLE_GZIP:
        path = home / "inventory.tsv.gz"
        # A fixed mtime and no name keep the bytes, and with them the feed's hash, the same.
        with (
            path.open("wb") as raw,
            gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=5, mtime=0) as packed,
            io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
        ):
            text.writelines(lines)
    else:
        path = home / "inventory.tsv"
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
    return FeedFile(shelves.retailer.id, FeedKind.INVENTORY, FeedMode.FULL, path)


def _three_column_lines(shelves: Shelves) -> Iterator[str]:
    yield "barcode,quantity,price\n"
    for offer, quantity in zip(shelves.offer.tolist(), shelves.quantity.tolist(), strict=True):
        sold = shelves.offers[offer]
        yield f"{sold.product.gtin},{quantity},{sold.price_minor / 100:.2f}\n"


def _google_lines(chain: Chain, shelves: Shelves, sale_week: str) -> Iterator[str]:
    """Rows store by store. Everything that depends on the offer alone is formatted once."""
    prices = [_price_cells(offer, chain.retailer.currency, sale_week) for offer in shelves.offers]
    pickup = "\t".join(chain.pickup)
    skus = [offer.sku for offer in shelves.offers]
    aisles = [_aisle(offer, position) for position, offer in enumerate(shelves.offers)]
    codes = [store.store_code for store in shelves.stores]
    yield "\t".join(INVENTORY_COLUMNS) + "\n"
    rows = zip(shelves.store.tolist(), shelves.offer.tolist(), shelves.quantity.tolist(), strict=True)
    for store, offer, quantity in rows:
        word = "in_stock" if quantity > 2 else "limited_availability" if quantity else "out_of_stock"
        yield f"{codes[store]}\t{skus[offer]}\t{word}\t{quantity}\t{prices[offer]}\t{pickup}\t{aisles[offer]}\n"


def _price_cells(offer: DemoOffer, currency: str, sale_week: str) -> str:
    price = _money(offer.price_minor, currency)
    if offer.sale_minor is None:
        return f"{price}\t\t"
    return f"{price}\t{_money(offer.sale_minor, currency)}\t{sale_week}"


def _aisle(offer: DemoOffer, position: int) -> str:
    """At most 20 bytes, as Google's feed allows."""
    aisles = DEPARTMENTS[offer.product.department].aisles
    return f"{aisles[position % len(aisles)]}{position % 9 + 1}, bay {position % 6 + 1}"


def _money(minor: int, currency: str) -> str:
    return f"{minor // 100}.{minor % 100:02d} {currency}"


def _sale_week(now: dt.datetime, zone: ZoneInfo) -> str:
    """Monday to Sunday around ``now`` in local time, as Google writes an interval."""
    today = now.astimezone(zone).date()
    monday = today - dt.timedelta(days=today.weekday())
    start = dt.datetime.combine(monday, dt.time(0, 0), zone)
    end = dt.datetime.combine(monday + dt.timedelta(days=6), dt.time(23, 59), zone)
    return f"{start:%Y-%m-%dT%H:%M%z}/{end:%Y-%m-%dT%H:%M%z}"
