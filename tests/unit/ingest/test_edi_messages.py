"""What the messages of EDI mean: 846, 852 and INVRPT, in all the ways that senders write them."""

from __future__ import annotations

import dataclasses
import io

import pytest

from ingest.formats.edi import read_edi
from ingest.notices import NoticeBook
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind
from tests.unit.ingest.edi import EAN, UPC, X12, activity, context, edifact, inquiry, read

DTM = "DTM+137:202611050600:203"
LIN = f"LIN*1*UP*{UPC}"
GTIN = EAN.zfill(14)


def stock(*body: str, **profile: object) -> list[tuple[str | None, str | None]]:
    """Stores and quantities of an 846 of one product."""
    reading = read(X12().interchange([inquiry(LIN, *body)]), context(**profile))
    assert {row[2] for row in reading.rows} <= {UPC}
    return [(row[0], row[3]) for row in reading.rows]


def report(*body: str, **profile: object) -> list[tuple[str | None, str | None]]:
    """Stores and quantities of an INVRPT of one product."""
    reading = read(edifact([DTM, f"LIN+1++{EAN}:SRV", *body]), context(**profile))
    assert {row[2] for row in reading.rows} <= {GTIN}
    return [(row[0], row[3]) for row in reading.rows]


def test_an_sdq_is_pairs_of_location_and_quantity() -> None:
    assert stock("SDQ*EA*92*A*1*B*-2", "SDQ*EA*92*C*3") == [("A", "1"), ("B", "-2"), ("C", "3")]
    ten = "*".join(f"S{n}*{n}" for n in range(10))
    assert stock(f"SDQ*EA*92*{ten}*AISLE 4") == [(f"S{n}", str(n)) for n in range(10)]


def test_empty_elements_of_an_sdq_are_no_location() -> None:
    assert stock("SDQ*EA*92*A*1*****", "SDQ*EA*92***B*2", "SDQ*EA*92", "SDQ*EA*92*****") == [("A", "1"), ("B", "2")]


def test_a_location_without_quantity_is_left_to_the_normalizer_where_others_follow() -> None:
    assert stock("SDQ*EA*92*A**B*2") == [("A", ""), ("B", "2")]


def test_an_odd_pair_and_an_eleventh_are_errors() -> None:
    eleven = "*".join(f"S{n}*{n}" for n in range(10))
    odd = read(X12().interchange([inquiry(LIN, "SDQ*EA*92*A*1*B", f"SDQ*EA*92*{eleven}**S10*10")]))

    assert len(odd.rows) == 11
    assert odd.rejected == 2
    assert odd.notices == [("error", "sdq_odd_pair", 6), ("error", "sdq_odd_pair", 7)]
    assert odd.messages[0] == "Segment 6 (SDQ): location 'B' has no quantity."


def test_a_quantity_is_of_the_location_behind_it_or_before_it() -> None:
    assert stock("QTY*33*1*EA", "N1*ST*X*92*A", "QTY*33*2*EA", "N1*ST*X*92*B") == [("A", "1"), ("B", "2")]
    assert stock("N1*ST*X*92*A", "QTY*33*1*EA", "N1*ST*X*92*B", "QTY*33*2*EA") == [("A", "1"), ("B", "2")]


def test_another_party_behind_the_location_changes_nothing() -> None:
    body = ["QTY*33*1", "N1*ST*X*92*A", "N1*SF*Y*92*DEPOT", "N1*VN*Z*92*V", "QTY*33*2", "N1*ST*X*92*B"]

    assert stock(*body) == [("A", "1"), ("B", "2")]


def test_a_quantity_without_a_location_is_a_total() -> None:
    assert stock("SDQ*EA*92*A*1*B*2", "QTY*33*3*EA", "N1*VN*VENDOR*92*V") == [("A", "1"), ("B", "2")]
    text = X12().interchange([inquiry("N1*SE*CHAIN*92*EXR", LIN, "QTY*33*3", f"LIN*2*UP*{UPC}", "SDQ*EA*92*A*1")])
    assert [row[0] for row in read(text).rows] == ["A"]


@pytest.mark.parametrize("header", ["N1*ST*X*92*A", "N1*BY*X*92*A", "REF*ZZ*A", "N1*RL*X*92*A"])
def test_a_location_in_the_header_is_that_of_all(header: str) -> None:
    text = X12().interchange([inquiry(header, LIN, "QTY*33*3", f"LIN*2*EN*{EAN}", "QTY*33*4")])

    assert [(row[0], row[3]) for row in read(text).rows] == [("A", "3"), ("A", "4")]


