"""Which shape of document the root element tells, and what is none of ours."""

from __future__ import annotations

from xml.parsers import expat

from ingest.formats.records import RecordBatcher
from ingest.formats.xml.channel import Channel
from ingest.formats.xml.document import SEPARATOR, Shape
from ingest.formats.xml.events import ATOM, GOOGLE
from ingest.formats.xml.gs1 import InventoryReport
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedProfile

_GS1 = "urn:gs1:ecom:logistics_inventory_report:xsd:3"
_WE_READ = "RSS 2.0 or Atom 1.0 with Google's attributes, or a GS1 logistics inventory report 3.x"


def shape_of(
    root: str, parser: expat.XMLParserType, batcher: RecordBatcher, kind: FeedKind, profile: FeedProfile
) -> Shape:
    """Have the parser's events gathered as the root element says.

    Raises:
        FeedRejected: ``not_a_feed``, naming what was found.
    """
    namespace, _, name = root.rpartition(SEPARATOR)
    if name == "rss":
        return Channel("item", parser, batcher)
    if name == "feed" and namespace in {"", *ATOM, *GOOGLE}:
        return Channel("entry", parser, batcher)
    if name == "logisticsInventoryReportMessage" and namespace == _GS1:
        if kind is not FeedKind.INVENTORY:
            raise FeedRejected("not_a_feed", f"The file is a GS1 inventory report, and was sent as a feed of {kind}.")
        return InventoryReport(parser, batcher, profile.locations)
    if name.lower() == "html":
        raise FeedRejected("not_a_feed", "The file is a web page; send the feed itself.")
    of = f" of the namespace {namespace[:80]}" if namespace else ""
    raise FeedRejected("not_a_feed", f"The file is XML, but <{name[:40]}>{of} is no feed that we read: {_WE_READ}.")
