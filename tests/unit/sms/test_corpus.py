"""What shoppers text is read as they mean it, in five written languages; one corpus was never tuned on."""

from __future__ import annotations

import asyncio
import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from inventory_api.channels.sms.session import Menu
from inventory_api.channels.sms.talk.choosing import Chooser
from inventory_api.channels.sms.talk.grammar import Grammar
from inventory_api.channels.sms.talk.quest import Choices
from inventory_api.channels.sms.talk.whereabouts import PlaceReader
from inventory_api.lookup.places import Places
from inventory_api.lookup.search import Search
from inventory_api.storage.search.reader import TantivySearch
from inventory_api.storage.search.writer import SearchWriter
from tests.fakes import NOON, FakeIndex, FakeProducts
from tests.gazetteer import the_gazetteer
from tests.unit.sms.towns import PRODUCTS, directory

SCRIPTS = ("en", "ur", "te", "ur-Latn", "te-Latn")
HERE = Path(__file__).parent
ENOUGH = 0.95


def rows(corpus: str) -> list[dict[str, str]]:
    with (HERE / corpus).open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@dataclass(frozen=True)
class Read:
    intent: str
    product: str
    place: str


class Reader:
    """Reads messages as the conversation does, up to the product and the place."""

    def __init__(self, folder: Path) -> None:
        here = directory()
        with SearchWriter(folder).turn():
            SearchWriter(folder).replace(PRODUCTS, 1)
        products = FakeProducts(*PRODUCTS)
        self.places = Places(the_gazetteer(), here)
        self.grammar = Grammar(PlaceReader(self.places))
        self.chooser = Chooser(Search(TantivySearch(folder), products, FakeIndex(), here), products)

    def read(self, row: dict[str, str]) -> Read:
        menu, asked, remembered = None, "", ""
        kind, _, said = row["session"].partition(":")
        if kind == "menu":
            menu = Menu("stores", ("s1", "s2", "s3"), 3)
        elif kind == "where":
            menu, asked = Menu(Choices.WHERE, ()), said
        elif kind == "at":
            remembered = said
        country = row["country"] or None
        intent = self.grammar.read(row["input"], country=country, menu=menu)
        place = intent.place or (remembered if intent.act == "search" else "")
        found = self.places.find(place, country=country) if place else []
        words = intent.product or (asked if intent.act == "place" else "")
        product = ""
        if words or intent.gtin:
            chosen = asyncio.run(
                self.chooser.by_code(intent.gtin, NOON) if intent.gtin else self.chooser.by_words(words, None, NOON)
            )
            product = str(chosen.products[0].title) if chosen.products else ""
        return Read(str(intent.act), product, found[0].place.name if found else place)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(tmp_path_factory.mktemp("search"))


def test_the_corpus_is_large_and_a_third_of_it_is_held_out() -> None:
    corpus = rows("conversations.csv")
    assert len(corpus) >= 200
    assert {row["script"] for row in corpus} == set(SCRIPTS)
    for script in SCRIPTS:
        held = [row["held_out"] == "1" for row in corpus if row["script"] == script]
        assert len(held) >= 40
        assert sum(held) >= 15


@pytest.mark.parametrize(
    ("corpus", "held_out"),
    [
        ("conversations.csv", "0"),
        ("conversations.csv", "1"),
        ("shoppers.csv", None),
        pytest.param("strangers.csv", None, marks=pytest.mark.slow),
        ("unseen.csv", None),
    ],
)
@pytest.mark.parametrize("script", SCRIPTS)
def test_it_is_read_as_it_is_meant(
    reader: Reader, corpus: str, held_out: str | None, script: str, record_property: Callable[[str, object], None]
) -> None:
    right: dict[str, int] = defaultdict(int)
    wrong = []
    asked = [row for row in rows(corpus) if (row["script"], row.get("held_out")) == (script, held_out)]
    for row in asked:
        read = reader.read(row)
        for what in ("intent", "product", "place"):
            if getattr(read, what) == row[what]:
                right[what] += 1
            else:
                wrong.append(f"{row['input']!r}: {what} {getattr(read, what)!r}, not {row[what]!r}")
    for what, count in right.items():
        record_property(f"{script} {what}", f"{count}/{len(asked)}")
    report = "\n".join(wrong)
    for what in ("intent", "product", "place"):
        assert right[what] / len(asked) >= ENOUGH, f"{what} {right[what]}/{len(asked)}\n{report}"


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("dodh", "Milk 1L"),
        ("pepsi thandi", "Pepsi 500ml"),
        ("pencils for school", "Pencil HB"),
        ("రవ్వ 1 కేజీ", "Semolina 1kg"),
        ("xqzt", None),
        ("دہی منگوائی", "Yogurt 500g"),
        ("بھنڈی تازہ والی", "Okra 500g"),
        ("مچھر والی کوائل", "Mosquito Coils 10 pack"),
        ("హార్లిక్స్ సీసా", "Horlicks 500g"),
        ("coke big bottle", "Coca-Cola 1.5L"),
        ("tomato", "Tomatoes 1kg"),
    ],
)
def test_a_guess_counts_less_than_a_word_that_is_known(reader: Reader, words: str, title: str | None) -> None:
    chosen = asyncio.run(reader.chooser.by_words(words, None, NOON))
    assert [product.title for product in chosen.products[:1]] == ([title] if title else [])
