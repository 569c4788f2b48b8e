"""Staged files as plain bytes."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from ingest.formats import compression
from ingest.formats.compression import open_feed
from inventory_api.domain.errors import FeedRejected

_SEED = 7


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
    with open_feed(path) as stream:
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
    ],
    ids=["plain", "gzip", "two members", "zero padded"],
)
def test_gives_the_text(tmp_path: Path, packed: bytes) -> None:
    """Whatever it was packed in."""
    assert _read(_staged(tmp_path, packed)) == _text()


def test_reads_again_from_any_place(tmp_path: Path) -> None:
    """The encoding is decided by a second look at the rest."""
    with open_feed(_staged(tmp_path, gzip.compress(_text()))) as stream:
        stream.read(50)
        assert stream.seek(20) == 20
        assert stream.read() == _text()[20:]


def test_a_cut_gzip_never_reads_as_whole(tmp_path: Path) -> None:
    """Cut at every byte: what is not recognized as gzip any more is not the text either."""
    packed = gzip.compress(_text())
    for length in range(2, len(packed)):
        assert _refusal(_staged(tmp_path, packed[:length])).code == "truncated", length


@pytest.mark.parametrize("position", [30, -6, -2])
def test_a_damaged_gzip_is_refused(tmp_path: Path, position: int) -> None:
    """In its data, its checksum, its length."""
    packed = bytearray(gzip.compress(_text()))
    packed[position] ^= 0x55
    assert _refusal(_staged(tmp_path, bytes(packed))).code == "truncated"


@pytest.mark.parametrize(
    ("magic", "look"),
    [
        (b"PK\x03\x04", "zip"),
        (b"%PDF-1.7", "PDF"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
        (b"\xd0\xcf\x11\xe0", "Excel"),
        (b"PAR1", "Parquet"),
    ],
)
def test_names_what_is_no_feed(tmp_path: Path, magic: bytes, look: str) -> None:
    """And says what to send instead."""
    refusal = _refusal(_staged(tmp_path, magic + b"\0" * 100))
    assert refusal.code == "not_a_feed"
    assert look in refusal.reason
    assert "UTF-8" in refusal.reason


def test_refuses_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpacked to more than a real feed of its size could."""
    monkeypatch.setattr(compression, "FREE_BYTES", 1 << 20)
    bomb = gzip.compress(b"\0" * (8 << 20))
    assert _refusal(_staged(tmp_path, bomb)).code == "archive_bomb"


def test_allows_a_small_file_any_ratio(tmp_path: Path) -> None:
    """A short feed of equal rows is no attack."""
    text = b"a,b\n" * 100_000
    assert _read(_staged(tmp_path, gzip.compress(text))) == text


def test_refuses_a_plain_file_above_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds for what is not packed too."""
    monkeypatch.setattr(compression, "MAX_FEED_BYTES", 100)
    assert _refusal(_staged(tmp_path, _text())).code == "archive_bomb"