def test_of_several_locations_in_the_header_the_most_telling_counts() -> None:
    text = X12().interchange([inquiry("N1*BY*X*92*CHAIN", "REF*ZZ*Z", "N1*RL*X*92*A", "N1*SF*X*92*D", LIN, "QTY*33*3")])

    assert [row[0] for row in read(text).rows] == ["A"]


def test_in_a_file_of_one_store_no_location_is_needed() -> None:
    feed = dataclasses.replace(context(), store_code="0017")

    assert read(X12().interchange([inquiry(LIN, "QTY*33*3")]), feed).rows == [("", None, UPC, "3")]


def test_of_several_kinds_of_stock_what_is_for_sale_counts() -> None:
    assert stock("QTY*17*9", "QTY*33*5", "QTY*02*7", "N1*ST*X*92*A") == [("A", "5")]
    assert stock("QTY*17*9", "QTY*33*5", "N1*ST*X*92*A", quantity_qualifiers=("17", "33")) == [("A", "9")]


def test_an_unknown_qualifier_is_no_stock_and_is_told() -> None:
    reading = read(X12().interchange([inquiry(LIN, "QTY*Q9*5", "N1*ST*X*92*A", "QTY*AT*5", "SDQ*EA*92*B*1")]))

    assert [row[0] for row in reading.rows] == ["B"]
    assert reading.notices == [("warning", "qualifier_unknown", 6)]
    assert reading.messages == ["Segment 6 (QTY): 'Q9' is not known to mean stock; ignored."]
    assert stock("QTY*Q9*5", "N1*ST*X*92*A", quantity_qualifiers=("Q9",)) == [("A", "5")]


@pytest.mark.parametrize(
    ("pairs", "key"),
    [
        (f"UP*{UPC}*SK*S1", ("S1", UPC)),
        (f"SK*S1*UP*{UPC}", ("S1", UPC)),
        (f"UI*{EAN}*VN*HL-YEL", ("HL-YEL", EAN)),
        ("UI*03600029145", (None, UPC)),
        ("UP*03600029145", (None, "03600029145")),
        (f"VN*V*SA*A*IN*I*XX*{EAN}", ("I", EAN)),
        ("XX*12345", (None, None)),
        (f"UK*10036000291459*UP*{UPC}", (None, UPC)),
        ("UK*10036000291459", (None, "10036000291459")),
        ("UP*NO DIGITS", (None, "NO DIGITS")),
        ("UP", (None, None)),
        ("", (None, None)),
    ],
)
def test_the_product_is_judged_by_digits(pairs: str, key: tuple[str | None, str | None]) -> None:
    reading = read(X12().interchange([inquiry(f"LIN**{pairs}", "SDQ*EA*92*A*1", LIN, "SDQ*EA*92*A*1")]))

    assert reading.rows[0][1:3] == key
    assert reading.notices == []


def test_a_missing_line_number_is_repaired() -> None:
    reading = read(X12().interchange([inquiry(f"LIN*UP*{UPC}*SK*S1", "SDQ*EA*92*A*1", "LIN", "LIN*1", "CTT*3")]))

    assert reading.rows == [("A", "S1", UPC, "1")]
    assert reading.notices == [("warning", "lin01_missing", 5)]


@pytest.mark.parametrize(
    ("bia", "moment"),
    [
        ("BIA*00*SI*X*20261105*0600", "2026-11-05T06:00:00"),
        ("BIA*00*SI*X*20261105*060059", "2026-11-05T06:00:59"),
        ("BIA*00*SI*X*20261105*06005999", "2026-11-05T06:00:59"),
        ("BIA*00*SI*X*20261105", "2026-11-05"),
        ("BIA*00*SI*X*261105*0600", "2026-11-05T06:00:00"),
        ("BIA*00*SI*X", ""),
    ],
)
def test_every_row_carries_the_time_of_its_transaction_set(bia: str, moment: str) -> None:
    text = X12().interchange([inquiry(LIN, "SDQ*EA*92*A*1", head=bia.split("*"))])

    assert read(text).times == {moment}


