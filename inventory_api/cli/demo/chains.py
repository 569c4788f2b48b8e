"""The invented chains: who they are, what they sell, where they are and how they write their feeds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from inventory_api.cli.demo.model import DemoRetailer


class InventoryStyle(StrEnum):
    """How a chain writes its inventory feed."""

    GOOGLE = "google"
    GOOGLE_GZIP = "google_gzip"
    THREE_COLUMNS = "three_columns"


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain before it has stores.

    ``departments`` maps a department to the share of its products that the chain sells, ``share`` is
    what an average store carries of that. ``regions`` are US states or Indian states, ``city`` pins a
    chain of one shop; empty: the whole country. ``markup`` multiplies prices.
    """

    retailer: DemoRetailer
    stores: int
    sign: str
    departments: dict[str, float]
    share: float
    markup: float = 1.0
    regions: frozenset[str] = frozenset()
    city: str | None = None
    pickup: tuple[str, str] = ("buy", "same day")
    style: InventoryStyle = InventoryStyle.GOOGLE


_COUNTRIES = {"US": ("USD", "America/Chicago"), "IN": ("INR", "Asia/Kolkata"), "PK": ("PKR", "Asia/Karachi")}
_RESERVE = ("reserve", "next day")
_NO_PICKUP = ("not supported", "")


def _who(country: str, retailer_id: str, name: str, locale: str = "en", timezone: str | None = None) -> DemoRetailer:
    currency, default_zone = _COUNTRIES[country]
    return DemoRetailer(retailer_id, name, currency, timezone or default_zone, country, locale)


# fmt: off
CHAINS: tuple[Chain, ...] = (
    Chain(_who("US", "larkspur-market", "Larkspur Market"), 230, "Larkspur Market",
          {"groceries": 0.9, "household": 0.5, "pharmacy": 0.35}, 0.59, style=InventoryStyle.GOOGLE_GZIP),
    Chain(_who("US", "bramblerye", "Bramblerye Grocers", timezone="America/Los_Angeles"), 90, "Bramblerye",
          {"groceries": 0.8, "household": 0.2}, 0.7, 1.12,
          regions=frozenset({"CA", "OR", "WA", "NV", "AZ", "CO", "UT"})),
    Chain(_who("US", "tallgrass-pharmacy", "Tallgrass Pharmacy"), 190, "Tallgrass Pharmacy",
          {"pharmacy": 1.0, "groceries": 0.15, "household": 0.2}, 0.77, 1.08),
    Chain(_who("US", "voltory", "Voltory Electronics", timezone="America/New_York"), 130, "Voltory",
          {"electronics": 0.95, "toys": 0.1}, 0.84),
    Chain(_who("US", "hollowbrook-home", "Hollowbrook Home"), 110, "Hollowbrook Home",
          {"household": 0.95, "hardware": 0.25}, 0.84, pickup=_RESERVE),
    Chain(_who("US", "pinwheel-fable", "Pinwheel & Fable Toys", timezone="America/New_York"), 60, "Pinwheel & Fable",
          {"toys": 1.0}, 0.85, 1.05),
    Chain(_who("US", "ironquill", "Ironquill Hardware"), 140, "Ironquill Hardware",
          {"hardware": 1.0, "household": 0.3, "electronics": 0.1}, 0.84),
    Chain(_who("US", "oatmere", "Oatmere Outfitters", timezone="America/New_York"), 95, "Oatmere",
          {"clothing": 0.9}, 0.85, pickup=_RESERVE),
    Chain(_who("US", "dimewell", "Dimewell Stores"), 160, "Dimewell",
          {"groceries": 0.3, "household": 0.5, "toys": 0.4, "clothing": 0.2, "electronics": 0.2, "pharmacy": 0.3},
          0.55, 0.92, pickup=_NO_PICKUP),
    Chain(_who("US", "wren-corner-shop", "Wren & Otter Corner Shop"), 1, "Wren & Otter",
          {"groceries": 0.35, "household": 0.2}, 0.85, 1.2, city="Chicago", pickup=_NO_PICKUP,
          style=InventoryStyle.THREE_COLUMNS),
    Chain(_who("IN", "annadhara", "अन्नधारा बाज़ार", "hi"), 170, "अन्नधारा बाज़ार",
          {"groceries": 0.9, "household": 0.4, "pharmacy": 0.2}, 0.63),
    Chain(_who("IN", "arogyadeepa", "Arogyadeepa Pharmacy"), 130, "Arogyadeepa Pharmacy",
          {"pharmacy": 1.0, "groceries": 0.1}, 0.84, pickup=_RESERVE),
    Chain(_who("IN", "vidyutika", "Vidyutika Digital"), 90, "Vidyutika Digital",
          {"electronics": 0.9}, 0.84),
    Chain(_who("IN", "pachchatoranam", "పచ్చతోరణం సూపర్ మార్కెట్", "te"), 110, "పచ్చతోరణం",
          {"groceries": 0.95, "household": 0.4, "pharmacy": 0.15}, 0.77,
          regions=frozenset({"Telangana", "Andhra Pradesh"})),
    Chain(_who("IN", "gharvihar", "Gharvihar Home"), 90, "Gharvihar",
          {"household": 0.95, "hardware": 0.2}, 0.84),
    Chain(_who("IN", "khelkhila", "Khelkhila Toys"), 50, "Khelkhila",
          {"toys": 1.0}, 0.85),
    Chain(_who("IN", "rangavastra", "Rangavastra Fashions"), 80, "Rangavastra",
          {"clothing": 0.9}, 0.85, pickup=_RESERVE),
    Chain(_who("IN", "lohapath", "Lohapath Hardware"), 70, "Lohapath",
          {"hardware": 0.95, "electronics": 0.1}, 0.84, pickup=_NO_PICKUP),
    Chain(_who("PK", "mehrang-mart", "مہرنگ مارٹ", "ur"), 120, "مہرنگ مارٹ",
          {"groceries": 0.9, "household": 0.4, "pharmacy": 0.2}, 0.7),
    Chain(_who("PK", "shifaba", "شفابا فارمیسی", "ur"), 90, "شفابا فارمیسی",
          {"pharmacy": 1.0, "groceries": 0.1}, 0.84),
    Chain(_who("PK", "barqaviz", "Barqaviz Electronics"), 60, "Barqaviz",
          {"electronics": 0.9}, 0.84, style=InventoryStyle.GOOGLE_GZIP),
    Chain(_who("PK", "ghar-angan", "Ghar Angan Plus"), 70, "Ghar Angan Plus",
          {"household": 0.9, "toys": 0.3, "hardware": 0.3}, 0.7),
    Chain(_who("PK", "reshmafza", "Reshmafza Collection"), 45, "Reshmafza",
          {"clothing": 0.9}, 0.85, pickup=_RESERVE),
    Chain(_who("PK", "khel-khilona", "کھیل کھلونا گھر", "ur"), 30, "کھیل کھلونا گھر",
          {"toys": 0.95}, 0.85, pickup=_NO_PICKUP),
)
# fmt: on
