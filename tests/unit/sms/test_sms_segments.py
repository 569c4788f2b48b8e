# ruff: noqa: RUF001
"""Counting, flattening and cutting texts; npm's sms-segments-calculator is the oracle."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from itertools import accumulate
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from inventory_api.channels.sms.segments import BASIC, CAPACITY, ESCAPED, cut, is_gsm7, measure, plain

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "segments.json").read_text(encoding="utf-8"))
"""What the oracle (1.3.0) said of the sentences of this channel, and of texts at every edge."""

PACKAGE = "sms-segments-calculator"
# Characters of every cost: small alphabet, escaped, accents, Urdu, Telugu, joined emoji.
CHARS = "ab \n€{é’₹اےాలు\u0c4dక😀\U0001f468\u200d\U0001f469"
TEXTS = st.text(CHARS, max_size=200)


@pytest.mark.parametrize("said", GOLDEN, ids=lambda said: repr(said["text"][:30]))
def test_a_text_costs_what_the_oracle_says(said: dict[str, object]) -> None:
    size = measure(str(said["text"]))
    assert (size.encoding, size.units, size.segments) == (said["encoding"], said["units"], said["segments"])


def test_the_oracle_still_says_so() -> None:
    """Runs it where it is installed: ``npm install --prefix build/oracle sms-segments-calculator@1.3.0``."""
    modules = Path(os.environ.get("NODE_PATH") or "build/oracle/node_modules").absolute()
    if shutil.which("node") is None or not (modules / PACKAGE).exists():
        pytest.skip(f"node or {PACKAGE} is not installed")
    texts = json.dumps([said["text"] for said in GOLDEN])
    command = ["node", str(HERE / "segments_oracle.js")]
    answer = subprocess.run(
        command, input=texts, capture_output=True, text=True, check=True, env={"NODE_PATH": modules}
    )
    assert json.loads(answer.stdout) == GOLDEN


def test_nothing_costs_nothing() -> None:
    assert measure("").segments == 0


def test_the_alphabet_has_128_places() -> None:
    # One of them is the escape.
    assert len(BASIC) == 127
    assert len(ESCAPED) == 10


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("Don’t – “now”…", 'Don\'t - "now"...'),
        ("₹280, ₹ 62", "Rs 280, Rs 62"),
        ("9:00\u202fPM\u00a0sharp", "9:00 PM sharp"),
        ("• Milk\u200b 2×1L", "- Milk 2x1L"),
        ("Café Bogotá, São João, Zürich, Łódź", "Café Bogota, Sao Joao, Zürich, Lodz"),
        ("Café “Bogotá” دودھ", "Café “Bogotá” دودھ"),
        ("½ kg ™ ﬁsh １２", "1/2 kg TM fish 12"),
    ],
)
def test_strays_become_the_small_alphabet_or_the_text_stays(text: str, flat: str) -> None:
    assert plain(text) == flat


@given(st.text(CHARS, max_size=50))
def test_flattening_leaves_other_scripts_alone(text: str) -> None:
    flat = plain(text)
    assert flat == text or is_gsm7(flat)
    assert plain(flat) == flat


@given(TEXTS, st.integers(1, 3))
def test_a_cut_fits_and_splits_no_grapheme(text: str, segments: int) -> None:
    kept = cut(text, segments)

    assert measure(kept).segments <= segments
    if kept != text:
        assert measure(text).segments > segments
        assert kept.endswith("...")
        beginning = kept.removesuffix("...")
        ends = set(accumulate(len(grapheme) for grapheme in regex.findall(r"\X", text)))
        assert text.startswith(beginning)
        # Blanks before the ellipsis were taken off, which may have stood in one grapheme with a mark.
        assert len(beginning) in ends | {0} or text[len(beginning)].isspace()


def test_a_cut_is_at_a_word() -> None:
    alone, _ = CAPACITY["GSM-7"]
    words = "Corner Store 0.9mi - few left, call first. " * 5
    kept = cut(words, 1)

    assert measure(kept).units <= alone
    assert words[len(kept) - 3] == " "
    assert len(kept) > alone - 12


def test_a_long_word_is_cut_itself() -> None:
    assert cut("x" * 400, 1) == "x" * 157 + "..."


def test_a_surrogate_pair_at_the_edge_is_not_split() -> None:
    kept = cut("ا" * 66 + "😀" * 10, 1)
    assert kept == "ا" * 66 + "..."