def test_of_activities_only_what_is_on_hand_is_stock_at_the_end_of_the_day() -> None:
    body = [LIN, "ZA*QS", "SDQ*EA*92*A*5", "ZA*QA", "SDQ*EA*92*A*1", "SDQ*EA*92*B*2", "ZA*QP", "SDQ*EA*92*A*9", "CTT*1"]
    reading = read(X12().interchange([activity(*body), activity(*body, head="XQ*H*20261101*20261107")]))

    assert [(row[0], row[3]) for row in reading.rows] == [("A", "1"), ("B", "2")] * 2
    assert reading.times == {"2026-11-04T23:59:59", "2026-11-07T23:59:59"}
    assert reading.notices == []


def test_activity_of_one_location_stands_in_the_activity_itself() -> None:
    text = X12().interchange(
        [activity("N1*RL*X*92*A", LIN, "ZA*QS*5*EA", "ZA*QA*7*EA", LIN, "ZA*QA", "QTY*33*8", LIN, "ZA*XX*1")]
    )
    reading = read(text)

    assert [(row[0], row[3]) for row in reading.rows] == [("A", "7"), ("A", "8")]
    assert reading.notices == [("warning", "qualifier_unknown", 13)]


def test_stock_before_the_first_activity_of_a_product_is_none() -> None:
    text = X12().interchange([activity(LIN, "ZA*QA", "SDQ*EA*92*A*1", LIN, "SDQ*EA*92*A*2")])

    assert len(read(text).rows) == 1


def test_locations_are_the_senders_and_become_store_codes() -> None:
    assert stock("SDQ*EA*92*A*1*B*2", locations={"A": "17"}) == [("17", "1"), ("B", "2")]
    assert stock("QTY*33*1", "N1*ST*X*UL*5412345000020", locations={"5412345000020": "17"}) == [("17", "1")]


@pytest.mark.parametrize("decimal", [".", ","])
def test_a_decimal_mark_is_one_whatever_the_locale(decimal: str) -> None:
    feed = dataclasses.replace(context(), decimal=decimal)
    sdq = read(X12().interchange([inquiry(LIN, "SDQ*EA*92*A*1.000*B*2")]), feed)
    qty = read(edifact([f"LIN+1++{EAN}:SRV", "QTY+145:1,000", "LOC+14+A"], una="UNA:+,? '"), feed)

    assert [row[3] for row in sdq.rows] == [f"1{decimal}000", "2"]
    assert [row[3] for row in qty.rows] == [f"1{decimal}000"]


def test_a_report_groups_quantities_and_locations() -> None:
    groups = ["INV+1", "QTY+145:28:PCE", "LOC+14+A::9", "INV+1", "QTY+145:3:PCE", "LOC+14+B::9"]

    assert report(*groups) == [("A", "28"), ("B", "3")]
    assert report("QTY+145:28", "LOC+14+A", "QTY+145:3", "LOC+14+B") == [("A", "28"), ("B", "3")]
    assert report("INV+1", "LOC+14+A", "QTY+145:28", "INV+1", "LOC+14+B", "QTY+145:3") == [("A", "28"), ("B", "3")]
    assert report("QTY+145:31", "INV+1", "QTY+17:28", "QTY+21:5", "LOC+7+D", "LOC+14+A") == [("A", "28")]


def test_a_report_may_be_one_message_a_store() -> None:
    def of(store: str, units: int) -> list[str]:
        return [DTM, "NAD+GY+CHAIN::9", f"NAD+BY+{store}::92", f"LIN+1++{EAN}:EN", f"QTY+145:{units}:PCE", "CNT+2:1"]

    assert [(row[0], row[3]) for row in read(edifact(of("0017", 7), of("0018", 0))).rows] == [
        ("0017", "7"),
        ("0018", "0"),
    ]


