"""A staged file as the parts of one feed: itself, or the members of the archive that it is.

Members are read where they lie: none is unpacked to disk, so that a member's name never becomes a path.
"""

from __future__ import annotations

import copy
import io
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ingest.formats.compression import MAX_FEED_BYTES, Allowance, Opened, Unpacked, decompressed
from ingest.formats.manifest import MANIFEST_NAME, Manifest, read_manifest, verify_bytes
from inventory_api.domain.errors import FeedRejected

MAX_MEMBERS = 10_000
"""Of an archive; a feed has a handful."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TAR_MAGIC = slice(257, 262)
_MAX_HEADER_BYTES = 1 << 20
"""Of a tar member: names and attributes are short, but their length is whatever the header says."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NO_DATA_STEMS = ("readme", "license", "licence", "copying", "changelog", "thumbs.db")
_NO_DATA_SUFFIXES = (".md", ".pdf", ".md5", ".sha1", ".sha256", ".asc", ".sig", ".done", ".ok", ".log")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a feed.

    Attributes:
        name: Within its archive; None for the staged file itself.
        opened: Gives its decompressed bytes.
        rows: How many it must have, where a manifest says so.
    """

    name: str | None
    opened: Opened
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class _Member:
    """A regular file within an archive, whose name leads nowhere outside."""

    name: str
    opened: Opened


def open_parts(path: Path, *, member_glob: str | None = None, is_full: bool = True) -> list[Part]:
    """Tell what a staged file is packed in, and open its parts.

    Gzip, Zstandard, zip and tar (plain or compressed) are unpacked; members may be compressed once
    more, but an archive within an archive is left to be refused by whoever reads it as a feed.

    Args:
        path: The file as it came.
        member_glob: Which members are the feed, as ``PurePath.match`` (a pattern without a slash
            matches in any folder); several are its parts in the order of their names. None: the
            archive's ``feed_manifest.json`` lists them, or it holds a single file of data.
        is_full: Whether the feed was sent as a full one, which a manifest must confirm.

    Raises:
        FeedRejected: ``archive_member_missing``, ``archive_unreadable`` (encrypted, or packed by a
            method that we do not read), ``archive_bomb``, ``truncated``, ``checksum_mismatch``,
            ``manifest_mismatch``. While the parts are read, ``truncated`` and ``archive_bomb``.
    """
    size = path.stat().st_size
    if size > MAX_FEED_BYTES:
        raise FeedRejected("archive_bomb", f"The file has {size:,} bytes; at most {MAX_FEED_BYTES:,} are read.")
    allowance = Allowance(size)

    def staged() -> BinaryIO:
        return path.open("rb")

    with staged() as stream:
        is_zip = stream.read(4) in _ZIP
    if is_zip:
        members = _zip_members(path, allowance)
        return [Part(None, staged)] if members is None else _chosen(members, member_glob, is_full, allowance)
    plain = decompressed(staged, allowance.meter())
    with plain() as stream:
        is_tar = stream.read(512)[_TAR_MAGIC] == b"ustar"
    return _chosen(_tar_members(plain), member_glob, is_full, allowance) if is_tar else [Part(None, plain)]


def _chosen(members: dict[str, _Member], glob: str | None, is_full: bool, allowance: Allowance) -> list[Part]:
    manifest = next((m for name, m in members.items() if PurePosixPath(name).name == MANIFEST_NAME), None)
    if glob is not None:
        names = [name for name in members if PurePosixPath(name).match(glob) and members[name] is not manifest]
        if not names:
            raise _missing(f"No member matches {glob!r}", members)
    else:
        names = [name for name in members if _may_be_data(name) and members[name] is not manifest]
        if not names:
            raise _missing("It holds no file of data", members)
        if len(names) > 1 and manifest is None:
            raise _missing("Several members may be the feed, and no member_glob says which", members)
    chosen = [members[name] for name in sorted(names)]
    if manifest is None:
        return [Part(_shown(m.name), decompressed(m.opened, allowance.meter())) for m in chosen]
    return _listed(chosen, read_manifest(manifest.opened), is_full, allowance)


def _listed(chosen: list[_Member], manifest: Manifest, is_full: bool, allowance: Allowance) -> list[Part]:
    """The parts in the manifest's order, each as it says, and none besides."""
    manifest.expect(is_full=is_full)
    there = {PurePosixPath(member.name).name: member for member in chosen}
    listed = {PurePosixPath(file.name).name: file for file in manifest.files}
    for word, names in (("lacks", listed.keys() - there.keys()), ("has besides", there.keys() - listed.keys())):
        if names:
            reason = f"The archive {word} what its {MANIFEST_NAME} lists: {_list(sorted(names))}."
            raise FeedRejected("manifest_mismatch", reason)
    for name, file in listed.items():
        verify_bytes(there[name].opened, file)
    return [
        Part(_shown(name), decompressed(there[name].opened, allowance.meter()), file.rows)
        for name, file in listed.items()
    ]


