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
_WORD = re.compile(r"[^\W\d_]{4,}")
_MOST_WORDS = 6
_COLUMNS = {"ur": "arabic", "te": "telugu", "ur_latin": "Urdu in latin", "te_latin": "Telugu in latin"}


@dataclass(frozen=True, slots=True)
class Question:
    """A text to search for, and the words that a title must have to be an answer; ``kind`` groups the figures.

    ``held_out``: nobody looks at how it was answered; only the figure tells, apart from the others.
    """

    kind: str
    text: str
    words: frozenset[str]
    held_out: bool = False


def words_of(text: str) -> list[str]:
    """Words without case, accents and apostrophes, as a reader would compare them."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("\u2019", ""))
    return re.findall(r"\w+", "".join(char for char in plain if not unicodedata.combining(char)))


def read_titles(data: Path) -> list[tuple[str, str]]:
    """Title and brand of every product of the real files that has a title."""
    found = []
    for name in _FILES:
        with gzip.open(data / name, "rt", encoding="utf-8", newline="") as file:
            found += [(row["title"], row["brand"]) for row in csv.DictReader(file) if row["title"].strip()]
    return found


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
            yield Question("as written", " ".join(words), frozenset(words), is_held_out(title))


def misspelt(titles: list[tuple[str, str]], count: int, seed: int) -> Iterator[Question]:
    """The first words of titles, one of them a letter off, every third with two words in another order."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible sample
    for title, _ in chance.sample(titles, count):
        words = words_of(title)[:_MOST_WORDS]
        long = [at for at, word in enumerate(words) if _WORD.fullmatch(word)]
        if not long:
            continue
        at = chance.choice(long)
        written = [*words[:at], _edited(words[at], chance), *words[at + 1 :]]
        if len(written) > 1 and chance.random() < 1 / 3:
            swap = chance.randrange(len(written) - 1)
            written[swap], written[swap + 1] = written[swap + 1], written[swap]
        script = unicodedata.name(words[at][0], "other").split()[0].lower()
        yield Question(f"misspelt, {script}", " ".join(written), frozenset(words), is_held_out(title))


def other_scripts(titles: list[tuple[str, str]]) -> Iterator[Question]:
    """Brands and staples that the titles have, in Urdu and Telugu letters, and in Latin ones as they sound there."""
    known = Counter(word for title, brand in titles for word in words_of(f"{title} {brand}"))
    with Path(__file__).with_name("other_scripts.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            for column, script in _COLUMNS.items():
                if known[row["word"]] and row[column]:
                    kind = f"{row['kind']}, {script}"
                    yield Question(kind, row[column], frozenset([row["word"]]), row["held_out"] == "yes")


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
            yield Question("typed", begun, frozenset())


def _edited(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    # Letters of the same script, as a slip on that keyboard would be.
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz" if word.isascii() else word)
    swapped = min(at, len(word) - 2)
    return chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:swapped] + word[swapped + 1] + word[swapped] + word[swapped + 2 :],
        ]
    )
