"""The fast reader gives what a plain one gives, for any text and any block size.

The plain reader is the ``csv`` module and string splitting over the whole text: obviously right, slow,
and unbounded in memory.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.formats.delimited import read_delimited, rows
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
COLUMNS = ["store_code", "id", "quantity"]


@dataclass
class Reading:
    """What a reader made of a text."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    faults: dict[str, list[int]] = field(default_factory=dict)
    rejected: int = 0
    refused: str | None = None


def reference(body: str, delimiter: str) -> Reading:
    """Read the rows behind a header of three columns that is the first line."""
    reading = Reading()
    cut_off = body != "" and not body.endswith("\n")
    text = re.sub(r"\r+\n", "\r\n", body + "\n" if cut_off else body)
    text = re.sub(r"\r(?!\n)", "\0", text)
    records = list(_quoted(text, delimiter) if delimiter != "\t" else _unquoted(text))
    if records and records[-1] is None:
        reading.refused = "truncated"
        return reading
    if cut_off and records and records[-1] is not None and not records[-1][1].strip("\n").strip("\x1a"):
        records.pop()
        cut_off = False
    for number, record in enumerate(records):
        assert record is not None
        line, raw, cells = record
        is_end = cut_off and number == len(records) - 1
        fault = _fault(raw, cells, delimiter)
        if fault == "column_count" and is_end and len(cells) < len(COLUMNS):
            reading.refused = "truncated"
            return reading
        if fault is None:
            reading.rows.append((line, cells))
        else:
            reading.faults.setdefault(fault, []).append(line)
            reading.rejected += fault != "blank_row"
    if not reading.rows and not reading.rejected:
        reading.refused = "empty_feed"
    return reading


def _unquoted(text: str) -> Iterator[tuple[int, str, list[str]] | None]:
    for number, line in enumerate(text.split("\n")[:-1]):
        yield number + 2, line + "\n", line.removesuffix("\r").split("\t")


def _quoted(text: str, delimiter: str) -> Iterator[tuple[int, str, list[str]] | None]:
    lines = [line + "\n" for line in text.split("\n")[:-1]]
    reader = csv.reader([*lines, "END\n"], delimiter=delimiter)
    start, found = 0, []
    for cells in reader:
        found.append((start + 2, "".join(lines[start : reader.line_num]), cells or [""]))
        start = reader.line_num
    closed = found.pop()[2] == ["END"]
    yield from found
    if not closed:
        yield None


def _fault(raw: str, cells: list[str], delimiter: str) -> str | None:
    if "\0" in raw or "\x1a" in raw:
        return "control_character"
    body = raw.removesuffix("\n").removesuffix("\r")
    if len(cells) != len(COLUMNS) and not body.strip(" \t\r" + delimiter):
        return "blank_row"
    if body == delimiter * (len(COLUMNS) - 1):
        return "blank_row"
    return None if len(cells) == len(COLUMNS) else "column_count"


def fast(text: str, block_bytes: int) -> Reading:
    """Read with the reader under test."""
    reading, notices = Reading(), NoticeBook()
    context = FeedContext(received_at=NOON, as_of=NOON)
    data = text.encode()
    try:
        for batch in read_delimited(
            lambda: io.BytesIO(data),
            kind=FeedKind.INVENTORY,
            context=context,
            notices=notices,
            block_bytes=block_bytes,
        ):
            columns = [batch.columns[name].to_pylist() for name in COLUMNS]
            assert all(len(column) == len(batch) for column in columns)
            reading.rows += list(zip(batch.line.tolist(), map(list, zip(*columns, strict=True)), strict=True))
            reading.rejected += batch.rejected
    except FeedRejected as refusal:
        reading.refused = refusal.code
        reading.rows.clear()
        return reading
    for entry in notices.report():
        assert entry["count"] == len(entry["samples"]) or entry["count"] > 20
        reading.faults[entry["code"]] = sorted(sample["line"] for sample in entry["samples"])
    return reading


PIECES = [
    "a",
    "b1",
    '"',
    '""',
    "{d}",
    "{d}",
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "é",
    "S{d}I{d}3\n",
    '"S{d}"{d}"I"{d}3\n',
    "\0",
    "\x1a",
    "{d}{d}\n",
    "\t",
]
CLEAN = [
    "S{d}I{d}3\n",
    '"S"{d}"I"{d}"3"\n',
    '"S{d} 1"{d}"I""x"{d}3\r\n',
    '"two\nlines"{d}I{d}1\n',
    "{d}{d}\n",
    "\n",
    "S{d}I\n",
    "é{d}ï{d}\n",
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=25) | st.lists(st.sampled_from(CLEAN), max_size=12),
    st.sampled_from("\t,;|"),
    st.integers(1, 40) | st.just(1 << 20),
)
@example(["S{d}I{d}3\n", "\x1a"], ",", 7)
@example(['"', "S{d}I{d}3\n"], ",", 3)
@example(["S{d}I{d}3\n", " "], "\t", 3)
@example(['a"', "{d}", '"b\n', '"{d}3\n'], ",", 5)
def test_reads_as_the_reference_does(pieces: list[str], delimiter: str, block_bytes: int) -> None:
    """Rows, their lines, the faults and refusals are the same."""
    body = "".join(pieces).replace("{d}", delimiter)
    text = delimiter.join(COLUMNS) + "\n" + body
    expected = reference(body, delimiter)
    found = fast(text, block_bytes)
    assert found.refused == expected.refused
    if expected.refused is None:
        assert found.rows == expected.rows
        assert found.rejected == expected.rejected
        assert found.faults == {code: sorted(lines)[:20] for code, lines in expected.faults.items()}


@given(st.lists(st.sampled_from(PIECES + CLEAN), max_size=20), st.sampled_from("\t,"))
def test_reading_row_by_row_gives_the_same(pieces: list[str], delimiter: str) -> None:
    """What is done where pyarrow gives up on a block."""
    text = delimiter.join(COLUMNS) + "\n" + "".join(pieces).replace("{d}", delimiter)
    expected = fast(text, 64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_parse", lambda block, header: None)
        assert fast(text, 64) == expected


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", "|"])
def test_reads_many_rows_across_blocks(delimiter: str) -> None:
    """Every row of a file of many blocks comes once, with its line."""
    body = "".join(f"S{i % 7}{delimiter}SKU-{i}{delimiter}{i % 50}\n" for i in range(5000))
    found = fast(delimiter.join(COLUMNS) + "\n" + body, 1000)
    assert found.rows == [(i + 2, [f"S{i % 7}", f"SKU-{i}", str(i % 50)]) for i in range(5000)]
