"""What was found, in words: everything that the templates print of stores, products and times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import orjson
from markupsafe import Markup, escape

from inventory_api.channels.web.finding import Finding
from inventory_api.channels.web.rings import Spot, rings_of
from inventory_api.domain.availability import Availability
from inventory_api.domain.hours import Opening, opening_of
from inventory_api.domain.identifiers import format_product_id, is_gtin
from inventory_api.domain.money import format_minor
from inventory_api.domain.product import Product
from inventory_api.domain.store import Store
from inventory_api.locales.wording import Wording
from inventory_api.lookup.answer import Answer, Hit

_WORTH_A_VISIT = frozenset({Availability.IN_STOCK, Availability.LOW_STOCK, Availability.ON_DISPLAY_TO_ORDER})
_NONE = frozenset({Availability.OUT_OF_STOCK, Availability.NOT_CARRIED})
_ICONS = {
    Availability.IN_STOCK: "✔",
    Availability.LOW_STOCK: "▲",
    Availability.ON_DISPLAY_TO_ORDER: "◆",
    Availability.OUT_OF_STOCK: "✖",
    Availability.NOT_CARRIED: "✖",
    Availability.UNKNOWN: "?",
}
_LISTED = 10
"""Stores worth a visit that are seen at once, and on the map; the others are folded away."""

_SCHEMA = {
    Availability.IN_STOCK: "InStock",
    Availability.LOW_STOCK: "LimitedAvailability",
    Availability.OUT_OF_STOCK: "OutOfStock",
    Availability.ON_DISPLAY_TO_ORDER: "InStoreOnly",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One store of a list; ``number`` is its place among those worth a visit, 0 for the others."""

    number: int
    store: Store
    url: str
    availability: str
    icon: str
    status: str
    seen: str
    observed_at: str
    calls_first: bool
    last_known: str
    distance: str
    open: str
    price: str
    aisle: str
    directions: str


@dataclass(frozen=True, slots=True)
class Fold:
    """Stores folded away, and what is said of them all."""

    icon: str
    said: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Results:
    """An answer as the page shows it; ``counted`` is empty where no store sells the product.

    ``map`` is drawn where at least one store worth a visit has a place.
    """

    title: str
    say: Markup
    checked_at: str
    counted: str
    worth: list[Row]
    folds: list[Fold]
    map: Markup | None
    wider: tuple[str, str] | None
    json_ld: Markup | None = None

    @property
    def rows(self) -> list[Row]:
        """Every store, wherever it is shown."""
        return [*self.worth, *(row for fold in self.folds for row in fold.rows)]


def results_of(finding: Finding) -> Results:
    """Put an answer into words."""
    answer, wording, asked = finding.answer, finding.wording, finding.asked
    assert answer is not None
    assert finding.product is not None
    rows = list(_rows(finding, answer))
    worth = [row for row in rows if row.number]
    radius_m = answer.question.radius_m
    wider_m = None if finding.place is None else asked.wider_m(radius_m, in_miles=wording.in_miles)
    # Of all stores that were asked: there may be more than are shown.
    has = answer.summary[Availability.IN_STOCK] + answer.summary[Availability.LOW_STOCK]
    checked = answer.summary["checked"]
    counted = wording.ngettext("{has} of {n} store has it", "{has} of {n} stores have it", checked)
    return Results(
        title=title_of(finding.product),
        say=_sentence(answer),
        checked_at=_clock(answer.as_of, answer.hits[0].store if answer.hits else finding.store, wording),
        counted=counted.format(has=has, n=checked) if checked else "",
        worth=worth[:_LISTED],
        folds=list(_folds(rows, answer, wording)),
        map=_map(finding, worth[:_LISTED]),
        wider=None if wider_m is None else (asked.url(radius_m=wider_m), wording.radius(wider_m)),
        json_ld=_json_ld(finding.product, answer) if finding.store is not None else None,
    )


def _sentence(answer: Answer) -> Markup:
    """What every channel says; the name of the store keeps its own direction."""
    said = escape(answer.say)
    name = next((escape(hit.store.name) for hit in answer.hits if hit.store.name in answer.say), None)
    return said if name is None else said.replace(name, Markup("<bdi>{}</bdi>").format(name), 1)


def title_of(product: Product) -> str:
    """What a product is called; one that nobody described by its number."""
    return product.title or format_product_id(product.id)


def product_path(product: Product) -> str:
    """The page of a product."""
    return f"/p/{format_product_id(product.id)}"


def opening_words(opening: Opening | None, wording: Wording) -> str:
    """Whether a store is open, and until when; nothing where nobody knows."""
    if opening is None or opening.is_open is None:
        return ""
    if opening.is_open:
        if opening.closes_at is None:
            return wording.gettext("open day and night")
        return wording.gettext("open till {time}").format(time=wording.clock(opening.closes_at))
    if opening.opens_at is None:
        return wording.gettext("closed")
    if opening.opens_at - opening.since.astimezone(opening.opens_at.tzinfo) < dt.timedelta(hours=18):
        return wording.gettext("closed, opens {time}").format(time=wording.clock(opening.opens_at))
    return wording.gettext("closed now")


