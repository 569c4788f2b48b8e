"""EDI as segments: any delimiters and line ends, exact places of faults, counts that show what is missing."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest
import x12
from hypothesis import given
from hypothesis import strategies as st
from pyx12.x12file import X12Reader

from ingest.formats.edi import read_edi, segments
from ingest.formats.edi.segments import Segment, read_segments
from ingest.formats.feed import read_feed
from ingest.formats.sniff import format_of
from ingest.notices import NoticeBook
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedFormat
from tests.unit.ingest.edi import EAN, UPC, X12, Elements, activity, context, edifact, inquiry, read

LIN = f"LIN*1*UP*{UPC}*SK*S1"
SMALL = [inquiry(LIN, "SDQ*EA*92*A*1*B*2", "CTT*1"), activity(LIN, "ZA*QA", "SDQ*EA*92*A*3")]
REPORT = ["DTM+137:202611050600:203", f"LIN+1++{EAN}:SRV", "QTY+145:7", "LOC+14+A", "CNT+2:1"]
SMALL_ROWS = [("A", "S1", UPC, "1"), ("B", "S1", UPC, "2"), ("A", "S1", UPC, "3")]


def split(content: bytes) -> list[Segment]:
    """The segments of a file."""
    return list(read_segments(io.BytesIO(content), fallback="cp1252", notices=NoticeBook()))


def refusal(content: str | bytes) -> FeedRejected:
    """Why a file is refused."""
    with pytest.raises(FeedRejected) as caught:
        read(content)
    return caught.value


@pytest.mark.parametrize(
    "style",
    [
        X12(),
        X12(after=""),
        X12(after="\r\n"),
        X12(terminator="\n", after=""),
        X12(terminator="\r", after="\n"),
        X12(terminator="\r", after=""),
        X12(terminator="\n", after="  "),
        X12(terminator="\n", after="\n\n"),
        X12(after="\r"),
        X12(element="~", component=":", terminator="?"),
        X12(element="|", component="^", terminator="\x1d", after="", version="00501"),
        X12(element="\x1d", component="\x1f", terminator="\x1c", after=""),
        X12(element="\t", component=":", terminator="'"),
        X12(element="\xa6", component="\xa4", terminator="\xac"),
    ],
)
def test_any_delimiters_are_read(style: X12) -> None:
    text = "\r\n " + style.interchange(SMALL[:1], SMALL[1:]) + style.interchange(SMALL, number=102) + "\r\n\x1a"

    assert read(text.encode("latin-1")).rows == SMALL_ROWS * 2


def test_each_interchange_has_delimiters_of_its_own() -> None:
    styles = [X12(), X12(element="|", terminator="!", after=""), X12(element="~", terminator="\n", after="")]
    text = "".join(style.interchange(SMALL) for style in styles) + edifact(REPORT) + styles[1].interchange(SMALL)

    assert len(read(text).rows) == 13


@pytest.mark.parametrize(
    ("una", "old", "new"),
    [
        ("", "", ""),
        ("UNA:+.? '", "", ""),
        ("UNA:+,? '\n", "", ""),
        ("UNA:|.? ~", "+'", "|~"),
        ("UNA;+.# \x1c", ":'", ";\x1c"),
        ("UNA:+.  '", "", ""),
        ("", "+:'", "\x1d\x1f\x1c"),
        ("UNA:+.*'\n", "'", "\n"),
    ],
)
def test_any_delimiters_of_edifact_are_read(una: str, old: str, new: str) -> None:
    text = edifact(REPORT, una="").translate(str.maketrans(old, new))

    assert [row[3] for row in read("\ufeff \n" + una + text).rows] == ["7"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n  "])
def test_newlines_may_end_segments_of_edifact(end: str) -> None:
    text = edifact(REPORT, REPORT, una="").replace("'\n", end)

    assert [row[3] for row in read(text).rows] == ["7", "7"]
    assert [row[3] for row in read("UNA:+.? '\n" + text).rows] == ["7", "7"]
    assert [row[3] for row in read(text.rstrip()).rows] == ["7", "7"]


def test_segments_broken_into_lines_of_eighty_are_joined() -> None:
    plain = X12(after="").interchange(SMALL)
    wrapped = "\r\n".join(plain[at : at + 80] for at in range(0, len(plain), 80))

    assert read(wrapped).rows == SMALL_ROWS


def test_released_delimiters_are_plain_characters() -> None:
    body = [*REPORT[:2], "PIA+1+A?'B?+C?:D??:SA", *REPORT[2:]]

    assert read(edifact(body)).rows[0][1] == "A'B+C:D?"
    assert read(edifact([*body[:2], "PIA+1+A??:SA'IMD+F++:::X??", *body[3:]]).replace("UNT+8", "UNT+9")).rows


def test_what_is_told_of_a_fault_is_short_and_can_be_written_down() -> None:
    text = edifact(REPORT)
    for broken in (text.replace("UNT+7+1", f"UNT+7+{'?+' * 9999}"), text[: text.index("UNT")] + "?'" * 9999):
        fault = refusal(broken)
        assert len(fault.reason.encode()) < 300


@pytest.mark.timeout(20)
def test_what_repeats_without_end_costs_no_more_than_its_length() -> None:
    released = "IMD+F++" + "?'" * 400_000
    codes = ["PIA+1+S1:SA+B1:IN"] * 100_000

    assert len(read(edifact([*REPORT[:2], released, *REPORT[2:]])).rows) == 1
    assert [row[1] for row in read(edifact([*REPORT[:2], *codes, *REPORT[2:]])).rows] == ["B1"]


def test_an_isa_whose_fields_are_not_padded_is_read() -> None:
    assert read(X12().interchange(SMALL).replace("RETAILERUS     ", "RETAILERUS")).rows == SMALL_ROWS


@pytest.mark.parametrize(
    ("level", "encoding"),
    [("UNOC", "iso8859-1"), ("UNOD", "iso8859-2"), ("UNOY", "utf-8"), ("UNOW", "utf-8"), ("UNOA", "utf-8")],
)
def test_the_encoding_is_that_of_the_level(level: str, encoding: str) -> None:
    text = edifact([*REPORT[:2], "PIA+1+Größe:SA", *REPORT[2:]], level=level)
    reading = read(text.encode(encoding))

    assert reading.rows[0][1] == "Größe"
    assert reading.notices == []


def test_bytes_of_another_encoding_are_read_as_the_profiles_with_one_notice() -> None:
    text = X12().interchange([inquiry("LIN*1*SK*Größe", "SDQ*EA*92*Köln*1*Ulm*2")])
    reading = read(text.encode("cp1252"))

    assert [row[0] for row in reading.rows] == ["Köln", "Ulm"]
    assert reading.notices == [("warning", "encoding_fallback", 5)]
    assert read(text.encode()).notices == []
    feed = dataclasses.replace(context(), encoding="utf-8")
    with pytest.raises(FeedRejected) as caught:
        read(text.encode("cp1252"), feed)
    assert (caught.value.code, caught.value.line) == ("encoding_invalid", 5)


def test_lines_and_numbers_of_segments_are_exact() -> None:
    text = "\n\n" + X12(after="\n\n").interchange([SMALL[0]])
    one_line = X12(after="").interchange([SMALL[0]])

    assert [(s.line, s.number) for s in split(text.encode())] == [(3 + 2 * n, n + 1) for n in range(10)]
    assert [(s.line, s.number) for s in split(one_line.encode())] == [(1, n + 1) for n in range(10)]
    assert [(s.line, s.number) for s in split(("UNA:+.? '\r\n" + edifact(REPORT, una="")).encode())][:2] == [
        (2, 1),
        (3, 2),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("SE*6*0001", "SE*7*0001", 8, "Segment 8 (SE): it counts 7 segments, the file has 6."),
        ("SE*6*0001", "SE*6*0009", 8, "Segment 8 (SE): its control number is '0009', that of its ST '0001'."),
        ("SE*6*0001", "SE**0001", 8, "Segment 8 (SE): it counts no segments, the file has 6."),
        ("SE*6*0001", "SE*\u0666*0001", 8, "Segment 8 (SE): it counts \u0666 segments, the file has 6."),
        ("SE*6*0001~\n", "", 8, "Segment 8 (ST): SE is missing before it."),
        ("CTT*1", "CTT*2", 7, "Segment 7 (CTT): it counts 2 lines, the message has 1."),
        ("GE*2*1", "GE*1*1", 15, "Segment 15 (GE): it counts 1 transaction sets, the file has 2."),
        ("GE*2*1", "GE*2*7", 15, "Segment 15 (GE): its control number is '7', that of its GS '1'."),
        ("GE*2*1~\n", "", 15, "Segment 15 (IEA): GE is missing before it."),
        ("IEA*1*", "IEA*2*", 16, "Segment 16 (IEA): it counts 2 groups, the file has 1."),
        ("IEA*1*000000101", "IEA*1*000000102", 16, "its control number is '000000102'"),
        ("ST*846*0001~\n", "SE*1*1~\n", 3, "Segment 3 (SE): GE is missing before it."),
    ],
)
def test_a_count_that_does_not_fit_refuses_the_file(old: str, new: str, line: int, reason: str) -> None:
    text = X12().interchange(SMALL)
    assert text.count(old) == 1
    fault = refusal(text.replace(old, new))

    assert (fault.code, fault.line) == ("control_count", line)
    assert reason in fault.reason


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [("UNT+7+1", "UNT+8+1", 8), ("UNT+7+1", "UNT+7+2", 8), ("CNT+2:1", "CNT+2:3", 7), ("UNZ+1", "UNZ+2", 9)],
)
def test_counts_of_edifact_are_checked(old: str, new: str, line: int) -> None:
    fault = refusal(edifact(REPORT).replace(old, new))

    assert (fault.code, fault.line) == ("control_count", line - (old[:3] == "UNA"))


def test_groups_of_edifact_are_counted() -> None:
    grouped = (
        edifact(REPORT)
        .replace("UNH+1", "UNG+INVRPT+S+R+261105:0610+G7+UN+D:01B'\nUNH+1")
        .replace("UNZ", "UNE+1+G7'\nUNZ")
    )

    assert len(read(grouped).rows) == 1
    assert refusal(grouped.replace("UNE+1+G7", "UNE+2+G7")).code == "control_count"
    assert refusal(grouped.replace("UNE+1+G7", "UNE+1+G8")).code == "control_count"


@pytest.mark.parametrize(
    "text", [X12().interchange(SMALL), edifact(REPORT, REPORT), edifact(REPORT, una="").replace("'\n", "\n")]
)
def test_a_file_cut_anywhere_is_truncated(text: str) -> None:
    whole = len(text.rstrip("~'\n"))
    for length in range(1, whole):
        fault = refusal(text[:length])
        assert fault.code == "truncated", text[max(0, length - 40) : length]
    for length in range(whole, len(text) + 1):
        assert read(text[:length]).rows


def test_a_zipped_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    zipped = gzip.compress(X12().interchange(SMALL).encode(), mtime=0)
    path = tmp_path / "feed"

    def take(length: int) -> None:
        path.write_bytes(zipped[:length])
        for _ in read_feed(path, kind=FeedKind.INVENTORY, context=context(), notices=NoticeBook()):
            pass

    take(len(zipped))
    for length in range(len(zipped)):
        with pytest.raises(FeedRejected):
            take(length)


@pytest.mark.parametrize(
    "text", ["store,id\n1,2\n", "ISAAC,1\n", "ISA*00*", "UNB", "hello", X12().interchange(SMALL) + "x"]
)
def test_what_is_no_interchange_is_refused(text: str) -> None:
    assert refusal(text).code in ("not_a_feed", "truncated")
    assert refusal(text + "," * 5000).code == "not_a_feed"


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_an_empty_file_is_an_empty_feed(text: str) -> None:
    assert refusal(text).code == "empty_feed"


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        (X12().interchange(SMALL), FeedFormat.X12),
        (X12(element="|", terminator="\x1d", after="").interchange(SMALL), FeedFormat.X12),
        (X12(element="\t").interchange(SMALL), FeedFormat.X12),
        (edifact(REPORT), FeedFormat.EDIFACT),
        (edifact(REPORT, una="UNA;#,! ~").translate(str.maketrans("+:", "#;")), FeedFormat.EDIFACT),
        (edifact(REPORT, una=""), FeedFormat.EDIFACT),
        (edifact(REPORT, una="").translate(str.maketrans("+:'", "\x1d\x1f\x1c")), FeedFormat.EDIFACT),
        ("isa,store_code,id\n", FeedFormat.DELIMITED),
        ("ISA,store_code,id\n", FeedFormat.DELIMITED),
        ("UNA\tstore_code\n", FeedFormat.DELIMITED),
        ("unb+x,store_code\n", FeedFormat.DELIMITED),
    ],
)
@pytest.mark.parametrize("before", [b"", b"\n\r\n  ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n", b" " * 300])
def test_the_format_is_told_by_its_first_bytes(text: str, format_: FeedFormat, before: bytes) -> None:
    assert format_of(before + text.encode()) is format_


class _Endless(io.RawIOBase):
    """A file made while it is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._left = b""
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self._left = self._left or next(self._parts, b"")
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        self.given += count
        return count


