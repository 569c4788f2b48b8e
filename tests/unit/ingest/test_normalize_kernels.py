"""Array kernels say what the cell functions say, for any text."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.normalize import gtin, price, quantity, time
from ingest.normalize.availability import AvailabilityReader, parse_availability
from ingest.normalize.cells import Cells, Residue, Texts, factorize, flags_of
from ingest.normalize.gtin import GtinReader, parse_code
from ingest.normalize.number import split_number
from ingest.normalize.price import PriceReader, parse_price, unpack_currency
from ingest.normalize.quantity import QuantityReader, parse_quantity
from ingest.normalize.time import TimeReader, Zones, find_zone, parse_time
from inventory_api.domain.errors import InvalidGtin
from inventory_api.domain.identifiers import check_digit, is_restricted, parse_gtin
from inventory_api.domain.stock import from_observed

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
ODD = ["", "²", "٣", "1²", "\uff11\uff12", "9" * 400, "-0", "+7", "1e5", "0x1F", "nan", "\x00", "5\x1a", "é", "a" * 90]

digits = st.text("0123456789", max_size=16)
numbers = st.text("0123456789.,-+ '>=", max_size=14)
anything = st.one_of(st.sampled_from(ODD), st.text(max_size=12))


def texts_of(cells: list[str]) -> Texts:
    # Sliced, so that a kernel which forgets the offset of its array is caught.
    return Texts.of(pa.array(["padding", *cells], pa.string()).slice(1))


@given(st.lists(st.one_of(numbers, digits, anything)), st.sampled_from(".,"))
@example(
    ["10+", "Not stocked", ">3", ">=3", "1,200", "12.0", "2.7", "N/A", "-3", "2147483648", "999999999", "٣+", "1++"],
    ".",
)
def test_quantities(cells: list[str], decimal: str) -> None:
    units, flags = QuantityReader(decimal).read(texts_of(cells))
    for text, value, bits in zip(cells, units.tolist(), flags.tolist(), strict=True):
        expected, codes = parse_quantity(text, decimal)
        assert (value, bits) == (expected, flags_of(codes, quantity.CODES)), text


def test_what_a_location_never_has_is_none_there() -> None:
    assert parse_quantity("not stocked") == parse_quantity("Not Stocked") == (0, ())


words = st.sampled_from(
    ["in_stock", "In Stock", "yes", "Y", "1", "http://schema.org/InStock", "preorder", "OUT-OF-STOCK"]
)


@given(st.lists(st.one_of(words, anything)))
def test_availabilities(cells: list[str]) -> None:
    claims, _ = AvailabilityReader().read(texts_of(cells))
    assert claims.tolist() == [parse_availability(text)[0] for text in cells]


currencies = st.sampled_from(["USD", "JPY", "KWD", "RSD", "XYZ", "usd", "€", "$", "kr", ""])
amounts = st.one_of(numbers, st.decimals(0, 10**9, places=2).map(str), st.integers(0, 10**9).map(str))
prices = st.one_of(
    st.builds("{} {}".format, amounts, currencies),
    st.builds("{}{}".format, amounts, currencies),
    st.builds("{} {}".format, currencies, amounts),
    anything,
)


@given(st.lists(prices), st.sampled_from([None, "USD", "JPY", "SEK"]), st.sampled_from(".,"))
@example(["5.49 USD", "0.00 USD", "42949672.95 USD", "42949672.94 USD", "1.299,00 EUR", "5 KWD"], "USD", ".")
def test_prices(cells: list[str], default: str | None, decimal: str) -> None:
    cells = [text.strip() for text in cells]
    minor, currency, flags = PriceReader(decimal).read(texts_of(cells), default)
    for text, value, packed, bits in zip(cells, minor.tolist(), currency.tolist(), flags.tolist(), strict=True):
        expected, codes = parse_price(text, default, decimal)
        assert bits == flags_of(codes, price.CODES), text
        assert (expected is None) == (value == price.NONE), text
        if expected is not None:
            assert (value, unpack_currency(packed)) == (expected.minor, expected.currency), text


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        (".99", 99),
        ("$.99", 99),
        (".99 USD", 99),
        ("USD .99", 99),
        (".999", None),
        ("-.99", None),
        (".", None),
        ("..9", None),
    ],
)
def test_a_price_may_begin_with_its_point(text: str, minor: int | None) -> None:
    """As Oracle writes what costs less than one."""
    price_, _ = parse_price(text, "USD")
    assert (None if price_ is None else price_.minor) == minor


def test_many_currencies_in_one_block() -> None:
    codes = ["USD", "EUR", "GBP", "JPY", "KWD", "CHF", "SEK", "NOK", "DKK", "PLN", "XYZ", "INR"]
    minor, _, _ = PriceReader().read(texts_of([f"7 {code}" for code in codes]))
    assert minor.tolist() == [700, 700, 700, 7, 7000, 700, 700, 700, 700, 700, price.NONE, 700]


zones = st.sampled_from(["Z", "", "-05:00", "+0530", " UTC", "+24:00", ".123Z", "+05:45", "\u221205:00", "z"])
times = st.one_of(
    st.builds(
        "{}{}{}".format,
        st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2999, 1, 1)).map(lambda at: at.isoformat(timespec="seconds")),
        zones,
        st.sampled_from(["", "", " ", "x"]),
    ),
    st.builds("20{:02}-{:02}-{:02}T{:02}:{:02}:{:02}{}".format, *[st.integers(0, 70)] * 6, zones),
    st.text("0123456789-:T/. Z", max_size=22),
    st.integers(0, 10**13).map(str),
    anything,
)


@given(
    st.lists(times), st.sampled_from([None, "America/New_York", "Australia/Lord_Howe"]), st.sampled_from([None, "dmy"])
)
@example(
    ["2026-11-01T01:30:00", "2026-03-08T02:30:00", "05.11.2026 06:00", "05/11/2026", "1762340400"],
    "America/New_York",
    "dmy",
)
@example(["2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z"], None, None)
@example(["2000-01-01T00:00:00Z", "2026-11-05T12:10:00Z", "2026-11-05T12:10:01Z", "202611050600"], None, None)
def test_times(cells: list[str], zone: str | None, date_order: str | None) -> None:
    zones = Zones()
    column = Cells(texts_of(cells), None)
    observed, flags = TimeReader(zones, NOON, date_order).read(column, np.full(len(cells), zones.number(zone)))
    for text, value, bits in zip(cells, observed.tolist(), flags.tolist(), strict=True):
        expected, codes = parse_time(text, find_zone(zone) if zone else None, NOON, date_order)
        assert (value, bits) == (expected, flags_of(codes, time.CODES)), text


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-05T06:00:00-05:00", "2026-11-05T11:00:00+00:00"),
        ("2026-11-05 06:00:00", "2026-11-05T11:00:00+00:00"),
        ("05.11.2026 06:00", "2026-11-05T11:00:00+00:00"),
        ("2026-11-01T01:30:00", "2026-11-01T06:30:00+00:00"),
        ("1762340400", "2025-11-05T11:00:00+00:00"),
        ("1762340400999", "2025-11-05T11:00:00+00:00"),
        ("20261105T060000Z", "2026-11-05T06:00:00+00:00"),
        ("2026/11/05 6:05 PM", "2026-11-05T12:00:00+00:00"),
        ("2027-01-01T00:00:00Z", "2026-11-05T12:00:00+00:00"),
    ],
)
def test_instants(text: str, instant: str) -> None:
    observed, _ = parse_time(text, find_zone("America/New_York"), NOON)
    assert from_observed(observed).isoformat() == instant


bodies = st.integers(0, 10**13 - 1)
valid = st.builds(
    lambda body, length: (code := f"{body:013d}"[14 - length :]) + str(check_digit(code)),
    bodies,
    st.sampled_from([8, 12, 13, 14]),
)
wrapped = st.builds(str.format, st.sampled_from(['="{}"', "'{}", "{}"]), st.one_of(valid, digits))


isbns_10 = st.from_regex(r"[0-9]{9}[0-9Xx]|[0-9]{1,3}-[0-9]{2,4}-[0-9]{2,4}-[0-9X]", fullmatch=True)


@given(st.lists(st.one_of(valid, digits, wrapped, anything, isbns_10)), st.booleans(), st.booleans(), st.booleans())
@example(["000000000-0", "3-6000-29145-2"], True, False, False)
@example(["04252614", "12345670", "8.84913E+11", "00000000", "='", '="', "2012345678900"], False, False, True)
def test_gtins(cells: list[str], pads: bool, isbns: bool, upce: bool) -> None:
    cells = [text.strip() for text in cells]
    reader = GtinReader(upce=upce)
    reader.parse_gtins(texts_of(["36000291452" if pads else "36000291453", f"030640615{2 if isbns else 3}"]))
    column = reader.parse_gtins(texts_of(cells))
    for text, product, notice in zip(cells, column.product.tolist(), column.notice.tolist(), strict=True):
        assert (product, notice) == parse_code(text, pads=pads, isbns=isbns, upce=upce), text


@given(st.one_of(valid, digits.filter(bool)))
def test_gtins_agree_with_the_domain(code: str) -> None:
    product, notice = parse_code(code)
    try:
        expected = parse_gtin(code)
    except InvalidGtin:
        # All zeros are no code, and no mistake either.
        assert notice >= gtin.SCIENTIFIC or int(code) == 0
    else:
        is_upce = len(code) == 8 and code[0] == "0"
        assert product == (0 if is_restricted(expected) and not is_upce else expected)


@pytest.mark.parametrize(
    ("code", "product"),
    [
        ("978-3-16-148410-0", 9783161484100),
        ("978 3 16 148410 0", 9783161484100),
        ("978\u20103\u201016\u2010148410\u20100", 9783161484100),
        ('="978-3-16-148410-0"', 9783161484100),
        ("0 36000 29145 2", 36000291452),
        ("978-3-16-148410-1", 0),
        ("978--3-16-148410-0", 0),
        ("-9783161484100", 0),
        ("3-6000-29145-2", 0),
    ],
)
def test_groups_of_digits_are_one_code(code: str, product: int) -> None:
    assert parse_code(code, pads=True)[0] == product
    assert GtinReader().parse_gtins(texts_of([code])).product.tolist() == [product]


@pytest.mark.parametrize(
    ("code", "product", "notice"),
    [
        ("0-306-40615-2", 9780306406157, gtin.ISBN),
        ("0 306 40615 2", 9780306406157, gtin.ISBN),
        ("0\u2010306\u201040615\u20102", 9780306406157, gtin.ISBN),
        ("080442957X", 9780804429573, gtin.ISBN),
        ("0-8044-2957-x", 9780804429573, gtin.ISBN),
        ("0-306-40615-3", 0, gtin.CHECK_DIGIT),
        ("080442957x", 9780804429573, gtin.ISBN),
        ("180442957X", 0, gtin.CHECK_DIGIT),
        ("0306406152", 0, gtin.FORMAT),
        ("030640-6152", 0, gtin.FORMAT),
    ],
)
def test_an_isbn_of_ten_digits_is_the_isbn_of_thirteen(code: str, product: int, notice: int) -> None:
    assert parse_code(code) == (product, notice)


def test_ten_digits_are_isbns_only_where_most_pass() -> None:
    good, bad = "0306406152", ["0306406153", "1234567890", "9876543219"]
    assert GtinReader().parse_gtins(texts_of([good, *bad])).notice.tolist() == [gtin.FORMAT] * 4
    reader = GtinReader()
    column = reader.parse_gtins(texts_of([good, good, bad[0], "9783161484100"]))
    assert column.notice.tolist() == [gtin.ISBN, gtin.ISBN, gtin.CHECK_DIGIT, 0]
    assert column.product.tolist() == [9780306406157, 9780306406157, 0, 9783161484100]
    assert reader.parse_gtins(texts_of(bad)).notice.tolist() == [gtin.CHECK_DIGIT] * 3


@pytest.mark.parametrize(
    "text", ["0", "000000000000", "N/A", "na", "-", "NULL", "\\N", "Does not apply", "no UPC", "'"]
)
def test_what_stands_for_no_gtin_says_nothing(text: str) -> None:
    assert parse_code(text) == (0, 0)
    column = GtinReader().parse_gtins(texts_of([text]))
    assert (column.product.tolist(), column.notice.tolist()) == ([0], [0])


def test_eleven_digits_are_padded_only_where_most_pass() -> None:
    good, bad = "36000291452", ["36000291453", "12345678901", "98765432101"]
    assert GtinReader().parse_gtins(texts_of([good, *bad])).notice.tolist() == [gtin.FORMAT] * 4
    reader = GtinReader()
    assert reader.parse_gtins(texts_of([good, good, bad[0]])).notice.tolist() == [gtin.PADDED] * 2 + [gtin.CHECK_DIGIT]
    assert reader.parse_gtins(texts_of(bad)).notice.tolist() == [gtin.CHECK_DIGIT] * 3


@pytest.mark.parametrize(
    ("text", "decimal", "whole", "fraction"),
    [
        ("1,299.00", ".", "1299", "00"),
        ("1.299,00", ".", "1299", "00"),
        ("1,200", ".", "1200", ""),
        ("1,200", ",", "1", "200"),
        ("1.234", ",", "1234", ""),
        ("5,49", ".", "5", "49"),
        ("1,29,900", ".", "129900", ""),
        ("1\u202f299,5", ",", "1299", "5"),
        ("1'299.50", ".", "1299", "50"),
        ("0,123", ".", "0", "123"),
    ],
)
def test_numbers(text: str, decimal: str, whole: str, fraction: str) -> None:
    number = split_number(text, decimal)
    assert number is not None
    assert (number.whole, number.fraction) == (whole, fraction)


@pytest.mark.parametrize("text", ["", "1,2,3", "1.2.3,4,5", "12,34.5", "1 2", "--1", "1.", "٣", "²", "1_000"])
def test_no_numbers(text: str) -> None:
    assert split_number(text, ".") is None


@given(st.lists(st.text(" \t\u00a0\u200bax", max_size=5)))
def test_cells_are_trimmed_however_they_come(values: list[str]) -> None:
    plain = pa.array(values, pa.string())
    for column in (plain, plain.dictionary_encode()):
        cells = Cells.of(column, len(values))
        assert [cells.text(row) for row in range(len(values))] == [text.strip(" \t\u00a0\u200b") for text in values]


def test_nulls_are_blank() -> None:
    for column in (pa.array(["a", None]), pa.array(["a", None]).dictionary_encode()):
        cells = Cells.of(column, 2)
        assert [cells.text(row) for row in range(2)] == ["a", ""]


def test_the_memo_is_bounded() -> None:
    read: list[str] = []

    def length(text: str) -> tuple[int]:
        read.append(text)
        return (len(text),)

    residue = Residue(length, limit=2)
    for _ in range(2):
        out = np.zeros(3, np.int64)
        residue.read_into(texts_of(["a", "bb", "ccc"]), np.ones(3, np.bool_), out)
        assert out.tolist() == [1, 2, 3]
    assert len(residue._memo) <= 2
    assert len(read) > 3


@given(st.lists(st.one_of(st.integers(0, 9), st.integers(0, 2**40))))
def test_factorize(values: list[int]) -> None:
    array = np.array(values, np.int64)
    first, number = factorize(array)
    assert array[first][number].tolist() == values
    assert len(first) == len(set(values))