def address_of(store: Store) -> str:
    """A store's address in one line."""
    town = " ".join(filter(None, (store.region, store.postal_code)))
    return ", ".join(filter(None, (store.street, store.city, town)))


def _rows(finding: Finding, answer: Answer) -> Iterable[Row]:
    asked, wording = finding.asked, finding.wording
    assert finding.product is not None
    product_id = format_product_id(finding.product.id)
    number = 0
    for hit in answer.hits:
        store, is_worth = hit.store, hit.availability in _WORTH_A_VISIT
        number += is_worth
        yield Row(
            number=number if is_worth else 0,
            store=store,
            url=asked.url(f"/stores/{store.public_id}", gtin=product_id, radius_m=None, store="", q=""),
            availability=hit.availability.value,
            icon=_ICONS[hit.availability],
            status=wording.availability(hit.availability),
            seen="" if hit.age_s is None else wording.gettext("seen {age}").format(age=wording.age(hit.age_s)),
            observed_at="" if hit.observed_at is None else hit.observed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            calls_first=hit.calls_first and is_worth,
            last_known=_last_known(hit, wording),
            distance="" if hit.distance_m is None else wording.distance(hit.distance_m),
            open=opening_words(opening_of(store, answer.as_of), wording),
            price="" if hit.price is None or store.currency is None else wording.price(hit.price, store.currency),
            aisle=str((hit.extra or {}).get("aisle") or ""),
            directions=_directions(store),
        )


def _folds(rows: Sequence[Row], answer: Answer, wording: Wording) -> Iterable[Fold]:
    more = [row for row in rows if row.number > _LISTED]
    if more:
        said = wording.ngettext("{n} more store", "{n} more stores", len(more)).format(n=len(more))
        yield Fold(more[0].icon, said, more)
    none = [row for row in rows if row.availability in _NONE]
    if none:
        count = sum(answer.summary[status] for status in _NONE)
        said = wording.ngettext("{n} store has none right now", "{n} stores have none right now", count)
        yield Fold(none[0].icon, said.format(n=count), none)
    unsure = [row for row in rows if row.availability == Availability.UNKNOWN]
    if unsure:
        count = answer.summary[Availability.UNKNOWN]
        said = wording.ngettext("{n} store: not sure", "{n} stores: not sure", count)
        yield Fold(unsure[0].icon, said.format(n=count), unsure)


def _last_known(hit: Hit, wording: Wording) -> str:
    if hit.last_known is None or hit.age_s is None:
        return ""
    return wording.gettext("last seen {age}: {status}").format(
        age=wording.age(hit.age_s), status=wording.availability(hit.last_known)
    )


def _directions(store: Store) -> str:
    if store.latitude is None or store.longitude is None:
        return ""
    # The store's place alone: where the shopper stands is nobody else's business.
    return "https://www.openstreetmap.org/directions?" + urlencode({"to": f"{store.latitude},{store.longitude}"})


def _clock(at: dt.datetime, store: Store | None, wording: Wording) -> str:
    """A time in the zone of the stores shown, since that is where the shopper stands."""
    if store is None or store.timezone is None:
        return wording.gettext("{time} UTC").format(time=wording.clock(at))
    return wording.clock(at.astimezone(ZoneInfo(store.timezone)))


def _map(finding: Finding, worth: list[Row]) -> Markup | None:
    if finding.place is None:
        return None
    spots = [
        Spot(row.number, row.store.latitude, row.store.longitude, row.availability)
        for row in worth
        if row.store.latitude is not None and row.store.longitude is not None
    ]
    if not spots:
        return None
    return rings_of(finding.place.latitude, finding.place.longitude, spots, finding.wording)


def _json_ld(product: Product, answer: Answer) -> Markup | None:
    """The offer of one store as schema.org says it. "Not sure" has no word there, so such an offer is left out."""
    if not answer.hits or answer.hits[0].availability not in _SCHEMA:
        return None
    hit = answer.hits[0]
    store = hit.store
    offer: dict[str, Any] = {
        "@type": "Offer",
        "availability": f"https://schema.org/{_SCHEMA[hit.availability]}",
        "availableAtOrFrom": {
            "@type": "Store",
            "name": store.name,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": store.street,
                "addressLocality": store.city,
                "addressRegion": store.region,
                "postalCode": store.postal_code,
                "addressCountry": store.country,
            },
        },
    }
    if hit.price is not None and store.currency is not None:
        offer |= {"price": format_minor(hit.price, store.currency), "priceCurrency": store.currency}
    said: dict[str, Any] = {"@context": "https://schema.org", "@type": "Product", "name": title_of(product)}
    if is_gtin(product.id):
        said["gtin14"] = format_product_id(product.id)
    if product.brand:
        said["brand"] = {"@type": "Brand", "name": product.brand}
    # A title with "</script>" in it must not end the block.
    return Markup(orjson.dumps(said | {"offers": offer}).decode().replace("<", "\\u003c"))  # noqa: S704


def sms_link(number: str, text: str) -> str:
    """Opens a message to us with this text in it."""
    return f"sms:{quote(number)}?{urlencode({'body': text}, quote_via=quote)}"
