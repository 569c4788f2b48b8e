"""Profiles as people write them, and files read by what they declare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from ingest.profile import MAX_PROFILE_BYTES, as_json, profile_of, read_profile
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import Absence, FeedFormat, FeedProfile, QuantityKind
from tests.unit.ingest.reading import Read, refusal

WRITTEN = b"""
# our till's export
format: delimited
delimiter: semicolon
encoding: latin-1
skip_rows: 2
aliases: {Artikel: id, Lager: quantity}
constants:
  store_code: "0017"
decimal: ","
date_order: dmy
timezone: Europe/Berlin
currency: eur
absence: unknown
quantity_kind: banded
thresholds: {row_errors: 0.1}
"""


def test_a_profile_in_yaml_and_back_through_json() -> None:
    profile = read_profile(WRITTEN)
    assert profile == FeedProfile(
        format=FeedFormat.DELIMITED,
        delimiter=";",
        encoding="latin-1",
        skip_rows=2,
        aliases={"Artikel": "id", "Lager": "quantity"},
        constants={"store_code": "0017"},
        decimal=",",
        date_order="dmy",
        timezone="Europe/Berlin",
        currency="EUR",
        absence=Absence.UNKNOWN,
        quantity_kind=QuantityKind.BANDED,
        thresholds={"row_errors": 0.1},
    )
    assert read_profile(orjson.dumps(as_json(profile))) == profile
    assert as_json(FeedProfile()) == {}


@pytest.mark.parametrize(
    ("values", "key", "told"),
    [
        ({"delimitr": ";"}, "/delimitr", "Did you mean 'delimiter'?"),
        ({"delimiter": ";;"}, "/delimiter", "semicolon"),
        ({"delimiter": "a"}, "/delimiter", "one character"),
        ({"format": "excel"}, "/format", "xlsx"),
        ({"encoding": "utf-9"}, "/encoding", "cp1252"),
        ({"encoding": "base64"}, "/encoding", "cp1252"),
        ({"skip_rows": -1}, "/skip_rows", "0 to 10,000"),
        ({"columns": []}, "/columns", "in order"),
        ({"columns": "id"}, "/columns", "tuple"),
        ({"aliases": {"Menge": "amount"}}, "/aliases/Menge", "quantity"),
        ({"aliases": {"17": 3}}, "/aliases/17", "string between quotes"),
        ({"constants": {"shop": "17"}}, "/constants/shop", "store_code"),
        ({"constants": {"store_code": " "}}, "/constants/store_code", "text"),
        ({"decimal": ";"}, "/decimal", "'.', ','"),
        ({"date_order": "ymd"}, "/date_order", "'mdy', 'dmy'"),
        ({"timezone": "CET+1"}, "/timezone", "IANA"),
        ({"currency": "DOLLAR"}, "/currency", "ISO 4217"),
        ({"absence": "gone"}, "/absence", "retain"),
        ({"member_glob": " "}, "/member_glob", "text"),
        ({"thresholds": {"row_errors": -1}}, "/thresholds", "row_errors"),
        ({"upce": "perhaps"}, "/upce", "boolean"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_is_allowed(values: dict[str, Any], key: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        profile_of(values)
    assert caught.value.parameter == key
    assert told in caught.value.reason


@pytest.mark.parametrize("text", [b"[1, 2]", b"delimiter", b"a: [", b"\xff\xfe", b"x" * (MAX_PROFILE_BYTES + 1)])
def test_what_is_no_profile(text: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_profile(text)


def test_the_kind_narrows_the_columns() -> None:
    profile_of({"aliases": {"Breite": "lat"}})
    with pytest.raises(InvalidInput, match="quantity"):
        profile_of({"aliases": {"Breite": "lat"}}, kind=FeedKind.INVENTORY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "staged"


def test_columns_instead_of_a_header(path: Path) -> None:
    path.write_bytes(b"A;x;TEA;3\nA;y;JAM;0\n")
    profile = FeedProfile(columns=("store_code", "", "id", "quantity"))
    read = Read(path, profile=profile)
    assert (read.lines, [row["id"] for row in read.rows], read.told) == ([1, 2], ["TEA", "JAM"], {})
    path.write_bytes(b"A;x;TEA\nA;y;JAM;0\n")
    assert Read(path, profile=profile).told == {"column_count": [1]}


def test_declared_columns_must_hold_what_a_feed_needs(path: Path) -> None:
    path.write_bytes(b"A;TEA\n")
    assert refusal(path, profile=FeedProfile(columns=("store_code", "id"))).code == "column_missing"


def test_a_constant_is_a_column_of_every_row(path: Path) -> None:
    path.write_bytes(b"id,quantity,store_code\nTEA,3,A\nJAM,4,B\n")
    profile = FeedProfile(constants={"store_code": "0017", "availability": "in_stock"})
    read = Read(path, profile=profile)
    assert [row["store_code"] for row in read.rows] == ["0017", "0017"]
    path.write_bytes(b"id,quantity\nTEA,3\n")
    assert Read(path, profile=profile).rows == [
        {"id": "TEA", "quantity": "3", "store_code": "0017", "availability": "in_stock"}
    ]


def test_lines_above_the_header_are_skipped(path: Path) -> None:
    path.write_bytes(b"Report, of Thursday\n\nstore_code,id,quantity\nA,TEA,3\n")
    assert refusal(path).code == "header_missing"
    read = Read(path, profile=FeedProfile(skip_rows=2))
    assert (read.lines, read.told) == ([4], {})
    assert refusal(path, profile=FeedProfile(skip_rows=9)).code == "empty_feed"


def test_a_declared_delimiter_counts_even_where_another_looks_better(path: Path) -> None:
    path.write_bytes(b"store_code^id^quantity,price\nA^TEA^3\n")
    read = Read(path, profile=FeedProfile(delimiter="^", aliases={"quantity,price": "quantity"}))
    assert read.rows == [{"store_code": "A", "id": "TEA", "quantity": "3"}]


def test_a_declared_encoding_is_no_notice(path: Path) -> None:
    text = "store_code,id,quantity\nA,Café,3\n"
    path.write_bytes(text.encode("latin-1"))
    assert list(Read(path).told) == ["encoding_fallback"]
    for encoding in ("latin-1", "utf-16-le", "utf-16-be", "cp500"):
        path.write_bytes(text.encode(encoding))
        read = Read(path, profile=FeedProfile(encoding=encoding))
        assert (read.rows[0]["id"], read.told) == ("Café", {}), encoding


def test_a_declared_format_is_not_guessed(path: Path) -> None:
    path.write_bytes(b"store_code,id,quantity\nA,TEA,3\n")
    assert refusal(path, profile=FeedProfile(format=FeedFormat.PARQUET)).code == "truncated"
    assert refusal(path, profile=FeedProfile(format=FeedFormat.XLSX)).code == "truncated"
