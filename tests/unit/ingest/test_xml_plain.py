"""Stretches of plain XML: the same records, lines, notices and refusals as by events, wherever the file is cut.

The same text in UTF-16 goes by events alone, so it is what the fast way is held to.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.formats.records import RecordBatcher
from ingest.formats.xml import read_xml
from ingest.formats.xml.channel import Channel
from ingest.formats.xml.document import Document
from ingest.formats.xml.plain import PlainText
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind
from tests.unit.ingest.reading import NOON

ROOT = '<rss xmlns:g="http://base.google.com/ns/1.0"><channel>'
SMALL = "<item><g:id>S</g:id><g:store_code>A</g:store_code><g:quantity>3</g:quantity></item>"


class Watched(RecordBatcher):
    """Counts the records that came without events."""

    without_events = 0

    def append(self, lines: NDArray[np.int64], columns: dict[str, pa.Array]) -> None:  # type: ignore[override]
        self.without_events += len(lines)
        super().append(lines, columns)


def share_without_events(items: list[str], chunk_bytes: int = 1_000) -> float:
    """Of the records of a channel of such items."""
    batcher = Watched(FeedKind.INVENTORY, FeedContext(received_at=NOON, as_of=NOON), NoticeBook())
    document = Document(lambda root, parser: Channel("item", parser, batcher))
    text = f"{ROOT}{''.join(items)}</channel></rss>".encode()
    for at in range(0, len(text), chunk_bytes):
        document.feed(text[at : at + chunk_bytes])
    document.close()
    assert len(batcher.take()) == len(items)
    return batcher.without_events / len(items)


class TestWhenEventsAreNeeded:
    @pytest.mark.parametrize(
        "item",
        [
            SMALL,
            SMALL.replace("S<", "A &amp; B &lt;1&gt;<"),
            SMALL.replace("><", ">\r\n   <"),
            SMALL.replace("</item>", "<g:shipping><g:price>1</g:price></g:shipping><g:price/></item>\n"),
            SMALL.replace("S<", "a > b<"),
        ],
    )
    def test_not_for_plain_records_but_the_first(self, item: str) -> None:
        assert share_without_events([item] * 200) > 0.8

    def test_not_for_layouts_that_take_turns(self) -> None:
        other = SMALL.replace("<g:quantity>3</g:quantity>", "")
        assert share_without_events([SMALL, other, other] * 100) > 0.8

    @pytest.mark.parametrize(
        "item",
        [
            SMALL.replace("S<", "<![CDATA[S]]><"),
            SMALL.replace("S<", "&#83;<"),
            SMALL.replace("<g:id>", "<g:id a='b'>"),
            SMALL.replace("</g:id>", "</g:id>tail"),
            SMALL.replace("<item>", "<item >"),
            SMALL.replace("</item>", "<!-- <item> --></item>"),
        ],
    )
    def test_for_everything_else(self, item: str) -> None:
        assert share_without_events([item] * 200) == 0

    def test_again_behind_what_was_not_plain(self) -> None:
        items = [SMALL] * 400
        items[100] = SMALL.replace("S<", "<![CDATA[<item>]]><")
        items[200] = SMALL.replace("S<", "<!-- <item> -->S<")
        assert 0.8 < share_without_events(items) < 0.98

    def test_more_tags_than_a_key_has_bytes(self) -> None:
        tags = PlainText(b"<item>")
        many = [f"<a{number}/>" for number in range(300)]
        taken = [tags.stretch(f"{''.join(part)}</item><item>".encode()) for part in (many, many[:200], many[200:])]
        assert [stretch is not None for stretch in taken] == [False, True, False]


def outcome(text: bytes, chunk_bytes: int) -> Any:
    """Rows and notices of a file, or why it is refused."""
    context, notices = FeedContext(received_at=NOON, as_of=NOON), NoticeBook()
    batches = read_xml(
        lambda: BytesIO(text), kind=FeedKind.INVENTORY, context=context, notices=notices, chunk_bytes=chunk_bytes
    )
    rows: list[dict[str, Any]] = []
    try:
        for batch in batches:
            columns = {name: column.to_pylist() for name, column in batch.columns.items()}
            rows += [
                {"line": line} | {name: (cells[at] or "").strip() for name, cells in columns.items()}
                for at, line in enumerate(batch.line.tolist())
            ]
    except FeedRejected as refusal:
        return refusal.code, refusal.line
    return rows, notices.report()


def by_events(text: str) -> Any:
    """The outcome of the same text in UTF-16."""
    return outcome(text.removeprefix("\ufeff").encode("utf-16"), 1 << 16)


NAMES = ["g:id", "g:store_code", "g:quantity", "price", "g:oddity", "id"]
TEXTS = st.sampled_from(
    ["", "1", "A&amp;B", "&lt;&quot;&apos;&gt;", "&amp;lt;", " x\r\ny ", "a > b", "Köln", "\r", "日本"]
)
ODD = st.sampled_from(
    [
        "<!-- <item> -->",
        "<![CDATA[<item></item><item>]]>",
        "<?pi <item>?>",
        "&#x31;",
        "tail",
        "<x a='>'/>",
        "<item>",
        "</item>",
        "<item/>",
        "<item >",
        "<g:id>",
        "</channel><channel>",
        "<y xmlns:g='urn:other'>",
        "</y>",
        "<y>",
        "<g:item xmlns:g='http://base.google.com/ns/1.0'/>",
        "<g:item/>",
        "&",
        "]]>",
        "\x01",
        "<!DOCTYPE a>",
        "&nbsp;",
        "</rss>",
    ]
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """Many records of a few layouts, sometimes with something odd at any place, well-formed or not."""
    newline = draw(st.sampled_from(["", "\n", "\r\n", "\r", "\n  "]))
    layouts = draw(st.lists(st.lists(st.sampled_from(NAMES), max_size=5), min_size=1, max_size=3))
    parts = [draw(st.sampled_from([ROOT, "\ufeff" + ROOT, "\n".join(ROOT.split())])), "<title>t</title>"]
    for _ in range(draw(st.integers(2, 25))):
        parts += [newline, "<item>"]
        for name in draw(st.sampled_from(layouts)):
            text = draw(TEXTS)
            parts += [newline, f"<{name}>", text, f"</{name}>"]
        parts += [draw(st.sampled_from(["", "", "<g:shipping><g:price>9</g:price></g:shipping>"])), "</item>"]
    parts += [newline, "</channel></rss>"]
    for odd in draw(st.lists(ODD, max_size=3)):
        parts.insert(draw(st.integers(1, len(parts))), odd)
    return "".join(parts)


OTHER = "<y xmlns:g='urn:other'>"
BARE = "<item><g:id>S</g:id><g:store_code>A</g:store_code></item>"


class TestEquality:
    @given(files(), st.sampled_from([1, 7, 40, 100, 300, 1 << 16]))
    @settings(max_examples=200, deadline=None)
    def test_plain_or_by_events(self, text: str, chunk_bytes: int) -> None:
        assert outcome(text.encode(), chunk_bytes) == by_events(text)

    @given(files(), st.data())
    @settings(max_examples=60, deadline=None)
    def test_wherever_it_ends(self, text: str, data: st.DataObject) -> None:
        cut = text[: data.draw(st.integers(1, len(text)))]
        assert {repr(outcome(cut.encode(), size)) for size in (29, 83, 84, 85, 251)} == {repr(by_events(cut))}

    @pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
    def test_in_encodings_in_which_a_tag_is_the_same_bytes(self, encoding: str) -> None:
        text = f"<?xml version='1.0' encoding='{encoding}'?>{ROOT}{SMALL.replace('A', 'Köln') * 50}</channel></rss>"
        rows, _ = outcome(text.encode(encoding), 300)
        assert {row["store_code"] for row in rows} == {"Köln"}

    @pytest.mark.parametrize(
        "items",
        [
            f"{SMALL * 8}{OTHER}{SMALL * 8}</y>{SMALL * 8}",
            f"{SMALL * 4}{OTHER}{SMALL * 4}{BARE}{SMALL}</y>{SMALL * 4}{BARE * 8}",
            f"{OTHER}{('<y>' + SMALL * 3 + '</y>') * 4}{SMALL * 3}</y>{SMALL * 8}",
        ],
    )
    def test_where_a_prefix_means_something_else_for_a_while(self, items: str) -> None:
        text = f"{ROOT}{items}</channel></rss>"
        assert {repr(outcome(text.encode(), size)) for size in range(50, 900, 10)} == {repr(by_events(text))}
