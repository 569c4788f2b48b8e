"""The product catalog: kinds of goods times brands, sizes and variants."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np

from inventory_api.cli.demo.brands import BRANDS
from inventory_api.cli.demo.goods import KINDS, Kind
from inventory_api.cli.demo.model import DemoProduct
from inventory_api.cli.demo.scripts import LANGUAGES, NAMES, local_size
from inventory_api.domain.identifiers import check_digit

GS1_DEMONSTRATION_PREFIX = "952"
"""Reserved by GS1 for demonstrations and examples: no real product carries it."""

MAX_PER_KIND = {"US": 10, "IN": 7, "PK": 7, "*": 12}
"""Products of one kind in one market at most."""

LOCAL_TITLE_SHARE = 0.55
BIG_PACK_EXPONENT = 0.85
"""Price grows with size to this power: a bigger pack is cheaper by the unit."""

ALIASES = {
    "Paracetamol 500 mg Tablets": "panadol|crocin|calpol",
    "Acetaminophen 500 mg Tablets": "tylenol|paracetamol",
}
"""What shoppers ask for when they want this kind, whoever makes it."""

_AMOUNT = re.compile(r"([0-9.]+) (kg|g|l|ml|lb|oz|fl oz|ct|pc|m|in|W|mAh|GB|V|mm|cm|tier)")
_IN_BASE_UNITS = {"kg": 1000.0, "l": 1000.0, "lb": 16.0}


def build_catalog(seed: int) -> list[DemoProduct]:
    """Make all products; the same seed gives the same ones in the same order."""
    rng = np.random.default_rng([seed, 1])
    numbers = _BrandNumbers()
    return [product for kind in KINDS for market in kind.markets for product in _products(kind, market, numbers, rng)]


class _BrandNumbers:
    """Hands out GTINs: a brand owns a run of them, as a GS1 member company does."""

    def __init__(self) -> None:
        self._brands: dict[str, int] = {}
        self._items: dict[str, int] = {}

    def next_gtin(self, brand: str) -> str:
        number = self._brands.setdefault(brand, len(self._brands) + 1)
        item = self._items[brand] = self._items.get(brand, 0) + 1
        body = f"{GS1_DEMONSTRATION_PREFIX}{number * 37:05d}{item:04d}"
        return f"{body}{check_digit(body)}"


def _products(kind: Kind, market: str, numbers: _BrandNumbers, rng: np.random.Generator) -> list[DemoProduct]:
    brands = BRANDS[kind.department, market]
    tiers = {brand: float(rng.random()) for brand in brands}
    choices = list(itertools.product(brands, kind.variants, kind.sizes))
    picked = rng.permutation(len(choices))[: MAX_PER_KIND[market]]
    made = []
    for choice in sorted(picked.tolist()):
        brand, variant, size = choices[choice]
        language = _language(kind, market, rng)
        price = (kind.low + (kind.high - kind.low) * tiers[brand]) * _size_factor(kind.sizes[0], size)
        made.append(
            DemoProduct(
                gtin=numbers.next_gtin(brand),
                title=_title(kind, brand, variant, size, language),
                description=_description(kind, brand, variant, size),
                brand=brand,
                department=kind.department,
                category=kind.category,
                countries=frozenset(("US", "IN", "PK") if market == "*" else (market,)),
                language=language,
                price_usd=price,
                popularity=float(rng.pareto(1.6)) + 0.2,
                aliases=ALIASES.get(kind.name, ""),
            )
        )
    return made


def _language(kind: Kind, market: str, rng: np.random.Generator) -> str:
    spoken = [language for language in LANGUAGES.get(market, ()) if (kind.name, language) in NAMES]
    if spoken and rng.random() < LOCAL_TITLE_SHARE:
        return spoken[int(rng.integers(len(spoken)))]
    return "en"


def _title(kind: Kind, brand: str, variant: str, size: str, language: str) -> str:
    """A title as shops write it: local script first, English behind it so that both are found."""
    if language == "en":
        words = f"{brand} {kind.name} {variant}".rstrip()
        return f"{words}, {size}" if size else words
    english = f"{kind.name} {variant}".rstrip()
    return " ".join(f"{brand} {NAMES[kind.name, language]} {local_size(size, language)} ({english})".split())


def _description(kind: Kind, brand: str, variant: str, size: str) -> str:
    details = ", ".join(part for part in (variant, size) if part)
    return f"{kind.name} by {brand}{f' ({details})' if details else ''}. An invented product of a demonstration."


def _size_factor(first: str, size: str) -> float:
    base, this = _amount(first), _amount(size)
    return math.pow(this / base, BIG_PACK_EXPONENT) if base and this else 1.0


def _amount(size: str) -> float | None:
    match = _AMOUNT.fullmatch(size)
    return float(match[1]) * _IN_BASE_UNITS.get(match[2], 1.0) if match else None