def test_memory_does_not_grow_with_the_file() -> None:
    sdq = b"SDQ*EA*92*" + b"*".join(b"%05d*%d" % (n, n) for n in range(10)) + b"~\n"
    begin, end = X12().interchange([inquiry(LIN)]).encode().split(b"SE*4*0001~\n")

    def parts(count: int) -> Iterator[bytes]:
        yield begin
        for _ in range(count):
            yield sdq
        yield b"SE*%d*0001~\n" % (count + 4) + end

    def peak(count: int) -> int:
        stream = cast("BinaryIO", io.BufferedReader(_Endless(parts(count))))
        tracemalloc.start()
        for _ in read_edi(lambda: stream, kind=FeedKind.INVENTORY, context=context(), notices=NoticeBook()):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    # From two batches on: the first grows while the one before it is still held.
    assert peak(45_000) < 1.1 * peak(15_000)


def test_a_segment_without_end_is_refused_before_it_fills_the_memory() -> None:
    endless = _Endless(iter([X12().interchange(SMALL).encode()[:300], *[b"x" * 4096] * 9999]))

    with pytest.raises(FeedRejected) as caught:
        list(read_segments(io.BufferedReader(endless), fallback="cp1252", notices=NoticeBook()))
    assert caught.value.code == "not_a_feed"
    assert endless.given < 3 * segments.MAX_SEGMENT_CHARS


