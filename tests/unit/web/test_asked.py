"""What a URL of the page asks, whatever stands in it."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from inventory_api.channels.web.asked import Asked


def asked(path: str, query: str) -> Asked:
    return Asked.of(Request({"type": "http", "path": path, "query_string": query.encode(), "headers": []}))


@pytest.mark.parametrize(
    ("written", "radius_m"),
    [("5000", 5000), ("160000", 160_000), ("160001", None), ("99", None), ("", None), ("-500", None),
     ("\u0665\u0660\u0660\u0660", None),
     ("0001000999999999", None), ("0001000" + "9" * 5000, None)],
)  # fmt: skip
def test_a_radius_is_within_what_the_api_takes_however_long_it_is_written(written: str, radius_m: int | None) -> None:
    assert asked("/s", f"q=milk&radius={written}").radius_m == radius_m


def test_a_word_that_the_path_has_too_stays_in_the_links() -> None:
    assert asked("/s", "q=s&near=60607").url() == "/s?q=s&near=60607"
    assert asked("/stores/s7", "q=stores").url() == "/stores/s7?q=stores"


def test_what_the_path_names_is_not_said_twice() -> None:
    assert asked("/s", "gtin=96385074&near=60607").url("/p/96385074") == "/p/96385074?near=60607"


@pytest.mark.parametrize(
    ("written", "kept"),
    [("37.771234,-122.421234", "37.771,-122.421"),
     ("40%C2%B045%2729%22N+73%C2%B059%2711%22W", "40.758,-73.986"),
     ("https://www.google.com/maps/place/" + "Times+Square/" * 9 + "@40.757974,-73.987731,17z", "40.758,-73.988"),
     ("94103", "94103")],
)  # fmt: skip
def test_a_point_is_kept_to_a_hundred_meters_however_it_is_written(written: str, kept: str) -> None:
    assert asked("/s", f"q=milk&near={written}").near == kept
