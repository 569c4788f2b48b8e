"""Lines that programs write behind the last row."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ingest.formats.delimited import read_delimited
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.feed import FeedKind
from tests.unit.ingest.reading import NOON, Read, refusal

ROWS = "store_code,id,quantity\n001,SKU-1,3\n001,SKU-2,4\n"


def _staged(folder: Path, text: str) -> Path:
    path = folder / "feed.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("blank", ["", "\n"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n", "\x1a"])
@pytest.mark.parametrize(
    "line",
    [
        "(2 rows affected)", "(2 row(s) affected)", "2 rows selected.", "-- 2 rows --", "2 rows in set (0.00 sec)",
        "(2 rows)", "Total: 2", "Total rows: 2", "Row count = 2", "Records: 2", "EOF", "END OF FILE", "***END***",
        '"(2 rows affected)"', "TRL,2", "Rows affected: 2",
        "(2 rows affected)\n\nCompletion time: 2026-11-05T06:00:00.0000000-05:00",
    ],
)  # fmt: skip
def test_a_trailer_is_skipped_and_costs_no_row(tmp_path: Path, line: str, end: str, blank: str) -> None:
    read = Read(_staged(tmp_path, f"{ROWS}{blank}{line}{end}"))
    assert [row["id"] for row in read.rows] == ["SKU-1", "SKU-2"]
    assert read.rejected == 0
    assert read.told["trailer_skipped"] == [4 + len(blank)]
    assert set(read.told) <= {"trailer_skipped", "blank_row"}


@pytest.mark.parametrize("block_bytes", [1, 7, 64, 500, 1 << 20])
def test_it_is_found_whatever_the_block_size(block_bytes: int) -> None:
    text = ROWS.encode() + b"001,SKU-3,5\n" * 98 + b"(100 rows affected)\n"
    book = NoticeBook()
    batches = read_delimited(
        lambda: io.BytesIO(text), kind=FeedKind.INVENTORY, context=FeedContext(NOON, NOON), notices=book,
        block_bytes=block_bytes,
    )  # fmt: skip
    assert sum(map(len, batches)) == 100
    assert [(notice["code"], notice["samples"][0]["line"]) for notice in book.report()] == [("trailer_skipped", 102)]


def test_a_trailer_of_another_delimiter(tmp_path: Path) -> None:
    read = Read(_staged(tmp_path, ROWS.replace(",", "|") + "TRL|2\n"))
    assert (len(read.rows), read.rejected, list(read.told)) == (2, 0, ["trailer_skipped"])


@pytest.mark.parametrize("line", ["(3 rows affected)", "Total: 1,234", "TRL,1", "0 rows selected."])
def test_a_trailer_that_counts_other_rows_tells_that_some_are_lost(tmp_path: Path, line: str) -> None:
    read = Read(_staged(tmp_path, f"{ROWS}{line}\n"))
    assert [row["id"] for row in read.rows] == ["SKU-1", "SKU-2"]
    assert read.rejected == 1
    assert read.told == {"trailer_count": [4]}


@pytest.mark.parametrize("line", ["001,SKU-3", "SKU-3", "12345", "Total recall DVD", "2 rows of shelves,x"])
def test_a_row_that_broke_off_is_no_trailer(tmp_path: Path, line: str) -> None:
    assert list(Read(_staged(tmp_path, f"{ROWS}{line}\n")).told) == ["column_count"]
    assert refusal(_staged(tmp_path, ROWS + line)).code == "truncated"


def test_only_the_end_is_a_trailer_and_a_whole_row_is_a_row(tmp_path: Path) -> None:
    assert Read(_staged(tmp_path, ROWS + "EOF\n001,SKU-3,5\n")).told == {"column_count": [4]}
    assert Read(_staged(tmp_path, ROWS + "Total,,2\n")).told == {}
    assert refusal(_staged(tmp_path, "store_code,id,quantity\n(0 rows affected)\n")).code == "empty_feed"
