"""The index itself: what is found how, editions that replace each other, and what a killed writer leaves."""

from __future__ import annotations

import threading
from pathlib import Path

import orjson
import pytest

from inventory_api.domain.errors import IndexUnavailable
from inventory_api.domain.ports import Match
from inventory_api.domain.product import Product
from inventory_api.storage.search.hearing import words_of
from inventory_api.storage.search.lexicon import lexicon
from inventory_api.storage.search.reader import TantivySearch
from inventory_api.storage.search.schema import head_of
from inventory_api.storage.search.writer import SearchWriter

SHELF = [
    Product(1, "Whole milk 1 l", "Nestle", "Dairy"),
    Product(2, "Panadol Extra 500mg", "GSK", "Pharmacy"),
    Product(3, "Basmati rice 5 kg", "Falak"),
    Product(4, "Nutella 400 g", "Ferrero"),
    Product(5, "Châteaubriand", aliases="steak|tenderloin"),
    Product(6, "Milk chocolate", "Milka"),
    Product(7),
    Product(8, "پانی 1.5 لیٹر", "Aquafina"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, SHELF, revision=1)
    return tmp_path


def write(folder: Path, products: list[Product], revision: int) -> None:
    writer = SearchWriter(folder)
    with writer.turn():
        if writer.revision() is None:
            writer.replace(products, revision)
        else:
            writer.apply(products, revision)


@pytest.mark.parametrize(
    ("text", "product_id", "how"),
    [
        ("milk", 1, Match.WORDS),
        ("MILK whole", 1, Match.WORDS),
        ("rice basmati", 3, Match.WORDS),
        ("chateaubriand", 5, Match.WORDS),
        ("tenderloin", 5, Match.WORDS),
        ("dairy", 1, Match.WORDS),
        ("دودھ", 1, Match.MEANING),
        ("పాలు", 1, Match.MEANING),
        ("doodh", 1, Match.MEANING),
        ("water", 8, Match.MEANING),
        ("باسمتی چاول", 3, Match.MEANING),
        ("nestle دودھ", 1, Match.MEANING),
        ("pana", 2, Match.PREFIX),
        ("panadl", 2, Match.SPELLING),
        ("pandaol extra", 2, Match.SPELLING),
        ("پیناڈول", 2, Match.SOUND),
        ("పనాడోల్", 2, Match.SOUND),
        ("نیوٹیلا", 4, Match.SOUND),
        ("nutella zzzzzz", 4, Match.SOME_WORDS),
        ("zzzzzz دودھ تازہ", 1, Match.SOME_WORDS),
    ],
)
def test_what_is_found_how(folder: Path, text: str, product_id: int, how: Match) -> None:
    found = TantivySearch(folder).find(text, 10)
    assert product_id in found.product_ids
    assert found.how[found.product_ids.index(product_id)] is how


SLIPS = [
    Product(1, "Dark chocolate 70 %"),
    Product(2, "Muesli 7 fruits"),
    Product(3, "Nectar dorange", "Haldiram"),
    Product(4, "Γιαούρτι ΣΤΡΑΓΓΙΣΤΌ"),
    Product(5, "Хлеб бородинский"),
    Product(6, "มันฝรั่งแผ่นทอดกรอบ รสซาวครีมและหัวหอม"),
    Product(7, "தமிழ் சர்க்கரை"),
    Product(8, "Cola", "Coca"),
    Product(9, "Mango drink", "Maaza"),
    *(Product(100 + number, f"Mazapan {number}") for number in range(20)),
    *(Product(200 + number, f"Lidl {number}") for number in range(20)),
    Product(300, "Lidal pistachios"),
    Product(301, "Popcorn"),
]


@pytest.mark.parametrize(
    ("text", "product_id"),
    [
        ("dark choco late", 1),
        ("darkchocolate", 1),
        ("muesli7 fruits", 2),
        ("haldi ram", 3),
        ("ہلدیرام", 3),
        ("γιαουρτι στραγγιστο", 4),
        ("хлеббородинский", 5),
        ("хлеб бородинсикй", 5),
        ("รสซาวครีมและหัวหอม", 6),
        ("சர்கரை", 7),
        ("کوکا", 8),
        ("కోక", 8),
        ("మాజా", 9),
        ("maza", 9),
        ("pop karn", 301),
        ("پاپ کارن", 301),
    ],
)
def test_a_slip_is_forgiven_on_the_first_page(tmp_path: Path, text: str, product_id: int) -> None:
    write(tmp_path, SLIPS, revision=1)
    assert product_id in TantivySearch(tmp_path).find(text, 100).product_ids[:10]


def test_a_rare_word_leaves_room_for_how_it_is_most_often_spelt(tmp_path: Path) -> None:
    write(tmp_path, SLIPS, revision=1)
    found = TantivySearch(tmp_path).find("lidal", 100).product_ids
    assert found[0] == 300
    assert 200 <= found[1] < 300


def test_what_was_understood_is_told(folder: Path) -> None:
    search = TantivySearch(folder)
    assert search.find("panadl", 10).understood == "panadol"
    assert search.find("దూధ్", 10).understood == "milk"
    assert search.find("دودھ", 10).understood == "milk"
    assert search.find("milk", 10).understood is None


def test_while_typing(folder: Path) -> None:
    search = TantivySearch(folder)
    assert search.suggest("nut", 5).product_ids == [4]
    assert set(search.suggest("m", 5).product_ids) == {1, 6}
    assert search.suggest("basmati r", 5).product_ids == [3]
    assert 1 in search.suggest("dood", 5).product_ids
    assert search.suggest("panadl", 5).product_ids == [2]


@pytest.mark.parametrize(
    "text", ["", "   ", "!!!", "\u200b", "zzzzzz", "a" * 200, "-:()\"'*^~ milk?", "ు", "🥛", "0" * 30]
)
def test_any_text_has_an_answer(folder: Path, text: str) -> None:
    search = TantivySearch(folder)
    for ask in (search.find, search.suggest):
        found = ask(text, 10)
        assert len(found.product_ids) == len(set(found.product_ids)) == len(found.how)


def test_an_open_search_sees_every_edition(folder: Path) -> None:
    search = TantivySearch(folder)
    assert search.find("kefir", 5).product_ids == []
    write(folder, [Product(9, "Kefir"), Product(1, "Buttermilk")], revision=2)
    assert search.find("kefir", 5).product_ids == [9]
    assert search.find("kefri", 5).product_ids == [9]
    assert search.find("whole", 5).product_ids == []
    with SearchWriter(folder).turn():
        SearchWriter(folder).replace([Product(3, "Oats")], 3)
    assert search.find("oats", 5).product_ids == [3]
    assert search.find("kefir", 5).product_ids == []
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 2


def test_it_answers_while_it_is_made_anew(folder: Path) -> None:
    search = TantivySearch(folder)
    halfway, go_on = threading.Event(), threading.Event()

    def products() -> list[Product]:
        halfway.set()
        assert go_on.wait(10)
        return [Product(1, "Oats")]

    def rebuild() -> None:
        writer = SearchWriter(folder)
        with writer.turn():
            writer.replace(iter(products()), 2)

    thread = threading.Thread(target=rebuild)
    thread.start()
    assert halfway.wait(10)
    assert 1 in search.find("milk", 5).product_ids
    assert 1 in TantivySearch(folder).find("milk", 5).product_ids
    go_on.set()
    thread.join()
    assert search.find("milk", 5).product_ids == []


def test_nothing_there_is_unavailable_and_another_format_is_made_anew(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable):
        TantivySearch(tmp_path / "never").find("milk", 5)
    current = folder / "current.json"
    edition = orjson.loads(current.read_bytes())
    for damaged in (orjson.dumps(edition | {"format": -1}), b"", b"{}", orjson.dumps(edition | {"index": "gone"})):
        current.write_bytes(damaged)
        assert SearchWriter(folder).revision() is None
        with pytest.raises(IndexUnavailable):
            TantivySearch(folder).find("milk", 5)


def test_writers_take_turns(folder: Path) -> None:
    inside: list[int] = []

    def work(number: int) -> None:
        with SearchWriter(folder).turn():
            inside.append(number)
            assert len(inside) == 1
            inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_lexicon_knows_hundreds_of_staples() -> None:
    words = lexicon()
    assert len(words) >= 300
    [slot] = words.cut(["basmati", "rice"])
    assert slot.concepts == ("basmati rice",)
    assert ("دودہ",) in words.forms(["milk"])


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("బ్యాగు", "bag"),
        ("క్యాండిల్స్", "candle"),
        ("దగ్గుకి", "cough"),
        ("بالٹیاں", "bucket"),
        ("khajoorein", "dates"),
        ("panda", None),
        ("oven", None),
    ],
)
def test_an_ending_is_no_other_word(text: str, concept: str | None) -> None:
    assert lexicon().cut(words_of(text))[0].concepts[:1] == ((concept,) if concept else ())


