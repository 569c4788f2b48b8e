"""Real addresses of three countries find their place; hopeless ones find none rather than a wrong one."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import pytest

from ingest.geocode.addresses import Address, AddressBook
from inventory_api.domain.geo import geodesic_m
from inventory_api.domain.store import Precision
from tests.gazetteer import the_gazetteer

BOOK = AddressBook(the_gazetteer())

GOLDEN = [
    # address, true place, precision, at most so many km away
    (Address("2675 Geary Blvd", "San Francisco", "CA", "94118", "US"), (37.7821, -122.4472), Precision.POSTAL_CODE, 2),
    (Address("350 5th Ave", "New York", "NY", "10118-0110", "US"), (40.7484, -73.9857), Precision.POSTAL_CODE, 1),
    (Address("1 Faneuil Hall Sq", "Boston", "MA", "2109", "US"), (42.3600, -71.0568), Precision.POSTAL_CODE, 2),
    (Address(None, "Austin", "TX", None, "US"), (30.2672, -97.7431), Precision.CITY, 15),
    (Address("1600 Amphitheatre Pkwy, Mountain View, CA 94043, US"), (37.4220, -122.0841), Precision.POSTAL_CODE, 3),
    (Address("350 5th Ave, New York, NY 10118"), (40.7484, -73.9857), Precision.POSTAL_CODE, 1),
    (Address("Jubilee Hills", "Hyderabad", None, "500033", "IN"), (17.4325, 78.4071), Precision.POSTAL_CODE, 2),
    (Address("Connaught Place", "New Delhi", "Delhi", "110 001", "IN"), (28.6315, 77.2167), Precision.POSTAL_CODE, 3),
    (Address("MG Road, Bangalore 560001, India"), (12.9756, 77.6068), Precision.POSTAL_CODE, 3),
    (Address(None, "Bangalore", None, None, "IN"), (12.9716, 77.5946), Precision.CITY, 5),
    (Address("Gulberg III", "Lahore", "Punjab", "54660", "PK"), (31.5102, 74.3441), Precision.NEIGHBORHOOD, 2),
    (Address("Tariq Road", "Karachi", None, None, "PK"), (24.8738, 67.0604), Precision.NEIGHBORHOOD, 2),
    (Address("Shop 5", "Karachi", None, None, "PK"), (24.8607, 67.0011), Precision.CITY, 15),
    (Address(None, "لاہور", None, None, "PK"), (31.5204, 74.3587), Precision.CITY, 10),
    (Address(None, "München", None, None, "DE"), (48.1374, 11.5755), Precision.CITY, 5),
]  # fmt: skip
UNKNOWN = [
    Address(),
    Address("12 High Street"),
    Address("12 High Street", "Springfield"),
    Address(None, "Nowhere at All", "CA", "00000", "US"),
    Address(None, "Fairfield", None, "3078", "AU"),
    Address(None, None, None, "999999", "IN"),
    Address(None, "x", None, "1", "XX"),
]


@pytest.mark.parametrize(("address", "place", "precision", "km"), GOLDEN, ids=lambda value: str(value)[:40])
def test_an_address_finds_its_place(
    address: Address, place: tuple[float, float], precision: Precision, km: float
) -> None:
    found = BOOK.find(address)
    assert found is not None
    assert found.precision is precision
    assert geodesic_m(found.latitude, found.longitude, *place) < km * 1000, found


@pytest.mark.parametrize("address", UNKNOWN, ids=str)
def test_an_address_that_could_be_anywhere_finds_none(address: Address) -> None:
    assert BOOK.find(address) is None


def test_a_code_of_another_state_gives_way_to_the_city() -> None:
    found = BOOK.find(Address(None, "Austin", "TX", "94118", "US"))
    assert found is not None
    assert found.precision is Precision.CITY


def test_one_line_is_taken_apart_and_what_stands_elsewhere_counts() -> None:
    said = BOOK.understood(Address("5 Main St, Springfield, IL 62701, USA", region="Illinois"))
    assert (said.city, said.region, said.postal_code, said.country) == ("Springfield", "Illinois", "62701", "US")


def test_a_country_is_where_its_cities_are() -> None:
    assert BOOK.is_in_country("PK", 31.5, 74.3)
    assert not BOOK.is_in_country("PK", 74.3, 31.5)
    assert BOOK.is_in_country("XX", 0, 0)


@pytest.fixture
def real_stores() -> Path:
    """The folder of real store lists."""
    root = os.environ.get("INVENTORY_TEST_DATA")
    if root is None:
        message = "Set INVENTORY_TEST_DATA to the folder that holds data/ to run this test."
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return Path(root) / "data"


def test_thousands_of_real_stores_are_near_where_they_are(real_stores: Path) -> None:
    """Two stores of Best Buy's own list have the coordinates of another state."""
    far, near = [], []
    for name in ("stores_bestbuy_us", "stores_pharmacy_us"):
        with gzip.open(real_stores / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found = BOOK.find(Address(row["street"], row["city"], row["region"], row["postcode"], row["country"]))
                assert found is not None, row
                km = geodesic_m(found.latitude, found.longitude, float(row["lat"]), float(row["lon"])) / 1000
                (far if km > 100 else near).append(km)
    assert len(far) == 2
    near.sort()
    assert near[len(near) // 2] < 3
    assert near[len(near) * 99 // 100] < 20
