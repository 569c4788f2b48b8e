"""Products, each owned by the retailer that named it first, and retailers' own article numbers.

Every change stamps its rows with a new revision; writers hold its counter to the end of their transaction,
so that revisions become visible in their order and whoever follows them (product search) misses none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Select, func, select

from inventory_api.domain.errors import UnknownProduct
from inventory_api.domain.identifiers import format_product_id
from inventory_api.domain.product import Product
from inventory_api.storage.sql import bulk, counters
from inventory_api.storage.sql.bulk import UpsertCounts
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import product, sku

__all__ = ["Products", "SqlProducts", "UpsertCounts"]

_FACTS = ("title", "brand", "category", "description", "link", "image_url", "aliases")
_CARD = tuple(_FACTS.index(name) for name in ("title", "brand", "image_url"))
_SELECT = select(product.c.id, *(product.c[name] for name in _FACTS))
_SELECT_SOME = {
    on_sqlite: _SELECT.where(bulk.one_of_some(product.c.id, on_sqlite=on_sqlite)) for on_sqlite in (False, True)
}

_Facts = tuple[str | None, ...]


class Products(Repository):
    """Every product that a feed ever described, and every article number that a retailer ever used."""

    def get(self, product_id: int) -> Product:
        """One product.

        Raises:
            UnknownProduct: No feed described it.
        """
        row = self._connection.execute(_SELECT.where(product.c.id == product_id)).first()
        if row is None:
            raise UnknownProduct(format_product_id(product_id))
        return Product(*row)

    def get_many(self, product_ids: Iterable[int]) -> dict[int, Product]:
        """The products of these ids that exist, by id."""
        found: dict[int, Product] = {}
        for part in bulk.chunks(sorted(set(product_ids))):
            statement = _SELECT_SOME[bulk.is_sqlite(self._connection)]
            rows = self._connection.execute(statement, bulk.some(self._connection, part))
            found.update((row.id, Product(*row)) for row in rows)
        return found

    def upsert(self, retailer_id: str, products: Sequence[Product]) -> tuple[UpsertCounts, list[int]]:
        """Insert and update products.

        The first retailer to name a product owns it. The owner's later rows update what they state; another
        retailer's rows only fill what nobody stated yet. Of one product in ``products`` the later row wins.
        Several calls in one transaction go by ascending id, or PostgreSQL may find a deadlock of two retailers.

        Returns:
            The counts, and the ids (ascending) of the products whose card changed: title, brand or image.
        """
        # First of all: two retailers that took rows before the counter would wait for each other for ever.
        self._revision = counters.take(self._connection, counters.PRODUCT_REVISION) + 1
        said: dict[int, _Facts] = {}
        for row in products:
            facts = (row.title, row.brand, row.category, row.description, row.link, row.image_url, row.aliases)
            said[row.id] = _stated(said[row.id], facts) if row.id in said else facts
        inserted = updated = 0
        cards: list[int] = []
        for ids in bulk.chunks(sorted(said)):
            missing = self._missing(retailer_id, ids, said, cards)
            known = [product_id for product_id in ids if product_id not in missing]
            inserted += len(missing)
            updated += self._merge(retailer_id, known, said, cards)
        return UpsertCounts(inserted, updated, len(said) - inserted - updated), sorted(cards)

    def count(self) -> int:
        """How many products there are; a scan on PostgreSQL."""
        return self._connection.execute(select(func.count()).select_from(product)).scalar_one()

    def stream_cards(self) -> Iterator[Product]:
        """All products in the order of their ids, in bounded memory. Use it inside the transaction."""
        return (Product(*row) for row in self._stream(_SELECT.order_by(product.c.id)))

    def revision(self) -> int:
        """The newest revision; 0 before the first product."""
        return counters.taken(self._connection, counters.PRODUCT_REVISION)

    def stream_changed(self, since: int) -> Iterator[Product]:
        """The products that changed after a revision, in no order. Use it inside the transaction."""
        return (Product(*row) for row in self._stream(_SELECT.where(product.c.revision > since)))

    def reserve_own_numbers(self, count: int) -> int:
        """Take ``count`` numbers for articles without a GTIN; returns the first. A product id is OWN_BASE + number.

        The counter stays locked to the end of the transaction, so keep that short; numbers may be wasted.
        """
        return counters.take(self._connection, counters.OWN_PRODUCT, count)

    def link_skus(self, retailer_id: str, pairs: Sequence[tuple[str, int]]) -> None:
        """Remember which product ids a retailer's article numbers mean; of one number the later pair wins."""
        rows = sorted((number, product_id) for number, product_id in dict(pairs).items())
        bulk.upsert(
            self._connection,
            sku,
            ("retailer_id", "sku"),
            ("product_id",),
            [(retailer_id, number, product_id) for number, product_id in rows],
        )

    def find_sku(self, retailer_id: str, number: str) -> int | None:
        """The product id of a retailer's own article number."""
        statement = select(sku.c.product_id).where(sku.c.retailer_id == retailer_id, sku.c.sku == number)
        return self._connection.execute(statement).scalar()

    def find_skus(self, retailer_id: str, numbers: Iterable[str]) -> dict[str, int]:
        """The product ids of those article numbers of a retailer that are known."""
        found: dict[str, int] = {}
        for part in bulk.chunks(sorted(set(numbers))):
            known = bulk.one_of(self._connection, sku.c.sku, part)
            statement = select(sku.c.sku, sku.c.product_id).where(sku.c.retailer_id == retailer_id, known)
            found.update((row.sku, row.product_id) for row in self._connection.execute(statement))
        return found

    def catalogue(self, retailer_id: str) -> Iterator[tuple[str, int]]:
        """A retailer's article numbers with their product ids, in no order. Use it inside the transaction."""
        statement = select(sku.c.sku, sku.c.product_id).where(sku.c.retailer_id == retailer_id)
        return ((number, product_id) for number, product_id in self._stream(statement))

    def _stream(self, statement: Select[Any]) -> Iterator[Any]:
        with self._connection.execute(statement.execution_options(yield_per=bulk.CHUNK)) as result:
            yield from result

    def _missing(self, retailer_id: str, ids: Sequence[int], said: dict[int, _Facts], cards: list[int]) -> set[int]:
        """Insert the products that do not exist; returns the ids inserted, and adds those that have a card."""
        statement = select(product.c.id).where(bulk.one_of(self._connection, product.c.id, ids))
        known = set(self._connection.execute(statement).scalars())
        rows = [
            (product_id, retailer_id, self._revision, *said[product_id])
            for product_id in ids
            if product_id not in known
        ]
        columns = ("id", "owner_retailer_id", "revision", *_FACTS)
        inserted = bulk.insert_missing(self._connection, product, columns, rows)
        cards += [product_id for product_id in inserted if _card(said[product_id]) != _card(_NOTHING)]
        return inserted

    def _merge(self, retailer_id: str, ids: Sequence[int], said: dict[int, _Facts], cards: list[int]) -> int:
        """Write what the retailer may say of products that exist; returns how many changed."""
        changes = self._changes(retailer_id, ids, said, lock=False)
        if changes and not bulk.is_sqlite(self._connection):
            # Locking every row would rewrite the table for a feed that changes nothing; lock and look again.
            changes = self._changes(retailer_id, sorted(changes), said, lock=True)
        rows = [(*after, self._revision, product_id) for product_id, (_, after) in sorted(changes.items())]
        bulk.update(self._connection, product, "id", (*_FACTS, "revision"), rows)
        cards += [product_id for product_id, (before, after) in changes.items() if _card(before) != _card(after)]
        return len(rows)

    def _changes(
        self, retailer_id: str, ids: Sequence[int], said: dict[int, _Facts], *, lock: bool
    ) -> dict[int, tuple[_Facts, _Facts]]:
        if not ids:
            return {}
        statement = _SELECT.add_columns(product.c.owner_retailer_id).where(
            bulk.one_of(self._connection, product.c.id, ids)
        )
        if lock:
            statement = statement.order_by(product.c.id).with_for_update(key_share=True)
        changes = {}
        for product_id, *facts, owner in self._connection.execute(statement):
            before = tuple(facts)
            new = said[product_id]
            after = _stated(before, new) if owner == retailer_id else _stated(new, before)
            if after != before:
                changes[product_id] = (before, after)
        return changes


