"""What one chain has: its stores, its offers, and what stands on which shelf."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from inventory_api.cli.demo.chains import Chain
from inventory_api.cli.demo.goods import DEPARTMENTS
from inventory_api.cli.demo.model import DemoOffer, DemoProduct, DemoStore, Shelves
from inventory_api.cli.demo.places import City, Site

ZERO_SHARE = 0.2
SALE_SHARE = 0.04
KM_PER_DEGREE = 111.2
JITTER_KM = 0.6
MAX_JITTER_KM = 1.5

_STREETS = {
    "US": ("Main St", "Oak Ave", "Maple St", "Washington Ave", "Park Blvd", "Lake St", "Cedar Rd", "2nd St", "Hill St"),
    "IN": ("Main Road", "Station Road", "Gandhi Road", "Market Road", "Temple Street", "Ring Road", "Bus Stand Road"),
    "PK": ("Main Boulevard", "Commercial Area", "Circular Road", "Main Market", "Ghala Mandi Road", "Station Road"),
}
_HOURS = {
    "US": ("Mo-Su 08:00-22:00", "Mo-Sa 09:00-21:00; Su 10:00-18:00", "Mo-Fr 08:00-20:00; Sa-Su 09:00-18:00", "24/7"),
    "IN": ("Mo-Su 09:00-22:00", "Mo-Sa 10:00-21:00; Su 10:00-14:00", "Mo-Su 08:00-23:00", "Mo-Sa 09:30-20:30"),
    "PK": ("Mo-Su 10:00-23:00", "Mo-Th,Sa-Su 10:00-22:00; Fr 15:00-23:00", "Mo-Sa 11:00-22:00", "24/7"),
}
_SERVICES = ("pickup", "parking", "delivery", "wheelchair_access")


def stock_chain(seed: int, chain: Chain, cities: list[City], catalog: list[DemoProduct]) -> Shelves:
    """Open the chain's stores and fill their shelves.

    Every chain draws from a generator of its own, so that adding one leaves the others as they are.
    """
    rng = np.random.default_rng([seed, zlib.crc32(chain.retailer.id.encode())])
    stores = _open_stores(chain, cities, rng)
    offers = _offers(chain, catalog, rng)
    popularity = np.array([offer.product.popularity for offer in offers])
    rank = popularity.argsort().argsort() / max(1, len(offers) - 1)
    size = rng.normal(chain.share, 0.08, len(stores)).clip(0.05, 0.95)
    carried = rng.random((len(stores), len(offers))) < size[:, None] * (0.6 + 0.8 * rank)
    store, offer = carried.nonzero()
    median = np.array([DEPARTMENTS[item.product.department].stock for item in offers])[offer]
    return Shelves(
        chain.retailer, stores, offers, store.astype(np.int32), offer.astype(np.int32), _quantities(median, rng)
    )


def _quantities(median: NDArray[np.int_], rng: np.random.Generator) -> NDArray[np.int32]:
    """Log-normal, as counts on shelves are, and a share of plain zeros."""
    units = np.exp(rng.normal(np.log(median), 0.8)).round().clip(1, 400)
    units[rng.random(len(median)) < ZERO_SHARE] = 0
    return units.astype(np.int32)


def _offers(chain: Chain, catalog: list[DemoProduct], rng: np.random.Generator) -> list[DemoOffer]:
    retailer = chain.retailer
    prefix = "".join(part[0] for part in retailer.id.split("-")).upper()
    offers = []
    for number, product in enumerate(catalog):
        sold_here = retailer.country in product.countries and product.language in ("en", *_titles_sold(chain))
        if sold_here and rng.random() < chain.departments.get(product.department, 0.0):
            local = product.price_usd * DEPARTMENTS[product.department].per_dollar[retailer.country]
            minor = charm_price(local * chain.markup * rng.uniform(0.93, 1.08), retailer.currency)
            sale = charm_price(minor / 100 * 0.8, retailer.currency) if rng.random() < SALE_SHARE else None
            on_sale = sale if sale is not None and sale < minor else None
            offers.append(DemoOffer(f"{prefix}-{20_000 + number * 7}", product, minor, on_sale))
    return offers


def _titles_sold(chain: Chain) -> tuple[str, ...]:
    """Chains with English feeds sell goods under any title, the others those of their own language."""
    return ("hi", "te", "ur") if chain.retailer.locale == "en" else (chain.retailer.locale,)


def charm_price(amount: float, currency: str) -> int:
    """The nearest price a shop would print, in minor units."""
    if currency == "USD":
        return max(49, round(amount) * 100 - 1) if amount >= 5 else max(49, round(amount * 2) * 50 - 1)
    step = 5 if amount < 500 else 10 if amount < 3000 else 50
    rupees = max(step, round(amount / step) * step)
    return (rupees - 1 if currency == "INR" and rupees >= 50 else rupees) * 100


def _open_stores(chain: Chain, cities: list[City], rng: np.random.Generator) -> list[DemoStore]:
    reachable = [
        city for city in cities
        if (not chain.regions or city.region in chain.regions) and chain.city in (None, city.name)
    ]  # fmt: skip
    # A little flatter than population: chains reach mid-sized cities before the tenth shop in the capital.
    weight = np.array([city.population for city in reachable], dtype=float) ** 0.85
    chosen = rng.choice(len(reachable), size=chain.stores, p=weight / weight.sum())
    return [_open_store(chain, number, reachable[city], rng) for number, city in enumerate(chosen.tolist(), start=1)]


def _open_store(chain: Chain, number: int, city: City, rng: np.random.Generator) -> DemoStore:
    country = chain.retailer.country
    site = city.sites[int(rng.integers(len(city.sites)))]
    north, east = rng.normal(0, JITTER_KM, 2).clip(-MAX_JITTER_KM, MAX_JITTER_KM)
    longitude_scale = KM_PER_DEGREE * float(np.cos(np.radians(site.latitude)))
    hours = _HOURS[country]
    kept = rng.random(len(_SERVICES)) < (0.8, 0.6, 0.3, 0.5)
    offered = tuple(service for service, keep in zip(_SERVICES, kept, strict=True) if keep)
    urdu = chain.retailer.locale == "ur" and site.local_name is not None
    street = _street(country, site, rng, urdu=urdu)
    return DemoStore(
        store_code=f"{country}{number:04d}",
        name=f"{chain.sign} {_nickname(site, street, urdu=urdu)}",
        street=street,
        city=(site.local_city if urdu else None) or site.city,
        region=site.region,
        postal_code=site.postal_code,
        country=country,
        latitude=round(site.latitude + float(north) / KM_PER_DEGREE, 6),
        longitude=round(site.longitude + float(east) / longitude_scale, 6),
        phone=_phone(country, site.area_code, number, rng),
        timezone=site.timezone,
        opening_hours=hours[int(rng.choice(len(hours), p=(0.4, 0.3, 0.25, 0.05)))],
        services=offered if chain.pickup[0] != "not supported" else tuple(s for s in offered if s != "pickup"),
    )


def _street(country: str, site: Site, rng: np.random.Generator, *, urdu: bool) -> str:
    street = _STREETS[country][int(rng.integers(len(_STREETS[country])))]
    if country == "US":
        return f"{int(rng.integers(1, 99)) * 100 + int(rng.integers(1, 99))} {street}"
    if urdu:
        return f"دکان نمبر {int(rng.integers(1, 90))}، {site.local_name}"
    if country == "PK":
        return f"Shop {int(rng.integers(1, 90))}, {street}, {site.neighborhood}"
    return f"{int(rng.integers(1, 30))}-{int(rng.integers(1, 400))}, {street}, {site.neighborhood}"


def _nickname(site: Site, street: str, *, urdu: bool) -> str:
    """What tells a chain's stores apart: the neighborhood, else city and street."""
    neighborhood = site.local_name if urdu else site.neighborhood
    return neighborhood or f"{site.city}, {street.partition(' ')[2]}"


def _phone(country: str, area_code: str, number: int, rng: np.random.Generator) -> str:
    """A number that rings nowhere.

    555-0100 to 555-0199 are kept for fiction in the US; in India and Pakistan no national number
    begins with 00.
    """
    if country == "US":
        return f"+1-{area_code}-555-01{int(rng.integers(100)):02d}"
    return f"+{'91' if country == 'IN' else '92'} 00 555 {number:05d}"
