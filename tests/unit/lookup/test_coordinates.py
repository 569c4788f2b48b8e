"""Coordinates in the shapes in which maps, phones and people hand them on."""

from __future__ import annotations

import pytest

from inventory_api.lookup.coordinates import find_point, read_point

NEW_YORK = (40.758, -73.986)


@pytest.mark.parametrize(
    "text",
    [
        "40.758,-73.9864",
        "40.758 -73.9864",
        "(40.758, -73.9864)",
        "geo:40.758,-73.9864",
        "geo:40.758,-73.9864;u=35",
        "geo:0,0?q=40.758,-73.9864(Times Square)",
        "40.7580° N, 73.9864° W",
        "40.7580N 73.9864W",
        "n40.7580 w73.9864",
        "73.9864° W, 40.7580° N",
        "40.758°, -73.9864°",
        "40°45'29\"N 73°59'11\"W",
        "40°45\u203229\u2033N 73°59\u203211\u2033W",
        "40º45\u201928.8\u201dN, 73º59\u201911.04\u201dW",
        "40° 45' 29'' N; 73° 59' 11'' W",
        "40°45'29.0\"N+73°59'11.0\"W",
        "N 40° 45.483 W 073° 59.183",
        "40°45'29\", -73°59'11\"",
        "https://www.google.com/maps/@40.7579747,-73.9863,15z",
        "https://www.google.com/maps/place/Times+Square/@40.758,-73.986,17z/data=!3m1!4b1",
        "https://maps.google.com/?q=40.758,-73.986",
        "https://www.google.com/maps/search/?api=1&query=40.758%2C-73.986",
        "https://maps.apple.com/?ll=40.758,-73.986&q=Dropped%20Pin",
    ],
)
def test_coordinates_are_read_as_they_are_pasted(text: str) -> None:
    point = read_point(f" {text} ")
    assert point is not None
    assert (point.latitude, point.longitude) == pytest.approx(NEW_YORK, abs=0.001)


@pytest.mark.parametrize(
    "text",
    [
        "", "10001", "12 34 56", "560001 12", "40 45 29 N 73 59 11 W", "17.4, 78.5 Hyderabad", "54 000", "40.7580° N",
        "40.7580° N, 73.9864° S", "size 6 s 10 w", "https://maps.app.goo.gl/a1b2", "0300-1234567, 12", "5W 40",
        "1.5 2.5 3.5",
    ],
)  # fmt: skip
def test_what_is_no_point_is_left_to_other_readings(text: str) -> None:
    assert read_point(text) is None


@pytest.mark.parametrize("text", ["91.5,10.5", "10.5,181.5", "95°N 20°E"])
def test_what_is_nowhere_on_earth_is_told_from_what_is_no_point(text: str) -> None:
    point = read_point(text)
    assert point is not None
    assert not point.is_on_earth
    assert find_point(text) is None


def test_a_point_is_found_among_words() -> None:
    for told in ("40.7580° N, 73.9864° W", "40°45'29\"N 73°59'11\"W", "40.758,-73.986", "geo:40.758,-73.986;u=9"):
        text = f"milk 2.5 at {told} please"
        point = find_point(text)
        assert point is not None
        assert text[point.begin : point.end].strip() == told
        assert (point.latitude, point.longitude) == pytest.approx(NEW_YORK, abs=0.001)


@pytest.mark.parametrize("text", ["milk 1.5 2.5", "oil 10w 40 near 94103", "a 6.5 s 10.5 s", "95.5,10.5", "v1.2.3,4.5"])
def test_numbers_of_other_things_are_no_point(text: str) -> None:
    assert find_point(text) is None