def test_what_a_title_is_stands_last_in_it_and_before_what_it_is_with() -> None:
    titles = {
        "Tomato Ketchup 500g": "ketchup",
        "Tomatoes 1kg": "tomatoes",
        "Vanilla Ice Cream 1L": "icecream",
        "USB-C Charger 20W": "charger",
        "Rice with red lentils": "rice",
        "Biscuits, chocolate": "biscuits",
        "Nothing we know": "",
    }
    assert {title: head_of(Product(1, title), lexicon()).replace("_", "") for title in titles} == titles


def test_letters_that_are_spelled_by_their_names_are_one_word() -> None:
    told = {"او آر ایس کا": "ors کا", "ایل ای ڈی بلب": "led بلب", "ఎల్ఈడి": "led", "ایسی": "ایسی", "ٹی وی": "ٹی وی"}
    assert {text: " ".join(words_of(text)) for text in told} == told


def test_a_plural_of_telugu_is_the_thing_itself() -> None:
    slots = lexicon().cut(["టమాటాలు", "kovvottulu", "flu", "ఖర్జూరాలు", "kharjuralu", "బకెట్లు"])
    assert [slot.concepts[:1] for slot in slots] == [("tomato",), ("candle",), (), ("dates",), ("dates",), ("bucket",)]


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("lightbulb", "light bulb"),
        ("mom batti", "candle"),
        ("pachimirchi", "green chili"),
        ("pop corn", "popcorn"),
        ("and a", None),
        ("machar wali coil", "mosquito coil"),
        ("مچھر کی کوائل", "mosquito coil"),
        ("ki coil", None),
    ],
)
def test_spaces_and_links_are_of_no_matter_to_the_lexicon(text: str, concept: str | None) -> None:
    first = lexicon().cut(words_of(text))[0]
    assert first.concepts == ((concept,) if concept else ())


