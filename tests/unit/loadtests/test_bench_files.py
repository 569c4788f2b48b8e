"""The benchmark's own files: what they hold decides what its figures mean."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from inventory_api.domain.identifiers import is_restricted, parse_gtin
from loadtests.bench import cells, dataset, format_files, formats
from loadtests.bench.dataset import COLUMNS, Size
from loadtests.bench.world import Scale, World, write_questions

NOW = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)


def test_integers_decimals_and_coordinates_are_written_as_people_do() -> None:
    values = np.array([0, 7, 1200])
    columns = [cells.integers(values, 4), cells.decimals(values, 4), cells.coordinates(np.array([0.0, -7.5, 99.99999]))]
    assert cells.join(columns) == b"0\t0.00\t0.00000\n7\t0.07\t-7.50000\n1200\t12.00\t99.99999\n"


def test_gtins_are_valid_distinct_and_open_to_all() -> None:
    codes = cells.gtins(np.arange(20_000)).tolist()
    assert len(set(codes)) == len(codes)
    assert all(parse_gtin(f"{code:014d}") == code and not is_restricted(code) for code in codes)


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_the_second_version_changes_2_percent_and_every_time(tmp_path: Path) -> None:
    size = Size(10, 1000)
    assert dataset.write_feed(tmp_path / "0", size, version=0, now=NOW) == 0
    changed = dataset.write_feed(tmp_path / "1", size, version=1, now=NOW)
    first, second = rows_of(tmp_path / "0"), rows_of(tmp_path / "1")
    assert first[0] == list(COLUMNS) == second[0]
    assert len(first) == len(second) == size.rows + 1
    differ = sum(a[:-1] != b[:-1] for a, b in zip(first[1:], second[1:], strict=True))
    assert changed * 0.9 < differ <= changed
    assert changed / size.rows == pytest.approx(dataset.CHANGED, rel=0.2)
    same_time = sum(a[-1] == b[-1] for a, b in zip(first[1:], second[1:], strict=True))
    assert same_time < 2 * dataset.DIRTY * size.rows


def test_a_hundredth_of_the_rows_is_dirty(tmp_path: Path) -> None:
    size = Size(10, 1000)
    dataset.write_feed(tmp_path / "0", size, version=0, now=NOW)
    rows = rows_of(tmp_path / "0")[1:]
    ragged = sum(len(row) != len(COLUMNS) for row in rows)
    assert 0 < ragged < dataset.DIRTY * size.rows
    nameless = sum(row[1] == "" for row in rows if len(row) == len(COLUMNS))
    assert 0 < nameless < dataset.DIRTY * size.rows


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        dataset.write_feed(tmp_path / name, Size(2, 100), version=1, now=NOW)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_world_sells_each_product_in_about_the_stores_asked_for(tmp_path: Path) -> None:
    scale = Scale(stores=2_000, products=100, chains=20, retailers=2)
    world, questions, rows = World(scale), [], []
    for retailer in range(scale.retailers):
        path = tmp_path / str(retailer)
        questions += list(world.write_inventory(path, retailer, NOW))
        with gzip.open(path, "rt", newline="") as file:
            rows += list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == world.records
    assert world.records / scale.products == pytest.approx(300, rel=0.1)
    assert len({(row["store_code"], row["gtin"]) for row in rows}) == len(rows)
    known = {row["gtin"].zfill(14) for row in rows}
    write_questions(tmp_path / "questions.csv", questions)
    with (tmp_path / "questions.csv").open(newline="") as file:
        asked = list(csv.DictReader(file))
    assert len(asked) == len(questions) > 100
    assert {row["gtin"] for row in asked} <= known


def test_every_format_says_the_same_of_the_same_records(tmp_path: Path) -> None:
    format_files.write_tsv(tmp_path / "t", 25_000)
    format_files.write_rss(tmp_path / "x", 25_000)
    rows = rows_of(tmp_path / "t")
    items = ElementTree.parse(tmp_path / "x").getroot().iter("item")  # noqa: S314 - our own file
    assert [[field.text for field in item] for item in items] == rows[1:]
    assert len({(row[0], row[1]) for row in rows[1:]}) == 25_000


@pytest.mark.slow
def test_the_formats_are_measured_by_the_command(tmp_path: Path) -> None:
    # One format: each costs four starts of the command.
    rates = formats.measure(tmp_path, [formats.FORMATS[-1]], 2_000)
    assert [rate.name for rate in rates] == [formats.FORMATS[-1].name]
    assert all(rate.peak_rss_mib > 0 for rate in rates)
    assert list(tmp_path.iterdir()) == []
