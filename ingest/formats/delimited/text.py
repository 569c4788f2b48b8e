"""A feed's bytes as UTF-8, whatever it was written in: BOM, else strict UTF-8, else the profile's encoding.

The encoding holds for the whole file, and nothing is guessed. An ASCII file is never scanned; at the
first other byte the rest is scanned once, so that a file is not begun as one encoding and ended as another.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import BinaryIO

from ingest.formats.sniff import SEND_INSTEAD, binary_look
from ingest.notices import NoticeBook, Severity
from inventory_api.domain.errors import FeedRejected

HEAD_BYTES = 256 << 10
"""Read first, whatever the block size, so that what is decided by it does not depend on the block size."""

_SCAN_BYTES = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def utf8_chunks(
    opened: Callable[[], BinaryIO],
    encoding: str,
    notices: NoticeBook,
    *,
    is_declared: bool = False,
    chunk_bytes: int,
) -> Iterator[bytes]:
    """Yield the file as chunks of UTF-8, the first ``HEAD_BYTES`` long (or all there is).

    Lines that end in a lone CR come out with LF, where the head shows that all do. A character may
    be cut by the end of a chunk only in files that are UTF-8 already.

    Args:
        opened: Gives a new, seekable stream of the file's bytes at each call.
        encoding: Of a file that has no BOM and is not UTF-8.
        notices: Gets one ``encoding_fallback`` where that was needed and not declared.
        is_declared: The sender said so. An encoding in which ASCII is not ASCII (UTF-16 without a BOM)
            is then taken at once: its bytes may be UTF-8 by chance.
        chunk_bytes: Bytes of the file in each later chunk.

    Raises:
        FeedRejected: ``not_a_feed`` where it is no text, ``encoding_invalid`` where bytes are not of the
            encoding, ``truncated`` where the file ends within a character.
    """
    with opened() as stream:
        head = _read(stream, HEAD_BYTES)
        bom, certain = next(((bom, name) for bom, name in _BOMS if head.startswith(bom)), (b"", None))
        # In another encoding its first bytes would be others.
        if (look := binary_look(head[len(bom) :])) is not None:
            raise FeedRejected("not_a_feed", f"The file is {look}; {SEND_INSTEAD}.")
        raw = _rest(head[len(bom) :], stream, chunk_bytes)
        if certain is None and is_declared and "a,\n".encode(encoding) != b"a,\n":
            certain = encoding
        told = None if is_declared else notices
        chunks = _transcoded(raw, certain) if certain else _utf8_or(encoding, raw, opened, told)
        yield from _with_newlines(chunks)


def _read(stream: BinaryIO, count: int) -> bytes:
    parts: list[bytes] = []
    while count > 0 and (part := stream.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _rest(head: bytes, stream: BinaryIO, chunk_bytes: int) -> Iterator[bytes]:
    yield head
    while chunk := stream.read(chunk_bytes):
        yield chunk


def _utf8_or(
    fallback: str, chunks: Iterator[bytes], opened: Callable[[], BinaryIO], notices: NoticeBook | None
) -> Iterator[bytes]:
    offset = 0
    for chunk in chunks:
        if not chunk.isascii():
            if _is_utf8_from(opened, offset):
                yield chunk
                yield from chunks
            else:
                if notices is not None:
                    message = f"The file is not UTF-8 and was read as {fallback}."
                    notices.add("encoding_fallback", Severity.WARNING, message=message)
                yield from _transcoded(_chain(chunk, chunks), fallback)
            return
        offset += len(chunk)
        yield chunk


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _is_utf8_from(opened: Callable[[], BinaryIO], offset: int) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    decoded_any = False
    with opened() as stream:
        stream.seek(offset)
        try:
            while chunk := stream.read(_SCAN_BYTES):
                if not chunk.isascii() or decoder.getstate()[0]:
                    decoded_any |= not decoder.decode(chunk).isascii()
        except UnicodeDecodeError:
            return False
        pending = decoder.getstate()[0]
    # A lone trailing byte is a cut character where others came through whole, and else the only
    # accented letter of a file in a one-byte encoding.
    if pending and decoded_any:
        raise FeedRejected("truncated", "The file ends in the middle of a character; send it again, whole.")
    return not pending


def _transcoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            if encoding == "utf-8" and chunk.isascii() and not decoder.getstate()[0]:
                yield chunk
            else:
                yield decoder.decode(chunk).encode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise FeedRejected("encoding_invalid", f"The file is not valid {encoding}; save it as UTF-8.") from error
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FeedRejected("truncated", "The file ends in the middle of a character; send it again, whole.") from error


def _with_newlines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head = next(chunks)
    lone_cr = b"\r" in head and b"\n" not in head
    yield head.replace(b"\r", b"\n") if lone_cr else head
    for chunk in chunks:
        yield chunk.replace(b"\r", b"\n") if lone_cr else chunk
