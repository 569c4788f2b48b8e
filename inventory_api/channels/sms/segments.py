"""What a text costs to send, and how to make it cost less.

GSM 03.38: a segment has 160 units, or 153 where there are several, if every character is in its alphabet (ten of them
cost two); one character beyond makes all of them UTF-16 units, of which a segment has 70 or 67.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

import regex
from anyascii import anyascii

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPED = frozenset("\f^{}\\[~]|€")
"""Two units each, an escape and a letter."""

CAPACITY: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
"""Units of a lone segment, and of each of several, which have a header."""

ELLIPSIS = "..."

_STRAY = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´ʼ", "'"),  # noqa: RUF001
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),  # noqa: RUF001
        **dict.fromkeys("•·‣◦∙●▪", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0f\ufeff", ""),
        **dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""),
        "\t": " ",
        "\u2028": "\n",
        "\u2029": "\n",
        "⁄": "/",  # noqa: RUF001
        "×": "x",  # noqa: RUF001
    }
)
_RUPEE = regex.compile(r"₹\s*|₨\s*")
_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Size:
    """What a text takes."""

    encoding: Encoding
    units: int
    segments: int


def is_gsm7(text: str) -> bool:
    """Whether every character is in the small alphabet."""
    return all(char in BASIC or char in ESCAPED for char in text)


def measure(text: str) -> Size:
    """What a text takes; empty it takes nothing."""
    encoding: Encoding = "GSM-7" if is_gsm7(text) else "UCS-2"
    sizes = [_units(char, encoding) for char in text]
    alone, each = CAPACITY[encoding]
    total = sum(sizes)
    if total <= alone:
        return Size(encoding, total, 1 if text else 0)
    segments, free = 1, each
    for size in sizes:
        # Neither an escape nor a surrogate may be the last unit of a segment.
        if size > free:
            segments, free = segments + 1, each
        free -= size
    return Size(encoding, total, segments)


def plain(text: str) -> str:
    """The text in the small alphabet where quotes, blanks, dashes and accents alone keep it out; else as it is."""
    if is_gsm7(text):
        return text
    folded = "".join(map(_folded, _RUPEE.sub("Rs ", text).translate(_STRAY)))
    return folded if is_gsm7(folded) else text


def cut(text: str, segments: int) -> str:
    """The longest beginning that takes no more segments, up to a whole word where there is one, with an ellipsis.

    A grapheme, and so a surrogate or escape pair, is never split.

    Args:
        text: Anything.
        segments: At least 1.
    """
    if measure(text).segments <= segments:
        return text
    best, word = "", ""
    kept = ""
    for grapheme in _GRAPHEME.findall(text):
        if grapheme.isspace():
            word = kept
        kept += grapheme
        if measure(kept + ELLIPSIS).segments > segments:
            break
        best = kept
    # A word so long that the cut would take more than half is cut itself.
    chosen = word if 2 * len(word) >= len(best) else best
    return chosen.rstrip() + ELLIPSIS


def _folded(char: str) -> str:
    """A character in the small alphabet, where it is one with an accent, or a blank, or written in another width."""
    if char in BASIC or char in ESCAPED:
        return char
    apart = unicodedata.normalize("NFKD", char).translate(_STRAY)
    bare = "".join(each for each in apart if not unicodedata.combining(each))
    if not is_gsm7(bare) and unicodedata.name(char, "").startswith("LATIN "):
        bare = anyascii(char)
    return bare if bare and is_gsm7(bare) else char


def _units(char: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if char in ESCAPED else 1
    return 2 if ord(char) > 0xFFFF else 1