def _may_be_data(name: str) -> bool:
    last = PurePosixPath(name).name.lower()
    return not (last.startswith(_NO_DATA_STEMS) or last.endswith(_NO_DATA_SUFFIXES) or last == MANIFEST_NAME)


def _is_safe(name: str) -> bool:
    """Neither leads outside, nor is what operating systems hide in archives."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return bool(parts) and not (hidden or name.startswith("/") or "\\" in name or ":" in name or "\0" in name)


def _missing(reason: str, members: dict[str, _Member]) -> FeedRejected:
    return FeedRejected("archive_member_missing", f"{reason}. The archive holds: {_list(list(members)) or 'nothing'}.")


def _list(names: list[str]) -> str:
    return ", ".join(map(_shown, names[:10])) + (f" and {len(names) - 10:,} more" if len(names) > 10 else "")


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in name[:80])


def _too_many() -> FeedRejected:
    return FeedRejected("archive_bomb", f"The archive has more than {MAX_MEMBERS:,} members.")


def _zip_members(path: Path, allowance: Allowance) -> dict[str, _Member] | None:
    """The members by name; None for a workbook, which is a zip archive by its nature.

    Of members of one name the last counts, as unpacking them would leave it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        reason = f"The zip archive is damaged or its end is missing ({error}); send it again."
        raise FeedRejected("truncated", reason) from error
    size = path.stat().st_size
    names = {info.filename for info in infos}
    if "[Content_Types].xml" in names and any(name.startswith(("xl/", "xl\\")) for name in names):
        return None
    if len(infos) > MAX_MEMBERS:
        raise _too_many()
    # Python's own is_dir() fails on a name that damage left empty.
    if any(not 0 <= info.header_offset < size or not info.filename for info in infos):
        raise FeedRejected("truncated", "The zip archive is damaged: a member lies nowhere in it; send it again.")
    found = [info for info in infos if not info.is_dir() and not _is_link(info) and _is_safe(info.filename)]
    return {info.filename: _Member(info.filename, _zip_opener(path, info, allowance.meter())) for info in found}


def _is_link(info: zipfile.ZipInfo) -> bool:
    return info.external_attr >> 28 == 0xA


def _zip_opener(path: Path, info: zipfile.ZipInfo, meter: Callable[[int], None]) -> Opened:
    # Read to where the data end, whatever size the directory claims: the checksum is then that of all of it.
    whole = copy.copy(info)
    whole.file_size = sys.maxsize

    def start() -> _ZipMember:
        if info.flag_bits & 1:
            raise FeedRejected("archive_unreadable", f"The member {_shown(info.filename)} is encrypted.")
        if info.compress_type not in _METHODS:
            reason = f"The member {_shown(info.filename)} is packed by a method other than deflate."
            raise FeedRejected("archive_unreadable", reason)
        return _ZipMember(path, whole)

    return lambda: Unpacked(start, meter, "archive").buffered()


class _ZipMember:
    def __init__(self, path: Path, info: zipfile.ZipInfo) -> None:
        self._archive = zipfile.ZipFile(path)
        try:
            self._stream = self._archive.open(info)
        except (NotImplementedError, ValueError) as error:
            self._archive.close()
            raise zipfile.BadZipFile(str(error)) from error
        except BaseException:
            self._archive.close()
            raise

    def readinto(self, buffer: memoryview) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        self._archive.close()


def _tar_members(opened: Opened) -> dict[str, _Member]:
    """The regular files of a tar archive by name; reads it to its end, so that it is known to be whole."""
    members: dict[str, _Member] = {}
    with opened() as stream:
        try:
            archive = tarfile.TarFile(fileobj=_ShortReads(stream))
            for count, info in enumerate(archive):
                if count >= MAX_MEMBERS:
                    raise _too_many()
                if info.isreg() and not info.issparse() and _is_safe(info.name):
                    members[info.name] = _Member(info.name, _tar_opener(opened, info.offset_data, info.size))
            end = archive.offset
        except (tarfile.TarError, ValueError, OverflowError) as error:
            raise FeedRejected("truncated", f"The tar archive is damaged ({error}); send it again.") from error
        stream.seek(end)
        if stream.read(512) != bytes(512):
            raise FeedRejected("truncated", "The tar archive ends in the middle; send it again, whole.")
        while stream.read(_MAX_HEADER_BYTES):
            pass
    return members


class _ShortReads(io.RawIOBase):
    """Refuses to read a header that claims to be enormous."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MAX_HEADER_BYTES:
            raise FeedRejected("archive_bomb", "A member of the tar archive has a header of more than a megabyte.")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def _tar_opener(opened: Opened, offset: int, size: int) -> Opened:
    def start() -> _Slice:
        stream = opened()
        stream.seek(offset)
        return _Slice(stream, size)

    return lambda: Unpacked(start, lambda position: None, "archive").buffered()


class _Slice:
    """So many bytes of a stream from where it stands."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._left = size

    def readinto(self, buffer: memoryview) -> int:
        data = self._stream.read(min(len(buffer), self._left))
        if not data and self._left and len(buffer):
            raise EOFError
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._stream.close()
