"""XML taken apart at its angle brackets: tags and texts as slices of its bytes, without a Python object for any."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bounds = NDArray[np.int32]
"""Where each tag begins and where it ends, in turns."""

_ENTITIES = {"&quot;": '"', "&apos;": "'", "&gt;": ">", "&lt;": "<", "&amp;": "&"}
"""All that there are without a document type, in an order in which none makes another."""


def with_plain_line_ends(xml: bytes) -> bytes:
    """The line ends that XML makes of others."""
    return xml.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in xml else xml


def bounds_of_tags(xml: bytes) -> Bounds | None:
    """Find the tags, or tell by None that they are not all there is.

    A ``>`` in an attribute ends its tag here, and comments are tags: the caller looks at what a tag holds.

    Args:
        xml: Ends with a tag.
    """
    codes = np.frombuffer(xml, np.uint8)
    marks = np.flatnonzero((codes & 0xFD) == ord("<"))  # ">" differs from it in one bit
    opening = np.flatnonzero(codes[marks] == ord("<"))
    if (codes[marks[opening + 1]] != ord(">")).any():
        return None
    bounds = np.empty(2 * len(opening), np.int32)
    bounds[::2], bounds[1::2] = marks[opening], marks[opening + 1] + 1
    return bounds


def pieces_between(xml: bytes, bounds: Bounds) -> pa.Array:
    """The tags, and between them what stands behind each but the last; the bytes are not copied."""
    return pa.Array.from_buffers(pa.binary(), len(bounds) - 1, [None, pa.py_buffer(bounds), pa.py_buffer(xml)])


def tags_in(pieces: pa.Array) -> pa.DictionaryArray:
    """Every other piece from the first on."""
    return pieces.take(pa.array(np.arange(0, len(pieces), 2))).dictionary_encode()


def texts_behind(pieces: pa.Array, tags: NDArray[np.int64]) -> pa.Array:
    """The texts behind tags, by their indices; null for -1. No character reference may be among them."""
    texts = pieces.take(pa.array(2 * tags + 1, mask=tags < 0)).cast(pa.string())
    if pc.any(pc.match_substring(texts, "&")).as_py():
        for entity, character in _ENTITIES.items():
            texts = pc.replace_substring(texts, entity, character)
    return texts
