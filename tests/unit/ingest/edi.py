"""EDI files for tests: interchanges whose counts are right, and what our reader makes of a text."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.formats.edi import read_edi
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedProfile

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
UPC, EAN = "036000291452", "4006381333931"

Elements = Sequence[str]


@dataclass(frozen=True)
class X12:
    """Delimiters of an X12 file; ``after`` stands behind each terminator."""

    element: str = "*"
    component: str = ">"
    terminator: str = "~"
    after: str = "\n"
    version: str = "00401"

    def interchange(self, *groups: Sequence[Sequence[Elements]], number: int = 101) -> str:
        """Groups of transaction sets of segments, without the envelopes."""
        repeat = "U" if self.version < "00402" else "`"
        sender, receiver = f"{'RETAILERUS':15}", f"{'LOCALSTOCK':15}"
        opening = f"ISA,00,{' ' * 10},00,{' ' * 10},ZZ,{sender},ZZ,{receiver},261105,0610,{repeat},{self.version}"
        lines: list[Elements] = [[*opening.split(","), f"{number:09d}", "0", "P", self.component]]
        for which, group in enumerate(groups, 1):
            lines.append(["GS", "IB", "R", "L", "20261105", "0610", str(which), "X", f"{self.version[1:]}0"])
            for position, content in enumerate(group, 1):
                kind, *body = content
                lines += [["ST", *kind, f"{position:04d}"], *body, ["SE", str(len(body) + 2), f"{position:04d}"]]
            lines.append(["GE", str(len(group)), str(which)])
        lines.append(["IEA", str(len(groups)), f"{number:09d}"])
        return "".join(self.element.join(line) + self.terminator + self.after for line in lines)


BIA = ["BIA", "00", "SI", "X", "20261105", "0600"]


def inquiry(*body: str, head: Elements = BIA) -> list[Elements]:
    """An 846 of segments written with asterisks."""
    return [["846"], head, *(line.split("*") for line in body)]


def activity(*body: str, head: str = "XQ*H*20261104*20261104") -> list[Elements]:
    """An 852 of segments written with asterisks."""
    return [["852"], head.split("*"), *(line.split("*") for line in body)]


def edifact(*messages: Sequence[str], una: str = "UNA:+.? '", level: str = "UNOC", kind: str = "INVRPT") -> str:
    """Messages of segments, with the delimiters that everybody uses, a line each."""
    lines = [f"UNB+{level}:3+S:14+R:14+261105:0610+R1"]
    for number, body in enumerate(messages, 1):
        lines += [f"UNH+{number}+{kind}:D:01B:UN:EAN008", *body, f"UNT+{len(body) + 2}+{number}"]
    lines.append(f"UNZ+{len(messages)}+R1")
    return una + "".join(f"{line}'\n" for line in lines)


@dataclass
class Reading:
    """Rows as (store, id, gtin, quantity); notices as (severity, code, line)."""

    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    times: set[str | None] = field(default_factory=set)
    notices: list[tuple[str, str, int | None]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    rejected: int = 0


def context(**profile: Any) -> FeedContext:
    """A feed at noon, read by a profile."""
    return FeedContext(received_at=NOON, as_of=NOON, profile=FeedProfile(**profile))


def read(content: str | bytes, feed: FeedContext | None = None) -> Reading:
    """What our reader makes of a file."""
    raw = content.encode() if isinstance(content, str) else content
    reading, book = Reading(), NoticeBook()
    batches = read_edi(lambda: io.BytesIO(raw), kind=FeedKind.INVENTORY, context=feed or context(), notices=book)
    for batch in batches:
        cells = {name: column.to_pylist() for name, column in batch.columns.items()}
        blank = [None] * len(batch)
        columns = [cells.get(name, blank) for name in ("store_code", "id", "gtin", "quantity")]
        reading.rows += zip(*columns, strict=True)
        reading.times |= set(cells.get("timestamp", []))
        reading.lines += batch.line.tolist()
        reading.rejected += batch.rejected
    for notice in book.report():
        for sample in notice["samples"]:
            reading.notices.append((notice["severity"], notice["code"], sample["line"]))
            reading.messages.append(sample["message"])
    return reading
