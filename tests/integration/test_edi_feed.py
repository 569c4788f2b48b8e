"""EDI through the whole machine: a full feed of many stores in, answers out, and never a part of a file."""

from __future__ import annotations

from inventory_api.domain.feed import RunStatus
from tests.integration.world import World
from tests.unit.ingest.edi import EAN, UPC, X12, edifact, inquiry


def test_a_full_feed_in_edi_is_served_and_a_cut_one_changes_nothing(world: World) -> None:
    world.add_retailer("acme", ["00017", "00018"], timezone="America/New_York")
    body = [f"LIN*1*UP*{UPC}*SK*S1", "SDQ*EA*92*00017*12*00018*0", f"LIN*2*EN*{EAN}", "SDQ*EA*92*00017*3", "CTT*2"]
    text = X12().interchange([inquiry(*body, head=["BIA", "00", "SI", "X"])])
    run = world.push("inventory", text)
    assert (run.status, run.rows.accepted) == (RunStatus.PUBLISHED, 3), run
    assert world.on_shelf(UPC) == {"00017": ("in_stock", 12), "00018": ("out_of_stock", 0)}
    assert world.on_shelf(EAN)["00017"] == ("in_stock", 3)

    more = text.replace("*12*", "*99*")
    for broken, code in ((more[:-40], "truncated"), (more.replace("CTT*2", "CTT*3"), "control_count")):
        run = world.push("inventory", broken)
        assert run.status is RunStatus.REJECTED
        assert [notice["code"] for notice in run.notices] == [code]
    assert world.on_shelf(UPC)["00017"] == ("in_stock", 12)

    world.push("inventory", edifact([f"LIN+1++{UPC}:SRV", "QTY+145:5:PCE", "LOC+14+00018::92"]), mode="delta")
    assert world.on_shelf(UPC) == {"00017": ("in_stock", 12), "00018": ("in_stock", 5)}
    assert world.index() == world.truth()