def test_a_location_in_the_head_of_a_report_comes_before_parties() -> None:
    text = edifact([DTM, "NAD+BY+CHAIN", "LOC+14+A", f"LIN+1++{EAN}:SRV", "QTY+145:3"])

    assert [row[0] for row in read(text).rows] == ["A"]


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        (["LIN+1++36000291452:SRV"], (None, "00036000291452")),
        (["LIN+1++12345670:EN"], (None, "00000012345670")),
        (["LIN+1", "PIA+5+4006381333931:EN+S1:SA"], ("S1", GTIN)),
        ([f"LIN+1++{EAN}:SRV", "PIA+1+S1:SA", "PIA+1+B1:IN"], ("B1", GTIN)),
        (["LIN+1++A?+B?:C??:SA"], ("A+B:C?", None)),
    ],
)
def test_the_product_of_a_report(lines: list[str], key: tuple[str | None, str | None]) -> None:
    reading = read(edifact([DTM, *lines, "QTY+145:3", "LOC+14+A", f"LIN+1++{EAN}:EN", "QTY+145:1", "LOC+14+A"]))

    assert reading.rows[0][1:3] == key


@pytest.mark.parametrize(
    ("dtm", "moment"),
    [
        ("DTM+137:202611050600:203", "2026-11-05T06:00:00"),
        ("DTM+137:20261105060059:204", "2026-11-05T06:00:59"),
        ("DTM+137:20261105:102", "2026-11-05"),
        ("DTM+137:261105:101", "2026-11-05"),
        ("DTM+137:2611050600:201", "2026-11-05T06:00:00"),
        ("DTM+137:202611050600?+01:303", "2026-11-05T06:00:00+01"),
        ("DTM+137:202611050600UTC:303", "2026-11-05T06:00:00UTC"),
        ("DTM+137:202611050600", "2026-11-05T06:00:00"),
        ("DTM+137:SOON:203", "SOON"),
        ("DTM+63:202611050600:203", ""),
    ],
)
def test_times_of_a_report(dtm: str, moment: str) -> None:
    assert read(edifact([dtm, f"LIN+1++{EAN}:EN", "QTY+145:1", "LOC+14+A"])).times == {moment}


def test_when_stock_was_seen_counts_before_when_it_was_told_and_a_lines_own_before_both() -> None:
    head = [DTM, "DTM+366:202611050555:203", "DTM+137:202611050700:203"]
    one = [f"LIN+1++{EAN}:EN", "INV+1", "QTY+145:1", "LOC+14+A", "DTM+366:202611050000:203"]
    two = [f"LIN+2++{EAN}:EN", "INV+1", "QTY+145:1", "LOC+14+A"]

    assert read(edifact([*head, *two])).times == {"2026-11-05T05:55:00"}
    assert read(edifact([*head, *one, *two])).times == {"2026-11-05T00:00:00", "2026-11-05T05:55:00"}


def test_other_messages_are_skipped_with_a_notice_and_counted_all_the_same() -> None:
    invoice = [["810"], ["BIG", "1"], ["CTT", "77"]]
    reading = read(X12().interchange([invoice, inquiry(LIN, "SDQ*EA*92*A*1")], [invoice]))

    assert len(reading.rows) == 1
    assert reading.notices == [("info", "message_skipped", 3), ("info", "message_skipped", 14)]


@pytest.mark.parametrize(
    "text",
    [X12().interchange([[["810"], ["BIG", "1"]]]), X12().interchange(), edifact(["BGM+380"], kind="INVOIC")],
)
def test_a_file_without_any_stock_message_is_no_feed(text: str) -> None:
    with pytest.raises(FeedRejected) as caught:
        read(text)
    assert caught.value.code == "not_a_feed"


@pytest.mark.parametrize("text", [X12().interchange([inquiry()]), edifact([DTM])])
def test_stock_messages_without_a_quantity_are_an_empty_feed(text: str) -> None:
    with pytest.raises(FeedRejected) as caught:
        read(text)
    assert caught.value.code == "empty_feed"


def test_stores_and_products_are_not_read_from_edi() -> None:
    text = X12().interchange([inquiry(LIN, "SDQ*EA*92*A*1")]).encode()
    with pytest.raises(FeedRejected) as caught:
        list(read_edi(lambda: io.BytesIO(text), kind=FeedKind.STORES, context=context(), notices=NoticeBook()))
    assert caught.value.code == "not_a_feed"


def test_quantities_of_many_batches_keep_their_order_and_lines() -> None:
    lines = [f"SDQ*EA*92*{'*'.join(f'{n + k:06d}*{k}' for k in range(10))}" for n in range(0, 120_000, 10)]
    reading = read(X12().interchange([inquiry(LIN, *lines)]))

    assert [row[0] for row in reading.rows] == [f"{n:06d}" for n in range(120_000)]
    assert reading.lines == [6 + n // 10 for n in range(120_000)]
