"""What is learned from examples: weights that fit them, and nothing that cannot be undone on a mere guess."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from inventory_api.channels.sms.talk.learned import WEIGHTS, Learned, Meaning, meaning_of, the_learned
from inventory_api.channels.sms.talk.vocabulary import Act
from inventory_api.cli.learning import EXAMPLES, examples, fingerprint
from inventory_api.domain.text import fold
from inventory_api.storage.search.lexicon import lexicon


def read(text: str, rest: str | None = None, expected: Act | None = None) -> Meaning:
    return the_learned().read(fold(text).split(), None if rest is None else fold(rest).split(), expected=expected)


def test_the_weights_are_those_of_the_examples() -> None:
    with np.load(WEIGHTS) as kept:
        assert str(kept["fingerprint"]) == fingerprint(), "examples or the lexicon have changed: run `make learn`"


def test_every_language_has_examples_of_every_act() -> None:
    for path in EXAMPLES.glob("*.csv"):
        counts = Counter(line.split(",")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:])
        acts = {meaning_of(label).act for label in counts}
        assert acts == set(Act), path.name
        assert min(counts.values()) >= 50, path.name


def test_what_is_learned_from_is_read_as_it_was_told() -> None:
    told = [example for example in examples() if example.counts == 1 and "…" not in example.text]
    right = sum(
        read(example.text, expected=meaning_of(example.label).act) == meaning_of(example.label) for example in told
    )
    assert right / len(told) > 0.97


def test_names_of_things_are_no_commands() -> None:
    words = [" ".join(form) for form in lexicon().every_form()]
    commands = [word for word in words if read(word).act not in (Act.SEARCH, Act.PLACE)]
    assert len(commands) < len(words) / 500, commands


@pytest.mark.parametrize("text", ["nowhere at all", "xqzt blorp", "my number one", "remove paint", "forget it cologne"])
def test_what_cannot_be_undone_is_not_done_on_a_guess(text: str) -> None:
    assert read(text).act not in (Act.FORGET, Act.OPT_OUT)


def test_a_place_is_no_word_of_a_command() -> None:
    assert read("i have moved to boston now", "i have moved to now") == Meaning(Act.PLACE)
    assert read("more milk in boston", "more milk") == Meaning(Act.SEARCH)
    assert read("fuse boston", "fuse") == Meaning(Act.SEARCH)
    assert read("boston", "") == Meaning(Act.PLACE)


def test_what_we_asked_for_is_likelier() -> None:
    assert read("the third") == Meaning(Act.CHOICE, 3)
    assert read("gimme the 3rd", expected=Act.CHOICE) == Meaning(Act.CHOICE, 3)


def test_weights_of_other_labels_are_refused(tmp_path: Path) -> None:
    with np.load(WEIGHTS) as kept:
        np.savez(tmp_path / "odd.npz", **{**kept, "labels": np.array(["dance"] * len(kept["labels"]))})
    with pytest.raises(ValueError, match="dance"):
        Learned(tmp_path / "odd.npz")


def test_a_word_that_no_example_has_is_a_thing() -> None:
    assert {read(word).act for word in ("queso", "maka", "gatorade", "xylitol")} == {Act.SEARCH}


def test_a_place_that_nobody_knows_is_one_where_we_asked_for_it() -> None:
    assert read("i am in xyzzyville", expected=Act.PLACE) == Meaning(Act.PLACE)