WORDS = st.text("ABCXYZ0123456789 .-/()&äß", max_size=6).map(lambda text: f"A{text}".strip())
DELIMITERS = st.permutations("*|~!^:>'\x1c\x1d\x1f").map(lambda chars: chars[:3])


@st.composite
def interchanges(draw: st.DrawFn) -> tuple[X12, str]:
    """Whole interchanges with any delimiters and segments of any kind."""
    element, component, terminator = draw(DELIMITERS)
    after = draw(st.sampled_from(["", "\n", "\r\n"]))
    style = X12(element, component, terminator, after, draw(st.sampled_from(["00401", "00501"])))
    tags = st.sampled_from(["LIN", "SDQ", "QTY", "N1", "BIA", "REF", "XQ", "ZA", "PID", "DTM"])
    body = st.lists(
        st.builds(lambda tag, words: [tag, *words], tags, st.lists(WORDS, min_size=1, max_size=24)), max_size=6
    )
    kinds = st.sampled_from(["846", "852", "810"])
    sets = st.builds(lambda kind, lines: [[kind], *lines], kinds, body)
    groups: list[list[list[Elements]]] = draw(st.lists(st.lists(sets, min_size=1, max_size=3), min_size=1, max_size=3))
    return style, style.interchange(*groups)


@given(interchanges(), st.sampled_from([1, 7, 100, 5000]))
def test_segments_are_those_of_other_readers(made: tuple[X12, str], block: int) -> None:
    _, text = made
    raw = text.encode("latin-1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "_BLOCK_BYTES", block)
        ours = [s.elements for s in read_segments(io.BytesIO(raw), fallback="latin-1", notices=NoticeBook())]

    theirs = [[s.tag, *(e.decode("latin-1") for e in s.elements)] for s in x12.tokenize_x12(raw).segments]
    assert ours == theirs
    reader = X12Reader(io.StringIO(text))
    seen = [s.format("", reader.ele_term, reader.subele_term).split(reader.ele_term) for s in reader]
    reader.cleanup()
    assert [e[0] for e in ours] == [e[0] for e in seen]
    assert [e for e in ours if e[0] == "SDQ"] == [e for e in seen if e[0] == "SDQ"]
    # Other codes are about the syntax of single fields: our words are no valid article numbers or dates.
    assert not [error for error in reader.pop_errors() if error[1] in {"001", "021", "023", "024", "3", "4", "5"}]


@given(interchanges(), st.data())
def test_a_damaged_interchange_is_refused_and_nothing_else(made: tuple[X12, str], data: st.DataObject) -> None:
    raw = bytearray(made[1].encode("latin-1"))
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with contextlib.suppress(FeedRejected):
        read(bytes(raw))


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*REPORT, "INV+1", "NAD+BY+X", "PIA+5", "LIN", "QTY", "LOC+14", "DTM+137:2026:102", "DTM"]),
            st.text("+:?'é\n", max_size=4),
        ),
        max_size=12,
    ),
    st.data(),
)
def test_a_damaged_report_is_refused_and_nothing_else(body: list[tuple[str, str]], data: st.DataObject) -> None:
    raw = bytearray(edifact([line + tail for line, tail in body]).encode("latin-1"))
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with contextlib.suppress(FeedRejected):
        read(bytes(raw))
