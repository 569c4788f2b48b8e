"""The EDI example files: which stock they tell, and when it was seen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from inventory_api.domain.stock import Claim
from tests.feeds.test_examples import examples, take

__all__ = ["examples"]

SKUS = ["SKU-0000001", "SKU-0000002", "HL-YEL"]
SIX = dt.datetime(2026, 11, 5, 11, tzinfo=dt.UTC)
"""06:00 in New York, where the retailer is."""

PAPER = {
    "00017": 12, "00018": 0, "00104": 3, "00105": 44, "00106": 7, "00230": 1, "00231": 0, "00400": 9,
    "00512": 2, "00513": 15, "00601": 4, "00602": 0, "00777": 20,
}  # fmt: skip
STOCK = {
    "x12_846_sdq.edi": (
        {("SKU-0000001", store): units for store, units in PAPER.items()}
        | {("SKU-0000002", "00017"): 30, ("SKU-0000002", "00018"): 28, ("HL-YEL", "00105"): 10},
        SIX,
    ),
    "x12_852_sdq.edi": (
        {("", "00017"): 12, ("", "00018"): 0, ("", "00104"): 3},
        dt.datetime(2026, 11, 5, 4, 59, 59, tzinfo=dt.UTC),
    ),
    "edifact_invrpt_d01b.edi": (
        {("SKU-0000002", "5412345000020"): 28, ("SKU-0000002", "5412345000037"): 3, ("", "5412345000020"): 12},
        dt.datetime(2026, 11, 5, 10, 55, tzinfo=dt.UTC),
    ),
    "nasty_edifact_invrpt_d96a_newline_terminated.edi": (
        {("", "0017"): 7, ("", "0018"): 0},
        dt.datetime(2026, 11, 5, 5, tzinfo=dt.UTC),
    ),
    "nasty_x12_846_pipe_delims_no_newlines.edi": ({("", "00017"): 12, ("", "00018"): 6}, SIX),
}


@pytest.mark.parametrize("name", STOCK)
def test_an_edi_example_becomes_the_agreed_stock(name: str, examples: Path, tmp_path: Path) -> None:
    expected, observed = STOCK[name]
    stores = sorted({store for _, store in expected})
    parsed, _, stock = take(examples / name, tmp_path, stores, SKUS)

    assert {(record["sku"], record["store"]): record["quantity"] for record in stock} == expected
    assert {record["observed"] for record in stock} == {observed}
    for record in stock:
        assert record["claim"] is (Claim.IN_STOCK if record["quantity"] else Claim.OUT_OF_STOCK)
    assert parsed.counts.parked == 0
