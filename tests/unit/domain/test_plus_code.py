"""Plus Codes, by the examples of their standard (github.com/google/open-location-code, test_data)."""

from __future__ import annotations

import pytest

from inventory_api.domain.plus_code import decode, is_full, is_plus_code, recover


@pytest.mark.parametrize(
    ("code", "south", "west", "north", "east"),
    [
        ("7FG49Q00+", 20.35, 2.75, 20.4, 2.8),
        ("7FG49QCJ+2V", 20.37, 2.782125, 20.370125, 2.78225),
        ("7FG49QCJ+2VX", 20.3701, 2.78221875, 20.370125, 2.78225),
        ("7FG49QCJ+2VXGJ", 20.370113, 2.782234375, 20.370114, 2.78223632813),
        ("8FVC2222+22", 47.0, 8.0, 47.000125, 8.000125),
        ("4VCPPQGP+Q9", -41.273125, 174.785875, -41.273, 174.786),
        ("62G20000+", 0.0, -180.0, 1, -179),
        ("CFX30000+", 89, 1, 90, 2),
    ],
)
def test_a_full_code_is_its_cell(code: str, south: float, west: float, north: float, east: float) -> None:
    cell = decode(code)
    assert cell.latitude == pytest.approx((south + north) / 2, abs=1e-9)
    assert cell.longitude == pytest.approx((west + east) / 2, abs=1e-9)
    assert cell.height == pytest.approx(north - south, abs=1e-9)


@pytest.mark.parametrize(
    ("short", "latitude", "longitude", "full"),
    [
        ("2VQJ+2V", 51.3708675, -1.217765625, "9C3W9QCJ+2V"),
        ("CJ+2VX", 51.3701125, -1.217765625, "9C3W9QCJ+2VX"),
        ("9QCJ+2VX", 51.3701125, -1.217765625, "9C3W9QCJ+2VX"),
        ("22+", 51.3701125, -1.217765625, None),
    ],
)
def test_a_short_code_is_the_nearest_of_its_cells(
    short: str, latitude: float, longitude: float, full: str | None
) -> None:
    cell = recover(short, latitude=latitude, longitude=longitude)
    span = 20.0 ** (2 - (8 - short.index("+")) / 2)
    assert abs(cell.latitude - latitude) <= span / 2
    assert abs(cell.longitude - longitude) <= span / 2
    if full is not None and full.endswith(short):
        assert (cell.latitude, cell.longitude) == pytest.approx((decode(full).latitude, decode(full).longitude))


@pytest.mark.parametrize(
    "text", ["", "+", "G+", "8FWC2345+G", "8FWC2_45+G6", "8FWC2345G6+", "WC2300+G6g", "94103", "A+B"]
)
def test_what_is_no_code_is_none(text: str) -> None:
    assert not is_plus_code(text)
    with pytest.raises(ValueError, match="Plus Code"):
        decode(text)


def test_only_eight_digits_before_the_plus_are_full() -> None:
    assert is_full("8FWC2345+G6")
    assert not is_full("2345+G6")