class _Reading(Protocol):
    @property
    def products(self) -> Products: ...


class _Readable(Protocol):
    def read(self) -> AbstractContextManager[_Reading]: ...


class SqlProducts:
    """The port ``Products``: each question its own read transaction.

    Args:
        db: A ``Database``.
    """

    def __init__(self, db: _Readable) -> None:
        self._db = db

    def get(self, product_id: int) -> Product:
        """A product by its id.

        Raises:
            UnknownProduct: No feed ever named it.
        """
        with self._db.read() as transaction:
            return transaction.products.get(product_id)

    def get_many(self, product_ids: Iterable[int]) -> dict[int, Product]:
        """The products of these ids that exist, by id."""
        with self._db.read() as transaction:
            return transaction.products.get_many(product_ids)

    def find_sku(self, retailer_id: str, sku: str) -> int | None:
        """The product id of a retailer's own article number."""
        with self._db.read() as transaction:
            return transaction.products.find_sku(retailer_id, sku)


_NOTHING: _Facts = (None,) * len(_FACTS)


def _stated(older: _Facts, newer: _Facts) -> _Facts:
    return tuple(old if new is None else new for old, new in zip(older, newer, strict=True))


def _card(facts: _Facts) -> _Facts:
    return tuple(facts[index] for index in _CARD)
