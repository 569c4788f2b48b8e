"""What a shopper is after, from one message to the next."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from inventory_api.channels.sms.session import Menu

LISTED = 21
"""Stores that one question lists at most, page by page."""


class Choices(StrEnum):
    """What a digit means: the kind of a menu. ``WHERE`` and ``LATER`` offer no digits, they only keep the quest."""

    STORES = "stores"
    PRODUCTS = "products"
    PLACES = "places"
    OFFERS = "offers"
    LANGUAGES = "languages"
    WHERE = "where"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Quest:
    """A product near the place of the session: as words, as a barcode, or found.

    ``page`` is the first store shown; ``is_detailed``: of one of them details were told since.
    """

    words: str = ""
    gtin: int | None = None
    product_id: int | None = None
    is_wide: bool = False
    page: int = 0
    is_detailed: bool = False

    def menu(self, kind: Choices, ids: tuple[str, ...] = (), shown: int = 0) -> Menu:
        """A menu that goes on with this quest."""
        return Menu(str(kind), ids, shown, asdict(self))


def quest_of(menu: Menu | None) -> Quest | None:
    """The quest that a menu goes on with; None where there is none."""
    if menu is None or not menu.asked:
        return None
    return Quest(**{field.name: menu.asked[field.name] for field in fields(Quest) if field.name in menu.asked})
