"""``feed_manifest.json``: what a feed of several files says it consists of."""

from __future__ import annotations

import hashlib

import msgspec

from ingest.formats.compression import Opened
from inventory_api.domain.errors import FeedRejected

MANIFEST_NAME = "feed_manifest.json"
_MAX_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 20


class ManifestFile(msgspec.Struct, frozen=True):
    """One file of the feed; ``bytes`` and ``sha256`` are of the file as it is packed into the archive."""

    name: str
    sha256: str
    bytes: int | None = None
    rows: int | None = None


class Manifest(msgspec.Struct, frozen=True):
    """The files of a feed in order, and whether together they are a full one."""

    files: list[ManifestFile]
    kind: str | None = None

    def expect(self, *, is_full: bool) -> None:
        """Refuse a feed that was sent as something else than its manifest says.

        Raises:
            FeedRejected: ``manifest_mismatch``.
        """
        mode = "full" if is_full else "delta"
        if self.kind is not None and self.kind != mode:
            reason = f"The {MANIFEST_NAME} calls the feed {self.kind!r}, and it was sent as {mode}."
            raise FeedRejected("manifest_mismatch", reason)


def read_manifest(opened: Opened) -> Manifest:
    """Read a manifest.

    Raises:
        FeedRejected: ``manifest_mismatch`` where it is none.
    """
    with opened() as stream:
        text = stream.read(_MAX_BYTES + 1)
    try:
        if len(text) > _MAX_BYTES:
            raise ValueError(f"it is longer than {_MAX_BYTES:,} bytes")
        manifest = msgspec.json.decode(text, type=Manifest)
        if not manifest.files:
            raise ValueError("it lists no files")
    except (msgspec.MsgspecError, ValueError) as error:
        raise FeedRejected("manifest_mismatch", f"The {MANIFEST_NAME} cannot be read: {error}.") from error
    return manifest


def verify_bytes(opened: Opened, file: ManifestFile) -> None:
    """Hold a file against what the manifest says of its bytes. Cost: reading it once.

    Raises:
        FeedRejected: ``checksum_mismatch``, or ``manifest_mismatch`` where its length differs.
    """
    digest, size = hashlib.sha256(), 0
    with opened() as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    if file.bytes is not None and size != file.bytes:
        reason = f"{file.name} has {size:,} bytes, and {file.bytes:,} by the {MANIFEST_NAME}."
        raise FeedRejected("manifest_mismatch", reason)
    if digest.hexdigest() != file.sha256.lower():
        raise FeedRejected("checksum_mismatch", f"{file.name} is not the file that the {MANIFEST_NAME} describes.")
