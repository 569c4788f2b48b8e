"""What a shopper is after, from one message to the next."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from inventory_api.channels.sms.session import Menu

LISTED = 60
"""Stores that one question lists at most, page by page: more than anybody may turn in an hour, see ``Pace``."""


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

    ``place`` is where it is to be instead, as it was told, until that is found.
    ``pages`` are the first stores of the pages that were turned, the last of them is open; ``is_detailed``: of one of
    its stores details were told since.
    """

    words: str = ""
    gtin: int | None = None
    product_id: int | None = None
    place: str = ""
    is_wide: bool = False
    pages: tuple[int, ...] = (0,)
    is_detailed: bool = False

    def menu(self, kind: Choices, ids: tuple[str, ...] = (), shown: int = 0, names: tuple[str, ...] = ()) -> Menu:
        """A menu that goes on with this quest."""
        return Menu(str(kind), ids, shown, asdict(self), names)


def quest_of(menu: Menu | None) -> Quest | None:
    """The quest that a menu goes on with; None where there is none."""
    if menu is None or not menu.asked:
        return None
    kept = {field.name: menu.asked[field.name] for field in fields(Quest) if field.name in menu.asked}
    return Quest(**kept | {"pages": tuple(kept.get("pages", (0,)))})
