"""Compressed bytes as a stream of the plain ones: gzip, Zstandard, and the members that archives hold.

What a file is packed in is told by magic bytes, never by its name or the sender's word for it. Every
stream ends in one of two ways: whole and verified, or refused.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol, TypeVar

import zstandard
from isal import igzip, isal_zlib

from inventory_api.domain.errors import FeedRejected

MAX_FEED_BYTES = 64 << 30
"""Decompressed bytes of one feed at most."""

MAX_RATIO = 200
"""Real feeds shrink 5 to 20 times; deflate's limit is 1,032."""

FREE_BYTES = 64 << 20
"""Below this a high ratio is harmless: a small file of blanks is no attack."""

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"

_BUFFER_BYTES = 1 << 20
_ZSTD_INPUT_BYTES = 2 << 10
"""A frame of equal bytes grows 40,000 times, and what one call gives back is bounded by what it was given."""

_ZSTD_MAX_WINDOW = 128 << 20
_DAMAGED: tuple[type[Exception], ...] = (  # type: ignore[assignment]
    igzip.BadGzipFile,
    isal_zlib.error,
    zstandard.ZstdError,
    zipfile.BadZipFile,
    tarfile.ReadError,
    zlib.error,
)

_Result = TypeVar("_Result")

Opened = Callable[[], BinaryIO]
"""Gives a new, seekable stream at each call."""


class Allowance:
    """The decompressed bytes that a staged file may still give; a bomb is stopped where it exceeds them.

    Args:
        staged_bytes: The size of the file as it came.
        at_most: Whatever its size; None: ``MAX_FEED_BYTES``.
    """

    def __init__(self, staged_bytes: int, *, at_most: int | None = None) -> None:
        self.cap = min(at_most or MAX_FEED_BYTES, max(FREE_BYTES, MAX_RATIO * staged_bytes))
        self._left = self.cap

    def meter(self) -> Callable[[int], None]:
        """Counts one part of the feed, however often it is read again; told the position reached.

        Raises (when told):
            FeedRejected: ``archive_bomb``.
        """
        reached = 0

        def tell(position: int) -> None:
            nonlocal reached
            if position > reached:
                self._left -= position - reached
                reached = position
            if self._left < 0:
                reason = f"The file unpacks to more than {self.cap:,} bytes, the most allowed for its size."
                raise FeedRejected("archive_bomb", reason)

        return tell


def decompressed(opened: Opened, meter: Callable[[int], None]) -> Opened:
    """The same bytes, decompressed where they are gzip or Zstandard.

    Several gzip members or frames in a row are one text, and zeros behind the last are padding. A
    damaged end is noticed only when it is reached: publish nothing before a stream was read to its end.

    Args:
        opened: The stored bytes.
        meter: Of an ``Allowance``; told how far the decompressed ones were read.
    """
    with opened() as stream:
        head = stream.read(4)
    if head.startswith(GZIP):
        return lambda: Unpacked(lambda: _Gzip(opened()), meter).buffered()
    if head == ZSTD:
        return lambda: Unpacked(lambda: _Zstd(opened()), meter).buffered()
    return opened


def random_access(opened: Opened) -> BinaryIO:
    """A stream that is cheap to seek in: what is packed is unpacked to a temporary file without a name."""
    stream = opened()
    if not isinstance(getattr(stream, "raw", None), Unpacked):
        return stream
    with stream:
        spooled = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's to close
        try:
            shutil.copyfileobj(stream, spooled, _BUFFER_BYTES)
            spooled.seek(0)
        except BaseException:
            spooled.close()
            raise
    return spooled


class Source(Protocol):
    """What ``Unpacked`` reads: forward only, EOFError where the end is missing."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill a part of the buffer; 0 at the verified end."""

    def close(self) -> None:
        """Close what lies below, too."""


class Unpacked(io.RawIOBase):
    """A stream of unpacked bytes: metered, seekable by reading (again), its damage told as the feed's fault.

    Args:
        start: Opens the source at its beginning.
        meter: Told each position reached.
        what: What it is, for the sentence that its sender reads.
    """

    def __init__(self, start: Callable[[], Source], meter: Callable[[int], None], what: str = "file") -> None:
        super().__init__()
        self._start = start
        self._meter = meter
        self._what = what
        self._source = self._guarded(start)
        self._position = 0

    def buffered(self) -> BinaryIO:
        """The stream as it is used."""
        return io.BufferedReader(self, _BUFFER_BYTES)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is; going back costs reading from the beginning."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read on. Raises FeedRejected: ``truncated``, ``archive_bomb``."""
        count: int = self._guarded(lambda: self._source.readinto(memoryview(buffer)))
        self._position += count
        self._meter(self._position)
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position; from the end only by reading all of it."""
        target = offset + (self._position if whence == io.SEEK_CUR else 0)
        if whence == io.SEEK_END:
            while self._skip(_BUFFER_BYTES):
                pass
            target = self._position + offset
        if target < self._position:
            self._source.close()
            self._source, self._position = self._guarded(self._start), 0
        while self._position < target and self._skip(target - self._position):
            pass
        return self._position

    def tell(self) -> int:
        """Position in the unpacked bytes."""
        return self._position

    def close(self) -> None:
        """Close the source, too."""
        if not self.closed:
            self._source.close()
        super().close()

    def _skip(self, count: int) -> int:
        return self.readinto(bytearray(min(count, _BUFFER_BYTES)))

    def _guarded(self, act: Callable[[], _Result]) -> _Result:
        try:
            return act()
        except EOFError as error:
            reason = f"The compressed {self._what} ends in the middle; send it again, whole."
            raise FeedRejected("truncated", reason) from error
        except _DAMAGED as error:
            reason = f"The compressed {self._what} is damaged ({error}); send it again."
            raise FeedRejected("truncated", reason) from error


class _Gzip:
    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._gzip = igzip.IGzipFile(fileobj=raw, mode="rb")  # type: ignore[no-untyped-call]

    def readinto(self, buffer: memoryview) -> int:
        return int(self._gzip.readinto(buffer))

    def close(self) -> None:
        self._gzip.close()
        self._raw.close()


class _Zstd:
    """Frames in a row. The library's own stream reader takes a cut frame for a whole one."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._input = b""
        self._output = memoryview(b"")

    def readinto(self, buffer: memoryview) -> int:
        while not self._output:
            if not self._input:
                self._input = self._raw.read(_ZSTD_INPUT_BYTES)
            if not self._input:
                if self._frame is not None:
                    raise EOFError
                return 0
            self._advance()
        count = min(len(buffer), len(self._output))
        buffer[:count] = self._output[:count]
        self._output = self._output[count:]
        return count

    def _advance(self) -> None:
        if self._frame is None:
            self._input = self._input.lstrip(b"\0")
            if not self._input:
                return
            self._frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_MAX_WINDOW).decompressobj()
        self._output = memoryview(self._frame.decompress(self._input))
        self._input = b""
        if self._frame.eof:
            self._input, self._frame = self._frame.unused_data, None

    def close(self) -> None:
        self._raw.close()
