"""Zip and tar archives as feeds: which members count, and what is refused."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats import archives, compression
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.profile import FeedProfile
from tests.unit.ingest.reading import Read, refusal

HEADER = b"store_code\tid\tquantity\n"
FIRST, SECOND = HEADER + b"A\tTEA\t1\n", HEADER + b"B\tTEA\t2\nB\tJAM\t3\n"


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(members: Mapping[str, bytes], kind: str = "") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=f"w:{kind}") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


PACKERS: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "zip": zipped,
    "stored zip": lambda members: zipped(members, zipfile.ZIP_STORED),
    "tar": tarred,
    "tgz": lambda members: tarred(members, "gz"),
    "tar.zst": lambda members: zstandard.ZstdCompressor(write_checksum=True).compress(tarred(members)),
}
packed_each_way = pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)


@pytest.fixture
def staged(tmp_path: Path) -> Callable[[bytes], Path]:
    def stage(content: bytes) -> Path:
        path = tmp_path / "staged"
        path.write_bytes(content)
        return path

    return stage


Stage = Callable[[bytes], Path]
Pack = Callable[[Mapping[str, bytes]], bytes]


@packed_each_way
def test_the_one_member_of_data_is_the_feed(staged: Stage, pack: Pack) -> None:
    extras = {"readme.txt": b"hello", "__MACOSX/._inv.tsv": b"\0", ".DS_Store": b"\0", "inv.tsv.sha256": b"00"}
    read = Read(staged(pack({**extras, "out/inv.tsv": FIRST})))
    assert [row["id"] for row in read.rows] == ["TEA"]
    assert read.told == {}


@packed_each_way
def test_members_that_lead_outside_are_no_members(staged: Stage, pack: Pack) -> None:
    outside = ["../inv.tsv", "/etc/inv.tsv", "a/../../inv.tsv", "C:\\inv.tsv", "..\\inv.tsv"]
    path = staged(pack({**dict.fromkeys(outside, SECOND), "data/inv.tsv": FIRST}))
    assert len(Read(path, profile=FeedProfile(member_glob="*.tsv")).rows) == 1
    assert refusal(staged(pack(dict.fromkeys(outside, SECOND)))).code == "archive_member_missing"


@packed_each_way
def test_several_members_need_a_glob(staged: Stage, pack: Pack) -> None:
    path = staged(pack({"b.tsv": SECOND, "a.tsv": FIRST, "other.csv": b"x"}))
    refused = refusal(path)
    assert refused.code == "archive_member_missing"
    assert "a.tsv" in refused.reason
    read = Read(path, profile=FeedProfile(member_glob="*.tsv"))
    assert [(row["store_code"], row["id"]) for row in read.rows] == [("A", "TEA"), ("B", "TEA"), ("B", "JAM")]
    assert read.lines == [2, 2, 3]
    assert refusal(path, profile=FeedProfile(member_glob="*.xml")).code == "archive_member_missing"


def test_a_notice_says_in_which_member_it_is(staged: Stage) -> None:
    path = staged(zipped({"a.tsv": FIRST, "b.tsv": SECOND + b"B\tTEA\n"}))
    read = Read(path, profile=FeedProfile(member_glob="*.tsv"))
    assert read.told == {"column_count": [4]}
    assert read.messages[0].startswith("b.tsv: ")


def test_an_empty_part_is_none_but_all_empty_are_no_feed(staged: Stage) -> None:
    by_glob = FeedProfile(member_glob="*.tsv")
    assert len(Read(staged(zipped({"a.tsv": FIRST, "b.tsv": HEADER})), profile=by_glob).rows) == 1
    assert refusal(staged(zipped({"a.tsv": HEADER, "b.tsv": HEADER})), profile=by_glob).code == "empty_feed"


@packed_each_way
def test_members_may_be_compressed_once_more(staged: Stage, pack: Pack) -> None:
    assert len(Read(staged(pack({"inv.tsv.gz": gzip.compress(FIRST)}))).rows) == 1


@packed_each_way
@pytest.mark.parametrize("inner", [zipped({"inv.tsv": FIRST}), tarred({"inv.tsv": FIRST}), tarred({"a": FIRST}, "gz")])
def test_an_archive_within_an_archive_is_refused(staged: Stage, pack: Pack, inner: bytes) -> None:
    assert refusal(staged(pack({"inner": inner}))).code == "not_a_feed"


def test_an_archive_of_nothing(staged: Stage) -> None:
    assert refusal(staged(zipped({}))).code == "archive_member_missing"
    assert refusal(staged(tarred({"readme.md": b""}))).code == "archive_member_missing"


def test_links_and_devices_are_no_members(staged: Stage) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, kind in (("a.tsv", tarfile.SYMTYPE), ("b.tsv", tarfile.LNKTYPE), ("c.tsv", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert refusal(staged(packed.getvalue()), profile=FeedProfile(member_glob="*")).code == "archive_member_missing"

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zip_archive:
        link = zipfile.ZipInfo("a.tsv")
        link.external_attr = 0o120777 << 16
        zip_archive.writestr(link, "/etc/passwd")
    assert refusal(staged(packed.getvalue())).code == "archive_member_missing"


@pytest.mark.parametrize("pack", [zipped, PACKERS["tgz"]], ids=["zip", "tgz"])
def test_a_bomb_is_stopped(staged: Stage, monkeypatch: pytest.MonkeyPatch, pack: Pack) -> None:
    monkeypatch.setattr(compression, "FREE_BYTES", 1 << 20)
    assert refusal(staged(pack({"inv.tsv": HEADER + b"A\tTEA\t1\n" * 1_000_000}))).code == "archive_bomb"


def test_parts_that_are_harmless_one_by_one_are_a_bomb_together(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "FREE_BYTES", 1 << 20)
    one = gzip.compress(HEADER + b"A\tTEA\t1\n" * 100_000)
    members = {f"{n}.tsv.gz": one for n in range(4)}
    by_glob = FeedProfile(member_glob="*.gz")
    assert refusal(staged(zipped(members)), profile=by_glob).code == "archive_bomb"


def test_a_directory_that_lies_about_sizes_hides_nothing(staged: Stage) -> None:
    """A member that claims to end early is not cut there in silence."""
    packed = bytearray(zipped({"inv.tsv": SECOND}))
    directory = packed.rindex(b"PK\x01\x02")
    struct.pack_into("<I", packed, directory + 24, len(FIRST))
    assert len(Read(staged(bytes(packed))).rows) == 2


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar"])
def test_too_many_members(staged: Stage, monkeypatch: pytest.MonkeyPatch, pack: Pack) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    assert refusal(staged(pack({f"{n}.tsv": FIRST for n in range(4)}))).code == "archive_bomb"


def test_a_tar_header_of_gigabytes(staged: Stage) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 4 << 30
    assert refusal(staged(gzip.compress(info.tobuf() + bytes(1024)))).code == "archive_bomb"


def test_an_encrypted_member(staged: Stage) -> None:
    packed = bytearray(zipped({"inv.tsv": FIRST}))
    packed[6] |= 1
    packed[packed.rindex(b"PK\x01\x02") + 8] |= 1
    refused = refusal(staged(bytes(packed)))
    assert (refused.code, "encrypted" in refused.reason) == ("archive_unreadable", True)


def test_a_method_that_nobody_reads(staged: Stage) -> None:
    assert refusal(staged(zipped({"inv.tsv": FIRST}, zipfile.ZIP_BZIP2))).code == "archive_unreadable"


@packed_each_way
def test_an_archive_cut_at_any_byte_never_reads_as_whole(staged: Stage, pack: Pack) -> None:
    """A tar archive may lack some of the zeros that pad it."""
    packed = pack({"inv.tsv": SECOND})
    whole = len(packed)
    if packed.startswith(b"inv.tsv"):
        whole = len(packed.rstrip(b"\0")) // 512 * 512 + 1024
    step = max(1, len(packed) // 2000)
    for length in range(4, whole, step):
        with pytest.raises(FeedRejected) as caught:
            Read(staged(packed[:length]))
        recognized = packed[:2] != b"in" or length > 512
        assert caught.value.code == "truncated" or not recognized, length


def manifest(files: list[dict[str, Any]], **others: Any) -> bytes:
    return json.dumps({"feed": "acme", "kind": "full", "sequence": 3, "files": files} | others).encode()


def listed(name: str, content: bytes, rows: int, **others: Any) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"name": name, "bytes": len(content), "rows": rows, "sha256": digest} | others


PARTS = {"inv-1.tsv.gz": gzip.compress(FIRST, mtime=0), "inv-0.tsv.gz": gzip.compress(SECOND, mtime=0)}
FILES = [listed("inv-1.tsv.gz", PARTS["inv-1.tsv.gz"], 1), listed("inv-0.tsv.gz", PARTS["inv-0.tsv.gz"], 2)]


@packed_each_way
def test_a_manifest_lists_the_parts_in_order(staged: Stage, pack: Pack) -> None:
    read = Read(staged(pack({"feed_manifest.json": manifest(FILES), **PARTS})))
    assert [row["store_code"] for row in read.rows] == ["A", "B", "B"]


@pytest.mark.parametrize(
    ("document", "members", "code"),
    [
        (manifest([FILES[0]]), PARTS, "manifest_mismatch"),
        (manifest([*FILES, listed("inv-2.tsv.gz", b"", 0)]), PARTS, "manifest_mismatch"),
        (manifest([FILES[0], FILES[1] | {"rows": 3}]), PARTS, "manifest_mismatch"),
        (manifest([FILES[0], FILES[1] | {"bytes": 1}]), PARTS, "manifest_mismatch"),
        (manifest([FILES[0], FILES[1] | {"sha256": "00"}]), PARTS, "checksum_mismatch"),
        (manifest(FILES, kind="delta"), PARTS, "manifest_mismatch"),
        (manifest([]), PARTS, "manifest_mismatch"),
        (b"{", PARTS, "manifest_mismatch"),
        (b"[]", PARTS, "manifest_mismatch"),
    ],
    ids=["not listed", "not there", "rows", "bytes", "hash", "mode", "no files", "cut", "another document"],
)
def test_what_disagrees_with_its_manifest_is_refused(
    staged: Stage, document: bytes, members: dict[str, bytes], code: str
) -> None:
    assert refusal(staged(zipped({"feed_manifest.json": document, **members}))).code == code


def test_a_member_whose_name_was_damaged_away(staged: Stage) -> None:
    packed = zipped({"a.tsv": FIRST})
    at = packed.rindex(b"a.tsv")
    assert refusal(staged(packed[:at] + b"\0" + packed[at + 1 :])).code == "truncated"


_SEEDS = [pack({"a.tsv": FIRST, "b.tsv": SECOND}) for pack in PACKERS.values()]


@settings(max_examples=150)
@given(
    seed=st.sampled_from(_SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_damaged_archives_give_rows_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, seed: bytes, changes: list[tuple[int, int]]
) -> None:
    damaged = bytearray(seed)
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    path = tmp_path_factory.mktemp("fuzz") / "staged"
    path.write_bytes(bytes(damaged))
    with contextlib.suppress(FeedRejected):
        Read(path, profile=FeedProfile(member_glob="*.tsv"))
