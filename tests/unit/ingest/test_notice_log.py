"""The log of all notices: as many rows as were counted, up to the cap, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.notice_log import KEPT_S, NoticeLog, empty_log, harmless, read_log, sweep
from ingest.notices import HINTS, MAX_SAMPLES, NoticeBook, Severity

CODES = ["gtin_check_digit", "price_invalid", "blank_row"]
FORMULAS = ["=cmd()|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\0=1", "\uff1d1"]
told = st.tuples(st.sampled_from(CODES), st.sampled_from(list(Severity)), st.integers(0, 40), st.booleans())


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(read_log(path)).decode(), newline="")))


@settings(deadline=None, max_examples=60)
@given(st.lists(told, max_size=12), st.integers(1, 50))
def test_the_log_has_a_row_for_every_notice_counted_up_to_the_cap(
    calls: list[tuple[str, Severity, int, bool]], cap: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = NoticeLog(Path(folder) / "run.csv.gz")
        book, plain = NoticeBook(log, max_logged=cap), NoticeBook()
        for number, (code, severity, count, saves) in enumerate(calls):
            for each in (book, plain):
                each.add_rows(code, severity, np.arange(count) + 100 * number, value=str, column="gtin")
                each.add(code, severity, line=number)
            if saves:
                book.save_log()
        path = book.save_log()
        assert book.report() == plain.report()
        logged = Counter((row["code"], row["severity"]) for row in rows_of(Path(path))) if path else Counter()
    counts = {(notice["code"], notice["severity"]): notice["count"] for notice in book.report()}
    assert logged == {key: min(count, cap) for key, count in counts.items()}


def test_rows_tell_what_samples_tell_and_more_of_them(tmp_path: Path) -> None:
    book = NoticeBook(NoticeLog(tmp_path / "run.csv.gz"))
    lines = np.arange(2, 2 + 3 * MAX_SAMPLES)
    book.add_rows("price_invalid", Severity.WARNING, lines, column="price", value=lambda at: f"{at},99 EUR")
    path = book.save_log()
    assert path is not None
    rows = rows_of(Path(path))
    assert [int(row["line"]) for row in rows] == lines.tolist()
    assert rows[-1] == {
        "code": "price_invalid", "severity": "warning", "line": "61", "column": "price", "value": "59,99 EUR",
        "message": HINTS["price_invalid"], "hint": HINTS["price_invalid"],
    }  # fmt: skip
    assert len(book.report()[0]["samples"]) == MAX_SAMPLES


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_begins_as_a_formula(formula: str, tmp_path: Path) -> None:
    """ASVS 1.2.10."""
    book = NoticeBook(NoticeLog(tmp_path / "run.csv.gz"))
    book.add("column_unknown", Severity.INFO, column=formula, value=formula, message=formula)
    path = book.save_log()
    assert path is not None
    [row] = rows_of(Path(path))
    assert [row[name] for name in ("column", "value", "message")] == [f"'{formula}"] * 3
    assert book.report()[0]["samples"][0]["value"] == formula


def test_harmless_text_stays_as_it_is() -> None:
    assert [harmless(text) for text in ("", "5-6", "12", "a=b")] == ["", "5-6", "12", "a=b"]


def test_nothing_noticed_leaves_no_file_and_an_attempt_that_ended_early_none_either(tmp_path: Path) -> None:
    assert NoticeBook(NoticeLog(tmp_path / "a.csv.gz")).save_log() is None
    log = NoticeLog(tmp_path / "b.csv.gz")
    NoticeBook(log).add("blank_row", Severity.INFO, line=3)
    log.discard()
    assert list(tmp_path.iterdir()) == []
    assert empty_log() == b"code,severity,line,column,value,message,hint\r\n"


def test_what_was_saved_survives_what_was_added_and_thrown_away(tmp_path: Path) -> None:
    log = NoticeLog(tmp_path / "a.csv.gz")
    book = NoticeBook(log)
    book.add("blank_row", Severity.INFO, line=3)
    book.save_log()
    book.add("blank_row", Severity.INFO, line=4)
    log.discard()
    assert [row["line"] for row in rows_of(tmp_path / "a.csv.gz")][:1] == ["3"]


def test_old_logs_and_orphans_are_swept(tmp_path: Path) -> None:
    ages = {"fresh": 0.0, "orphan": 7200.0, "named": 7200.0, "ancient": KEPT_S + 60}
    for name, age in ages.items():
        path = tmp_path / f"{name}.csv.gz"
        path.touch()
        os.utime(path, (time.time() - age, time.time() - age))
    named = {str(tmp_path / f"{name}.csv.gz") for name in ("named", "ancient")}
    sweep(tmp_path, lambda paths: named & set(paths), orphans_s=3600)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh.csv.gz", "named.csv.gz"]
