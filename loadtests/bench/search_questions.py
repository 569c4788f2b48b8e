"""Real titles multiplied to a large catalog, and the questions that shoppers would ask of it."""

from __future__ import annotations

import csv
import gzip
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

_FILES = ("products_openfoodfacts_200k.csv.gz", "products_books_isbn.csv.gz")
_SIZES = ("250 g", "500 g", "1 kg", "2 kg", "100 ml", "330 ml", "1 l", "Pack of 6", "Family pack")
_MAKERS = 500
_WORD = re.compile(r"(?:\w|[\u0900-\u0dff\u0e31-\u0e4e])+")
_ACCENTS = re.compile("(?<!\u0438)[\u0300-\u036f]")
_LONG = re.compile(r"[^\W\d_]{5,}")
_MOST_WORDS = 6
_COLUMNS = {"ur": "arabic", "te": "telugu", "ur_latin": "Urdu in latin", "te_latin": "Telugu in latin"}


@dataclass(frozen=True, slots=True)
class Question:
    """A text to search for, and what a title must have to be an answer: all words of one of the sets.

    ``kind`` groups the figures. ``held_out``: nobody looks at how it was answered; only the figure tells, apart.
    """

    kind: str
    text: str
    answers: tuple[frozenset[str], ...]
    held_out: bool = False


def words_of(text: str) -> list[str]:
    """Words without case, accents and apostrophes, as a reader would compare them."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("\u2019", ""))
    return _WORD.findall(unicodedata.normalize("NFC", _ACCENTS.sub("", plain)))


def read_titles(data: Path) -> list[tuple[str, str]]:
    """Title and brand of every product of the real files that has a title.

    They are of food and books: a staple of the house that no title has gets a plain title of its own.
    """
    found = []
    for name in _FILES:
        with gzip.open(data / name, "rt", encoding="utf-8", newline="") as file:
            found += [(row["title"], row["brand"]) for row in csv.DictReader(file) if row["title"].strip()]
    known = {word for title, brand in found for word in words_of(f"{title} {brand}")}
    asked = (row["word"].split("|") for row in _rows() if row["kind"] == "staple")
    return [(f"{words[0].capitalize()} 1 pc", "") for words in asked if known.isdisjoint(words)] + found


def write_catalog(path: Path, titles: list[tuple[str, str]], count: int) -> None:
    """A products feed: every title as it is, then again in other sizes and of other makers."""
    chance = random.Random(1)  # noqa: S311 - a reproducible catalog
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(("id", "title", "brand"))
        for number in range(count):
            title, brand = titles[number % len(titles)]
            if number >= len(titles):
                title = f"{title} {chance.choice(_SIZES)}"
                brand = brand or f"Maker {chance.randrange(_MAKERS)}"
            writer.writerow((f"A{number}", title, brand))


def as_written(titles: list[tuple[str, str]], count: int, seed: int) -> Iterator[Question]:
    """The first words of titles, as they are."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible sample
    for title, _ in chance.sample(titles, count):
        words = words_of(title)[: chance.randint(1, _MOST_WORDS)]
        if words:
            yield Question("as written", " ".join(words), (frozenset(words),), is_held_out(title))


def misspelt(titles: list[tuple[str, str]], count: int, seed: int) -> Iterator[Question]:
    """The first words of titles with one slip; besides, as many titles in other letters than Latin, or all of them."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible sample
    foreign = [title for title, _ in titles if not title.isascii() and _script(title) != "latin"]
    sample = [title for title, _ in chance.sample(titles, count)]
    for title in [*sample, *chance.sample(foreign, min(count, len(foreign)))]:
        words = words_of(title)[:_MOST_WORDS]
        slip = chance.choice(_SLIPS)
        written = slip(words, chance)
        if written != words:
            kind = f"misspelt, {_script(title)}, {slip.__name__.strip('_')}"
            yield Question(kind, " ".join(written), (frozenset(words),), is_held_out(title))


def other_scripts(titles: list[tuple[str, str]]) -> Iterator[Question]:
    """Brands and staples that the titles have, in Urdu and Telugu letters, and in Latin ones as they sound there."""
    known = {word for title, brand in titles for word in words_of(f"{title} {brand}")}
    for row in _rows():
        answers = row["word"].split("|")
        for column, script in _COLUMNS.items():
            for text in row[column].split("|") if row[column] and known.intersection(answers) else ():
                kind = f"{row['kind']}, {script}"
                yield Question(kind, text, tuple(frozenset([word]) for word in answers), row["held_out"] == "yes")


def is_held_out(title: str) -> bool:
    """Whether questions made of this title are: a third of all titles, in every run the same."""
    return crc32(title.encode()) % 3 == 0


def typed(titles: list[tuple[str, str]], count: int, seed: int) -> Iterator[Question]:
    """Beginnings of titles, letter by letter as they are typed."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible sample
    for title, _ in chance.sample(titles, count):
        text = " ".join(words_of(title)[:3])
        if text:
            begun = text[: chance.randint(1, min(15, len(text)))]
            yield Question("typed", begun, ())


def _rows() -> list[dict[str, str]]:
    with Path(__file__).with_name("other_scripts.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def _script(title: str) -> str:
    """Of most letters."""
    scripts = Counter(unicodedata.name(char, "other").split()[0].lower() for char in title if char.isalpha())
    return scripts.most_common(1)[0][0] if scripts else "latin"


def _one_edit(words: list[str], chance: random.Random) -> list[str]:
    """A letter anywhere left out, put in, changed, or swapped with the next, in a word of at least two letters."""
    letters = [at for at, word in enumerate(words) if len(word) > 1 and word.isalpha()]
    if not letters:
        return words
    word = words[at := chance.choice(letters)]
    # Letters of the same script, as a slip on that keyboard would be.
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz" if word.isascii() else word)
    place = chance.randrange(len(word))
    swapped = min(place, len(word) - 2)
    edited = chance.choice(
        [
            word[:place] + word[place + 1 :],
            word[:place] + letter + word[place:],
            word[:place] + letter + word[place + 1 :],
            word[:swapped] + word[swapped + 1] + word[swapped] + word[swapped + 2 :],
        ]
    )
    return [*words[:at], edited, *words[at + 1 :]]


def _swapped(words: list[str], chance: random.Random) -> list[str]:
    """Two neighbors in the other order."""
    if len(words) < 2:
        return words
    at = chance.randrange(len(words) - 1)
    return [*words[:at], words[at + 1], words[at], *words[at + 2 :]]


def _edited_and_swapped(words: list[str], chance: random.Random) -> list[str]:
    return _swapped(_one_edit(words, chance), chance)


def _joined(words: list[str], chance: random.Random) -> list[str]:
    """Two neighbors without the space."""
    if len(words) < 2:
        return words
    at = chance.randrange(len(words) - 1)
    return [*words[:at], words[at] + words[at + 1], *words[at + 2 :]]


def _split(words: list[str], chance: random.Random) -> list[str]:
    """A space in a long word."""
    long = [at for at, word in enumerate(words) if _LONG.fullmatch(word)]
    if not long:
        return words
    word = words[at := chance.choice(long)]
    place = chance.randrange(2, len(word) - 1)
    return [*words[:at], word[:place], word[place:], *words[at + 1 :]]


_SLIPS = (_one_edit, _swapped, _edited_and_swapped, _joined, _split)
