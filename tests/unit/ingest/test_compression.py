"""Staged files as plain bytes, whatever they are compressed with."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from ingest.formats import compression
from ingest.formats.archives import open_parts
from inventory_api.domain.errors import FeedRejected

_SEED = 7


def _zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


PACKERS = {"gzip": gzip.compress, "zstd": _zstd}


def _text(rows: int = 40) -> bytes:
    numbers = random.Random(_SEED)
    return b"store_code\tid\tquantity\n" + b"".join(
        b"US%05d\tSKU-%07d\t%d\n" % (i % 5, numbers.randrange(10**7), i) for i in range(rows)
    )


def _staged(folder: Path, content: bytes) -> Path:
    path = folder / "staged"
    path.write_bytes(content)
    return path


def _read(path: Path) -> bytes:
    (part,) = open_parts(path)
    with part.opened() as stream:
        return stream.read()


def _refusal(path: Path) -> FeedRejected:
    with pytest.raises(FeedRejected) as caught:
        _read(path)
    return caught.value


@pytest.mark.parametrize(
    "packed",
    [
        _text(),
        gzip.compress(_text()),
        gzip.compress(_text()[:300]) + gzip.compress(_text()[300:]),
        gzip.compress(_text()) + b"\0" * 512,
        _zstd(_text()),
        _zstd(_text()[:300]) + _zstd(_text()[300:]),
        _zstd(_text()) + b"\0" * 512,
    ],
    ids=["plain", "gzip", "two members", "zero padded", "zstd", "two frames", "zstd padded"],
)
def test_gives_the_text(tmp_path: Path, packed: bytes) -> None:
    assert _read(_staged(tmp_path, packed)) == _text()


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_a_text_longer_than_every_buffer(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    assert _read(_staged(tmp_path, pack(_text(200_000)))) == _text(200_000)


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_reads_again_from_any_place(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """The encoding is decided by a second look at the rest."""
    (part,) = open_parts(_staged(tmp_path, pack(_text())))
    with part.opened() as stream:
        stream.read(50)
        assert stream.seek(20) == 20
        assert stream.read() == _text()[20:]
        assert stream.seek(0, 2) == len(_text())


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_a_cut_file_never_reads_as_whole(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Cut at every byte: what is not recognized as compressed any more is not the text either."""
    packed = pack(_text())
    for length in range(4, len(packed)):
        assert _refusal(_staged(tmp_path, packed[:length])).code == "truncated", length


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@pytest.mark.parametrize("position", [30, -6, -2])
def test_a_damaged_file_is_refused(tmp_path: Path, position: int, pack: Callable[[bytes], bytes]) -> None:
    """In its data, its checksum, its length."""
    packed = bytearray(pack(_text()))
    packed[position] ^= 0x55
    assert _refusal(_staged(tmp_path, bytes(packed))).code == "truncated"


def test_what_follows_a_frame_must_be_one(tmp_path: Path) -> None:
    assert _refusal(_staged(tmp_path, _zstd(_text()) + b"more rows\n")).code == "truncated"


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_refuses_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]) -> None:
    """Unpacked to more than a real feed of its size could."""
    monkeypatch.setattr(compression, "FREE_BYTES", 1 << 20)
    assert _refusal(_staged(tmp_path, pack(b"\0" * (8 << 20)))).code == "archive_bomb"


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_allows_a_small_file_any_ratio(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """A short feed of equal rows is no attack."""
    text = b"a,b\n" * 100_000
    assert _read(_staged(tmp_path, pack(text))) == text


def test_refuses_a_plain_file_above_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds for what is not packed too."""
    monkeypatch.setattr("ingest.formats.archives.MAX_FEED_BYTES", 100)
    assert _refusal(_staged(tmp_path, _text())).code == "archive_bomb"