STAPLES = [
    Product(1, "Tomato Ketchup 500g"),
    Product(2, "Tomatoes 1kg"),
    Product(3, "Green Chillies 250g"),
    Product(4, "Cough Syrup 100ml"),
    Product(5, "Red Lentils 1kg"),
    Product(6, "Cotton Socks 3 pairs"),
    Product(7, "Vicks VapoRub 50g"),
    Product(8, "Marie Biscuits 200g"),
    Product(9, "Bucket 20L"),
    Product(10, "Lentils 1kg"),
    Product(11, "Vanilla Ice Cream 1L"),
    Product(12, "ORS Sachet"),
    Product(13, "Mango Pickle 400g"),
    Product(14, "Yogurt with mango pieces 500g"),
    Product(15, "School Bag"),
    Product(16, "Cream 200ml with a touch of vanilla"),
    Product(17, "Pencil HB"),
]


@pytest.mark.parametrize(
    ("text", "product_id"),
    [
        ("tamatar", 2),
        ("ٹماٹر", 2),
        ("టమాటా", 2),
        ("పచ్చిమిర్చి", 3),
        ("ఎర్ర పప్పు", 5),
        ("وکس", 7),
        ("బకెట్లు", 9),
        ("tomato", 2),
        ("tomatos", 2),
        ("ketchup", 1),
        ("cream", 16),
        ("yogurt", 14),
        ("او آر ایس", 12),
        ("ఓఆర్ఎస్", 12),
        ("ఓ ఆర్ ఎస్ ప్యాకెట్", 12),
        ("دہی منگوائی", 14),
        ("school pencil", 17),
    ],
)
def test_the_staple_itself_comes_first(tmp_path: Path, text: str, product_id: int) -> None:
    write(tmp_path, STAPLES, revision=1)
    assert TantivySearch(tmp_path).find(text, 10).product_ids[0] == product_id
