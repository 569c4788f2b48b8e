"""Words by spelling, by sound and by how they begin, held to what a dictionary and a loop would say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from inventory_api.domain.text import fold
from inventory_api.storage.search.vocabulary import MAX_WORD_BYTES, SHORTEST_MISSPELT, Vocabulary

WORDS = st.text("abcد", min_size=1, max_size=7)


@given(st.dictionaries(WORDS, st.integers(1, 10**6)), WORDS)
def test_one_edit_is_what_a_loop_finds(counts: dict[str, int], word: str) -> None:
    vocabulary = Vocabulary.build(counts.items())
    near = {other for other in counts if OSA.distance(word, other) == 1 and len(other) > 1}
    found = vocabulary.one_edit(word, limit=10_000)
    assert set(found) == (near if len(word) >= SHORTEST_MISSPELT else set())
    assert [counts[other] for other in found] == sorted((counts[other] for other in found), reverse=True)


@given(st.dictionaries(WORDS, st.integers(1, 10**6)), WORDS, st.integers(1, 5))
def test_completions_are_the_commonest(counts: dict[str, int], prefix: str, limit: int) -> None:
    vocabulary = Vocabulary.build(counts.items())
    found = vocabulary.starting(prefix, limit)
    begin = [word for word in counts if word.startswith(prefix)]
    assert len(found) == len(set(found)) == min(limit, len(begin))
    assert set(found) <= set(begin)
    if prefix in counts:
        assert found[0] == prefix
    rest = [counts[word] for word in found if word != prefix]
    assert rest == sorted(rest, reverse=True)


@given(st.dictionaries(WORDS, st.integers(1, 10**6)), st.dictionaries(WORDS, st.integers(1, 10**6)))
def test_built_on_the_one_before_it_is_the_same(old: dict[str, int], new: dict[str, int]) -> None:
    fresh = Vocabulary.build(new.items())
    grown = Vocabulary.build(new.items(), Vocabulary.build(old.items()))
    for word in new:
        assert grown.count(word) == fresh.count(word) == new[word]
        assert grown.sounding(word, 5) == fresh.sounding(word, 5)


@pytest.mark.parametrize(
    ("heard", "word"),
    [
        ("پیناڈول", "panadol"),
        ("పనాడోల్", "panadol"),
        ("penadol", "panadol"),
        ("کولگیٹ", "colgate"),
        ("ఫాంటా", "fanta"),
        ("اوریو", "oreo"),
        ("نیسلے", "nestle"),
        ("पैनाडोल", "panadol"),
    ],
)
def test_a_brand_by_its_sound(heard: str, word: str) -> None:
    vocabulary = Vocabulary.build((name, 10) for name in ("panadol", "colgate", "fanta", "oreo", "nestle", "milk"))
    assert vocabulary.sounding(fold(heard), 1) == [word]


def test_files_hold_the_same(tmp_path: Path) -> None:
    Vocabulary.build(Counter(milk=5, milka=2, దూధ్=1).items()).save(tmp_path / "w")
    vocabulary = Vocabulary.open(tmp_path / "w")
    assert [vocabulary.count(word) for word in ("milk", "milka", "దూధ్", "mil")] == [5, 2, 1, 0]
    assert vocabulary.one_edit("milkk", 5) == ["milk", "milka"]
    with pytest.raises(FileNotFoundError):
        Vocabulary.open(tmp_path / "other")


def test_sizes_and_endless_words_have_no_other_spelling() -> None:
    endless = "a" * (MAX_WORD_BYTES + 1)
    vocabulary = Vocabulary.build([("500ml", 1), (endless, 1), ("milk", 1)])
    assert vocabulary.one_edit("501ml", 5) == vocabulary.sounding("500ml", 5) == []
    assert vocabulary.count(endless) == 0
    assert vocabulary.starting(endless, 5) == []
    empty = Vocabulary.build([])
    assert (len(empty), empty.one_edit("milk", 5), empty.sounding("milk", 5), empty.starting("m", 5)) == (0, [], [], [])


def test_what_is_much_less_like_it_than_the_likest_was_not_meant() -> None:
    vocabulary = Vocabulary.build({"panadol": 3, "padlock": 40, "سینڈل": 40, "pineapple": 5}.items())
    assert vocabulary.sounding("پیناڈول", 8) == ["panadol"]


def test_short_words_in_latin_letters_must_be_nearly_the_same() -> None:
    vocabulary = Vocabulary.build({"claw": 9, "kettle": 9, "colla": 1}.items())
    assert vocabulary.sounding("cola", 8) == ["colla"]


def test_a_short_word_with_another_consonant_is_another_word() -> None:
    vocabulary = Vocabulary.build({"socks": 9, "vicks": 1, "books": 9}.items())
    assert vocabulary.sounding("وکس", 8)[0] == "vicks"
    assert Vocabulary.build({"socks": 9, "books": 9}.items()).sounding("وکس", 8, 80) == []
