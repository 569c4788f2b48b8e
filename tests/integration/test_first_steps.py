"""What a newcomer does first: a file from a spreadsheet, no currency told, changes from a till."""

from __future__ import annotations

import pytest

from inventory_api.domain.feed import RunStatus
from inventory_api.domain.ports import StockChange
from tests.integration.world import LATITUDE, LONGITUDE, World

GTIN = "00036000291452"
STORES = f"Store Code,Store Name,Country,Latitude,Longitude\n1,Main St,{{country}},{LATITUDE},{LONGITUDE}\n"


def prices(world: World) -> list[tuple[int | None, str | None]]:
    return [(hit.price, hit.store.currency) for hit in world.ask(GTIN).hits]


def newcomer(world: World, country: str) -> None:
    """A retailer who named no currency, with one store."""
    world.add_retailer("acme", currency=None)
    assert world.push("stores", STORES.format(country=country)).status is RunStatus.PUBLISHED


@pytest.mark.parametrize(
    ("country", "price", "expected"),
    [
        ("US", "5.49", (549, "USD")),
        ("US", "$5.49", (549, "USD")),
        ("IN", "549", (54900, "INR")),
        ("US", "5.49 EUR", (549, "EUR")),
        ("", "5.49", (None, None)),
    ],
)
def test_a_price_without_currency_is_in_the_one_of_the_country(
    world: World, country: str, price: str, expected: tuple[int | None, str | None]
) -> None:
    newcomer(world, country)
    world.push("inventory", f"Store Code,Barcode,On Hand,Price\n1,{GTIN},12,{price}\n")

    assert prices(world) == [expected]


@pytest.mark.parametrize(
    ("country", "first", "second", "expected"),
    [
        ("US", "5.49", "6.00", (600, "USD")),
        ("US", "5.49 EUR", "6.00", (600, "EUR")),
        ("US", "5.49", "6.00 USD", (600, "USD")),
        ("", "5.49 EUR", "6", (600, "EUR")),
    ],
)
def test_the_first_price_of_a_change_says_what_a_store_sells_in(
    world: World, country: str, first: str, second: str, expected: tuple[int, str]
) -> None:
    newcomer(world, country)
    outcome = world.patch(
        StockChange("1", gtin=GTIN, quantity=1, price=first), StockChange("1", gtin=GTIN, quantity=1, price=second)
    )

    assert [result.status for result in outcome.results] == ["applied", "applied"]
    assert prices(world) == [expected]


@pytest.mark.parametrize(
    ("gtin", "code"),
    [("036000291453", "gtin_check_digit"), ("36000291452", "gtin_format"), ("abc", "gtin_format")],
)
def test_a_change_with_a_bad_code_is_told_why(world: World, gtin: str, code: str) -> None:
    newcomer(world, "US")
    [result] = world.patch(StockChange("1", gtin=gtin, quantity=1)).results

    assert (result.status, result.code, result.field) == ("rejected", code, "gtin")
