"""A staged file as a stream of its decompressed bytes.

The format is told by magic bytes, never by the file's name or the sender's word for it.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from isal import igzip, isal_zlib

from ingest.formats.sniff import SEND_INSTEAD, binary_look
from inventory_api.domain.errors import FeedRejected

MAX_FEED_BYTES = 64 << 30
"""Decompressed bytes of one feed at most."""

MAX_RATIO = 200
"""Real feeds shrink 5 to 20 times; deflate's limit is 1,032."""

FREE_BYTES = 64 << 20
"""Below this a high ratio is harmless: a small file of blanks is no attack."""

_GZIP = b"\x1f\x8b"
_BUFFER_BYTES = 1 << 20
_DAMAGED: tuple[type[Exception], ...] = (igzip.BadGzipFile, isal_zlib.error)  # type: ignore[assignment]


def open_feed(path: Path) -> BinaryIO:
    """Open a staged file for reading its decompressed bytes; seekable, to be closed by the caller.

    Several gzip members in a row are one text, and zeros behind the last are padding. A damaged
    end is noticed only when it is reached: publish nothing before the stream was read to its end.

    Raises:
        FeedRejected: ``not_a_feed`` for another kind of archive or document, ``archive_bomb`` for
            a file above ``MAX_FEED_BYTES``. While reading, ``truncated`` and ``archive_bomb``.
    """
    raw = path.open("rb")
    try:
        head = raw.read(16)
        raw.seek(0)
        if head.startswith(_GZIP):
            return io.BufferedReader(_Gunzip(raw, _cap(path.stat().st_size)), _BUFFER_BYTES)
        _refuse_other_formats(head)
        if path.stat().st_size > MAX_FEED_BYTES:
            raise _bomb(MAX_FEED_BYTES)
    except BaseException:
        raw.close()
        raise
    return raw


def _cap(compressed_bytes: int) -> int:
    return min(MAX_FEED_BYTES, max(FREE_BYTES, MAX_RATIO * compressed_bytes))


def _refuse_other_formats(head: bytes) -> None:
    look = binary_look(head)
    if look is not None:
        raise FeedRejected("not_a_feed", f"The file is {look}; {SEND_INSTEAD}.")


def _bomb(cap: int) -> FeedRejected:
    return FeedRejected("archive_bomb", f"The file unpacks to more than {cap:,} bytes, the most allowed for its size.")


class _Gunzip(io.RawIOBase):
    """Reads gzip members up to a cap, and tells damage as the feed's fault."""

    def __init__(self, raw: BinaryIO, cap: int) -> None:
        super().__init__()
        self._raw = raw
        self._gzip = igzip.IGzipFile(fileobj=raw, mode="rb")  # type: ignore[no-untyped-call]
        self._cap = cap

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            count: int = self._gzip.readinto(buffer)
        except EOFError as error:
            raise FeedRejected("truncated", "The gzip file ends in the middle; send it again, whole.") from error
        except _DAMAGED as error:
            raise FeedRejected("truncated", f"The gzip file is damaged ({error}); send it again.") from error
        if self._gzip.tell() > self._cap:
            raise _bomb(self._cap)
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._gzip.seek(offset, whence))  # type: ignore[no-untyped-call]

    def tell(self) -> int:
        return int(self._gzip.tell())

    def close(self) -> None:
        if not self.closed:
            self._gzip.close()
            self._raw.close()
        super().close()
