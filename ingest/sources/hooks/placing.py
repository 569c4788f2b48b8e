"""Which store and article of ours an event speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inventory_api.domain.errors import InvalidGtin
from inventory_api.domain.event import StockEvent
from inventory_api.domain.identifiers import parse_gtin
from inventory_api.domain.ports import StockChange
from inventory_api.domain.profile import FeedProfile, UnknownProducts
from inventory_api.domain.source import FeedSource
from inventory_api.storage.sql.engine import Transaction


@dataclass(frozen=True, slots=True)
class Placed:
    """Events that are changes of known articles in known stores, and those that wait, with what for."""

    changes: list[tuple[StockEvent, StockChange]]
    waiting: list[tuple[StockEvent, str]]


def place(tx: Transaction, source: FeedSource, events: Sequence[StockEvent]) -> Placed:
    """Find each event's store and article: by the profile's maps, else by the retailer's own words.

    A platform's item number that neither the profile nor a products feed knows is nobody's article.
    """
    profile = source.profile
    codes = {event.location: profile.locations.get(event.location, event.location) for event in events}
    words = {event.item: profile.items.get(event.item, event.item) for event in events}
    stores = tx.stores.by_codes(source.retailer_id, sorted(set(codes.values())))
    skus = tx.products.find_skus(source.retailer_id, words.values())
    placed = Placed([], [])
    for event in events:
        code, word = codes[event.location], words[event.item]
        if code not in stores:
            placed.waiting.append((event, "store_unknown"))
        elif word in skus or event.gtin is not None or _may_create(profile, event):
            placed.changes.append((event, _change(event, code, word, is_known=word in skus)))
        else:
            placed.waiting.append((event, "product_unknown"))
    return placed


def _may_create(profile: FeedProfile, event: StockEvent) -> bool:
    """Whether its word is the retailer's own, good for a new article."""
    if event.item not in profile.items and not event.is_named:
        return False
    return profile.on_unknown_product is UnknownProducts.CREATE or _is_gtin(profile.items.get(event.item, event.item))


def _change(event: StockEvent, store_code: str, word: str, *, is_known: bool) -> StockChange:
    gtin = event.gtin if event.gtin is not None or is_known or not _is_gtin(word) else word
    return StockChange(
        store_code=store_code,
        id=None if word == gtin else word,
        gtin=gtin,
        quantity=event.quantity,
        availability=event.availability,
        price=event.price,
        observed_at=event.observed_at,
        untracked=event.is_untracked,
    )


def _is_gtin(word: str) -> bool:
    try:
        parse_gtin(word)
    except InvalidGtin:
        return False
    return True
