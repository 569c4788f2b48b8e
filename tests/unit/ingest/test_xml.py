"""The XML reader: shapes, fields, refusals, and documents cut, bent and broken anywhere."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.feed import read_feed
from ingest.formats.xml import read_xml
from ingest.formats.xml.document import MAX_NAMES, MAX_RECORD_BYTES
from ingest.formats.xml.events import MAX_ELEMENTS
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedProfile

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
G = 'xmlns:g="http://base.google.com/ns/1.0"'
ITEM = "<item><g:id>SKU-1</g:id><g:store_code>US1</g:store_code><g:quantity>3</g:quantity></item>"

Row = dict[str, Any]


def rss(items: str, *, declared: str = '<?xml version="1.0" encoding="UTF-8"?>\n', namespaces: str = G) -> str:
    return f'{declared}<rss version="2.0" {namespaces}><channel>\n<title>stock</title>\n{items}\n</channel></rss>'


def read(
    text: str | bytes,
    *,
    kind: FeedKind = FeedKind.INVENTORY,
    profile: FeedProfile | None = None,
    chunk_bytes: int = 1 << 20,
    notices: NoticeBook | None = None,
) -> list[Row]:
    """The rows with their lines, outer white space gone and empty cells left out."""
    content = text if isinstance(text, bytes) else text.encode()
    context = FeedContext(received_at=NOON, as_of=NOON, profile=profile or FeedProfile())
    rows: list[Row] = []
    for batch in read_xml(
        lambda: BytesIO(content),
        kind=kind,
        context=context,
        notices=notices or NoticeBook(),
        chunk_bytes=chunk_bytes,
    ):
        columns = {name: column.to_pylist() for name, column in batch.columns.items()}
        for position, line in enumerate(batch.line.tolist()):
            cells = {name: (cells[position] or "").strip() for name, cells in columns.items()}
            rows.append({"line": line} | {name: cell for name, cell in cells.items() if cell})
    return rows


def refusal(text: str | bytes, **options: Any) -> FeedRejected:
    with pytest.raises(FeedRejected) as caught:
        read(text, **options)
    return caught.value


class TestFields:
    def test_a_field_is_a_child_of_the_record_and_no_deeper(self) -> None:
        item = ITEM.replace(
            "</item>",
            "<g:price>5 USD</g:price><g:shipping><g:price>9 USD</g:price><g:id>x</g:id></g:shipping></item>",
        )
        assert read(rss(item)) == [
            {"line": 4, "id": "SKU-1", "store_code": "US1", "quantity": "3", "price": "5 USD"},
        ]

    def test_what_stands_between_elements_is_no_text_of_any(self) -> None:
        last = (
            "<item><g:store_code>US1</g:store_code><g:quantity>1</g:quantity>2<g:price/>9 USD<g:id>SKU-1</g:id></item>"
        )
        row = {"store_code": "US1", "quantity": "1", "id": "SKU-1"}
        assert read(rss(",".join([last, last]))) == [{"line": 4} | row] * 2

    def test_names_without_a_namespace_are_read_and_googles_own_count_before_them(self) -> None:
        mixed = (
            "<item><id>tag:1</id><g:id>SKU-1</g:id><g:id>SKU-2</g:id><store_code>US1</store_code><qty>3</qty></item>"
        )
        assert read(rss(mixed)) == [{"line": 4, "id": "SKU-1", "store_code": "US1", "quantity": "3"}]
        last = mixed.replace("<id>tag:1</id>", "").replace("</item>", "<id>tag:1</id></item>")
        assert read(rss(last)) == read(rss(mixed))

    def test_any_prefix_does_and_so_does_a_namespace_declared_at_the_record(self) -> None:
        namespace = 'xmlns:ns0="http://base.google.com/ns/1.0"'
        item = ITEM.replace("g:", "ns0:")
        assert read(rss(item, namespaces=namespace)) == read(rss(ITEM))
        assert read(rss(item.replace("<item>", f"<item {namespace}>"), namespaces="")) == read(rss(ITEM))

    def test_a_foreign_or_misspelled_name_is_told_once(self) -> None:
        notices = NoticeBook()
        odd = ITEM.replace("</item>", '<g:quantiti>1</g:quantiti><c:price xmlns:c="urn:x">1</c:price></item>')
        rows = read(rss(odd + odd), notices=notices)
        assert [row.get("price") for row in rows] == [None, None]
        (notice,) = notices.report()
        assert (notice["code"], notice["count"]) == ("column_unknown", 2)
        assert {sample["column"] for sample in notice["samples"]} == {"quantiti", "{urn:x}price"}

    def test_names_of_the_envelope_are_no_misspellings(self) -> None:
        notices = NoticeBook()
        read(rss(ITEM.replace("</item>", "<guid>1</guid><pubDate>x</pubDate></item>")), notices=notices)
        assert notices.report() == []

    def test_cdata_entities_and_comments_are_text_or_nothing(self) -> None:
        item = "<item><g:id><![CDATA[A&B <1>]]></g:id><g:store_code>U&amp;S&#x31;<!-- no --> </g:store_code></item>"
        assert read(rss(item.replace("</item>", "<g:quantity/></item>"))) == [
            {"line": 4, "id": "A&B <1>", "store_code": "U&S1"}
        ]

    def test_every_aliased_name_means_its_column(self) -> None:
        assert read(rss(ITEM.replace("g:quantity", "bestellt")), profile=FeedProfile(aliases={"Bestellt": "quantity"}))

    def test_layouts_that_change_from_record_to_record_keep_their_order(self) -> None:
        items = [
            ITEM.replace("SKU-1", f"S{n}").replace("</item>", "<g:price>1 USD</g:price></item>" if n % 3 else "</item>")
            for n in range(5_000)
        ]
        rows = read(rss("\n".join(items)), chunk_bytes=1_000)
        assert [row["id"] for row in rows] == [f"S{n}" for n in range(5_000)]
        assert [row["line"] for row in rows] == list(range(4, 5_004))
        assert [row.get("price") for row in rows] == ["1 USD" if n % 3 else None for n in range(5_000)]


class TestShapes:
    def test_atom_with_and_without_its_namespace(self) -> None:
        entry = ITEM.replace("item>", "entry>")
        for namespace in ('xmlns="http://www.w3.org/2005/Atom"', 'xmlns="http://purl.org/atom/ns#"', ""):
            text = f"<feed {namespace} {G}><title>t</title><id>urn:x</id>\n{entry}<updated>now</updated></feed>"
            assert read(text) == [{"line": 2, "id": "SKU-1", "store_code": "US1", "quantity": "3"}]

    def test_the_link_of_an_atom_entry_is_its_target(self) -> None:
        links = '<link rel="self" href="https://x/self"/>' * 0 + '<link href="https://x/1"/>'
        text = (
            f'<feed xmlns="http://www.w3.org/2005/Atom" {G}><entry><g:id>1</g:id><title>T</title>{links}</entry></feed>'
        )
        assert read(text, kind=FeedKind.PRODUCTS) == [{"line": 1, "id": "1", "title": "T", "link": "https://x/1"}]

    def test_stores_and_products_come_in_the_same_shapes(self) -> None:
        store = "<item><g:store_code>US1</g:store_code><g:store_address>1 Main St</g:store_address></item>"
        assert read(rss(store), kind=FeedKind.STORES) == [{"line": 4, "store_code": "US1", "street": "1 Main St"}]
        product = (
            "<item><g:id>1</g:id><title>Oats</title><g:gtin>04006381333931</g:gtin><link>https://x/1</link></item>"
        )
        assert read(rss(product), kind=FeedKind.PRODUCTS) == [
            {"line": 4, "id": "1", "title": "Oats", "gtin": "04006381333931", "link": "https://x/1"}
        ]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url/></urlset>", "<urlset>"),
            ("<x:feed xmlns:x='urn:other'><x:entry/></x:feed>", "urn:other"),
            ("<?xml version='1.0'?><html><body>Log in</body></html>", "web page"),
            ("<!-- x --><HTML><br></HTML>", "web page"),
            ("<?xml version='1.0'?><!DOCTYPE html PUBLIC 'a' 'b'><html/>", "web page"),
            (rss("<item><item/></item>"), "holds another"),
        ],
    )
    def test_other_documents_are_no_feed_and_told_by_name(self, text: str, found: str) -> None:
        told = refusal(text)
        assert told.code == "not_a_feed"
        assert found in told.reason

    def test_a_gs1_report_is_one_of_inventory_only(self) -> None:
        assert refusal(gs1(status()), kind=FeedKind.STORES).code == "not_a_feed"


def status(gtin: str = "04006381333931", disposition: str = "SELLABLE_ACCESSIBLE", inner: str = "") -> str:
    return (
        f"<tradeItemInventoryStatus><inventoryDispositionCode>{disposition}</inventoryDispositionCode>{inner}"
        f'<tradeItemQuantity measurementUnitCode="EA">28</tradeItemQuantity><gtin>{gtin}</gtin>'
        "</tradeItemInventoryStatus>"
    )


def gs1(statuses: str, gln: str = "<gln>5412345000020</gln>") -> str:
    return (
        '<r:logisticsInventoryReportMessage xmlns:r="urn:gs1:ecom:logistics_inventory_report:xsd:3">'
        "<logisticsInventoryReport><creationDateTime>2026-11-05T06:10:00-05:00</creationDateTime>"
        "<inventoryReportingParty><gln>5412345000013</gln></inventoryReportingParty>"
        "<logisticsInventoryReportInventoryLocation>"
        f"<inventoryLocation>{gln}</inventoryLocation>\n{statuses}"
        "</logisticsInventoryReportInventoryLocation></logisticsInventoryReport></r:logisticsInventoryReportMessage>"
    )


class TestGs1:
    def test_only_what_can_be_sold_counts_in_either_spelling(self) -> None:
        rows = read(gs1(status() + status("1", "DAMAGED") + status("2", "sellable_accessible")))
        assert rows == [
            {
                "line": 2,
                "store_code": "5412345000020",
                "gtin": gtin,
                "quantity": "28",
                "timestamp": "2026-11-05T06:10:00-05:00",
            }
            for gtin in ("04006381333931", "2")
        ]

    def test_the_profile_turns_a_gln_into_a_store_code(self) -> None:
        (row,) = read(gs1(status()), profile=FeedProfile(locations={"5412345000020": "US1"}))
        assert row["store_code"] == "US1"

    def test_a_status_has_its_own_time_and_ignores_its_batches(self) -> None:
        inner = (
            "<inventoryDateTime>2026-11-05T06:00:00-05:00</inventoryDateTime><transactionalItemData>"
            "<tradeItemQuantity>5</tradeItemQuantity><gtin>9</gtin></transactionalItemData>"
        )
        (row,) = read(gs1(status(inner=inner)))
        assert (row["quantity"], row["gtin"], row["timestamp"]) == ("28", "04006381333931", "2026-11-05T06:00:00-05:00")

    def test_the_store_of_one_location_is_never_the_next_ones(self) -> None:
        text = gs1(status())
        place = text[
            text.index("<logisticsInventoryReportInventoryLocation>") : text.index("</logisticsInventoryReport>")
        ]
        text = text.replace(place, place + place.replace("<gln>5412345000020</gln>", ""))
        assert [row.get("store_code") for row in read(text)] == ["5412345000020", None]

    def test_what_sub_locations_have_of_an_item_is_added_up(self) -> None:
        floor, room = (
            f"<inventorySubLocation><additionalPartyIdentification>{name}</additionalPartyIdentification>"
            "</inventorySubLocation><inventoryDateTime>2026-11-05T{at}</inventoryDateTime>"
            for name in ("floor", "back room")
        )
        statuses = (
            status(inner=floor.format(at="06:00:00-05:00"))
            + status("2")
            + status(inner=room.format(at="10:30:00Z"))
            + status("3", inner=room.format(at="09:00:00Z"))
            + status("3", "DAMAGED", inner=floor.format(at="08:00:00Z"))
            + status("2")
        )
        rows = read(gs1(statuses))
        assert [(row["gtin"], row["quantity"], row["timestamp"]) for row in rows] == [
            ("2", "28", "2026-11-05T06:10:00-05:00"),
            ("2", "28", "2026-11-05T06:10:00-05:00"),
            ("04006381333931", "56", "2026-11-05T10:30:00Z"),
            ("3", "28", "2026-11-05T09:00:00Z"),
        ]
        around = f"<inventorySubLocation>{status()}</inventorySubLocation>" * 3
        text = gs1(around).replace(">28<", ">1.5<", 1)
        assert [row["quantity"] for row in read(text)] == ["57.5"]

    def test_a_part_that_is_no_number_makes_the_sum_none(self) -> None:
        parts = "".join(status(inner="<inventorySubLocation/>") for _ in range(3))
        assert [row["quantity"] for row in read(gs1(parts.replace(">28<", ">many<", 1)))] == ["many"]
        assert [row["quantity"] for row in read(gs1(parts[::-1].replace("<82>", "<9999999999e1>", 1)[::-1]))] == [
            "1e9999999999"
        ]

    def test_sums_do_not_reach_into_the_next_location(self) -> None:
        text = gs1(status(inner="<inventorySubLocation/>"))
        begin, end = (
            text.index("<logisticsInventoryReportInventoryLocation>"),
            text.index("</logisticsInventoryReport>"),
        )
        twice = text[:end] + text[begin:end].replace("0020<", "0037<") + text[end:]
        assert [(row["store_code"], row["quantity"]) for row in read(twice)] == [
            ("5412345000020", "28"),
            ("5412345000037", "28"),
        ]

    def test_nothing_to_sell_is_an_empty_feed(self) -> None:
        assert refusal(gs1(status(disposition="DAMAGED"))).code == "empty_feed"


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1", "windows-1252", "ISO-8859-15"])
    @pytest.mark.parametrize("chunk_bytes", [1, 7, 1 << 20])
    def test_the_declared_one_is_read(self, encoding: str, chunk_bytes: int) -> None:
        text = rss(ITEM.replace("US1", "Köln"), declared=f'<?xml version="1.0" encoding="{encoding}"?>\n')
        (row,) = read(text.encode(encoding), chunk_bytes=chunk_bytes)
        assert (row["line"], row["store_code"]) == (4, "Köln")

    @pytest.mark.parametrize("declared", ["Shift_JIS", "no-such-code", "UTF-16"])
    def test_one_that_cannot_be_read_is_told(self, declared: str) -> None:
        text = rss(ITEM, declared=f'<?xml version="1.0" encoding="{declared}"?>')
        assert refusal(text).code == "encoding_invalid"

    def test_bytes_of_another_one_are_told_with_their_line(self) -> None:
        told = refusal(rss(ITEM.replace("US1", "Köln")).encode("latin-1"))
        assert (told.code, told.line) == ("encoding_invalid", 4)

    def test_utf_16_is_known_for_xml_by_its_mark(self, tmp_path: Path) -> None:
        path = tmp_path / "feed"
        path.write_bytes(rss(ITEM, declared='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"))
        context = FeedContext(received_at=NOON, as_of=NOON)
        (batch,) = read_feed(path, kind=FeedKind.INVENTORY, context=context, notices=NoticeBook())
        assert len(batch) == 1


class TestRefusals:
    def test_a_doctype_is_refused_before_any_entity(self) -> None:
        told = refusal("<?xml version='1.0'?>\n<!DOCTYPE rss [<!ENTITY a 'aaa'>]><rss>&a;</rss>")
        assert (told.code, told.line) == ("xml_dtd_forbidden", 2)

    @pytest.mark.parametrize(
        "broken",
        [
            rss(ITEM.replace("US1", "A&B")),
            rss(ITEM.replace("</g:id>", "")),
            rss(ITEM.replace("US1", "&nbsp;")),
            rss(ITEM.replace("US1", "a\x01b")),
            rss(ITEM, namespaces=""),
            rss(ITEM) + "<rss/>",
            "\n" + rss(ITEM),
        ],
    )
    def test_nothing_is_repaired(self, broken: str) -> None:
        told = refusal(broken)
        assert told.code == "xml_not_well_formed"
        assert told.line is not None

    def test_the_line_of_a_fault_is_the_files_own(self) -> None:
        lines = [rss("\r\n".join([ITEM] * 50)), "&"]
        assert refusal("\r\n".join(lines), chunk_bytes=64).line == 55

    def test_no_record_and_no_needed_column(self) -> None:
        assert refusal("").code == "empty_feed"
        assert refusal(rss("")).code == "empty_feed"
        assert refusal(rss("<item><g:id>1</g:id></item>")).code == "column_missing"

    @pytest.mark.parametrize(
        "endless",
        [
            lambda size: rss(f"<item><g:id>{'x' * size}</g:id></item>"),
            lambda size: rss(f"<item a='{'x' * size}'/>"),
            lambda size: rss(f"<!--{'x' * size}-->"),
            lambda size: rss("<a>" * (size // 3)),
            lambda size: rss("<item>" + "<a/>" * (size // 4)),
            lambda size: gs1("<a>x</a>" * (size // 8)),
            lambda size: f"<?xml version='1.0'?>{' ' * size}<rss/>",
        ],
    )
    def test_what_never_ends_is_refused_before_it_fills_the_memory(self, endless: Callable[[int], str]) -> None:
        told = refusal(endless(3 * MAX_RECORD_BYTES), chunk_bytes=1 << 18)
        assert told.code == "record_too_large"

    def test_a_record_has_a_limit_of_elements_and_a_file_one_of_names(self) -> None:
        assert refusal(rss(f"<item>{'<a/>' * MAX_ELEMENTS}</item>")).code == "record_too_large"
        names = "".join(f"<item><a{n}/></item>" for n in range(MAX_NAMES))
        assert "different element names" in refusal(rss(names)).reason


class TestTruncation:
    TEXT = rss(f"{ITEM}\n<!-- é -->{ITEM}<item><g:id><![CDATA[x]]></g:id><g:store_code>U&amp;S</g:store_code></item>")

    def test_cut_at_any_byte_it_is_truncated(self) -> None:
        whole = self.TEXT.encode()
        for end in range(1, len(whole)):
            assert refusal(whole[:end]).code == "truncated", end
        assert len(read(whole + b"\n")) == 3

    def test_cut_at_any_byte_of_gzip_it_is_refused(self, tmp_path: Path) -> None:
        whole = gzip.compress(self.TEXT.encode())
        context = FeedContext(received_at=NOON, as_of=NOON)
        path = tmp_path / "feed.xml.gz"
        for end in range(len(whole)):
            path.write_bytes(whole[:end])
            with pytest.raises(FeedRejected):
                list(read_feed(path, kind=FeedKind.INVENTORY, context=context, notices=NoticeBook()))


XML_CHARACTERS = st.characters(
    exclude_categories=("Cs", "Cc"), include_characters="\t", exclude_characters="\ufffe\uffff"
)
FIELDS = ["store_code", "id", "quantity", "price", "availability", "title", "shipping"]


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[Row]]:
    """A document and its rows: fields in any order, left out or empty, packed or spread over lines."""
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    gap = draw(st.sampled_from(["", newline, newline + "   ", "<!-- c -->", "<?pi x?>"]))
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', newline, f"<rss {G}><channel>", gap]
    expected: list[Row] = []
    for _ in range(draw(st.integers(1, 6))):
        parts.append(gap)
        line = 1 + "".join(parts).replace("\r\n", "\n").replace("\r", "\n").count("\n")
        row: Row = {"line": line}
        parts.append(draw(st.sampled_from(["<item>", '<item a="1">', "<item >"])))
        for name in draw(st.permutations(FIELDS))[: draw(st.integers(0, len(FIELDS)))]:
            text = draw(st.text(XML_CHARACTERS, max_size=8)).strip()
            if name == "shipping":
                parts.append(f"{gap}<g:shipping><g:price>{escape(text)}</g:price></g:shipping>")
                continue
            written = f"<![CDATA[{text}]]>" if draw(st.booleans()) and "]]>" not in text else escape(text)
            parts.append(f"{gap}<g:{name}/>" if not text else f"{gap}<g:{name}>{written}</g:{name}>")
            if text and name != "title":
                row[name] = text
        parts.append(gap + "</item>")
        expected.append(row)
    parts.append(gap + "</channel></rss>" + gap.replace(" ", ""))
    return "".join(parts), expected


class TestProperties:
    @given(documents(), st.integers(1, 200))
    @settings(max_examples=200, deadline=None)
    def test_what_was_written_is_read(self, document: tuple[str, list[Row]], chunk_bytes: int) -> None:
        text, expected = document
        enough = ITEM.replace("item>", "item>", 1)
        whole = text.replace("</channel>", f"{enough}</channel>")
        assert read(whole, chunk_bytes=chunk_bytes)[:-1] == expected

    @given(documents(), st.lists(st.tuples(st.integers(0), st.binary(max_size=3)), min_size=1, max_size=4), st.data())
    @settings(max_examples=200, deadline=None)
    def test_bent_bytes_are_read_or_refused(
        self, document: tuple[str, list[Row]], changes: list[tuple[int, bytes]], data: st.DataObject
    ) -> None:
        content = bytearray(document[0].encode(data.draw(st.sampled_from(["utf-8", "utf-16"]))))
        for at, put in changes:
            position = at % len(content)
            content[position : position + len(put)] = put
        with suppress(FeedRejected):
            read(bytes(content))
