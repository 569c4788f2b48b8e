"""The product's own transcripts, word for word, in five written languages."""

# ruff: noqa: RUF001 - Urdu's full stop is no hyphen

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inventory_api.channels.sms.segments import measure
from inventory_api.channels.sms.talk.fitting import Draft, fit
from inventory_api.channels.sms.talk.texts import Texts
from inventory_api.channels.sms.talk.turn import Radii
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.stock import Claim
from inventory_api.domain.store import Store
from inventory_api.locales.catalog import Language
from tests.unit.sms.shelf import BRAND, Shelf, Talk, postcode

IN, LOW, OUT = Claim.IN_STOCK, Claim.LOW_STOCK, Claim.OUT_OF_STOCK
CALIFORNIA, PAKISTAN, INDIA = map(ZoneInfo, ("America/Los_Angeles", "Asia/Karachi", "Asia/Kolkata"))
THREE_KM = Radii(near_km=3_000.0)
MILE = 1609.344
US, PK, TS, UK = "+14155550100", "+923001234567", "+919876543210", "+447911123456"


def at(zone: ZoneInfo, hour: int, minute: int) -> dt.datetime:
    return dt.datetime(2026, 11, 22, hour, minute, tzinfo=zone)


def hyderabads(sindh: int, telangana: int) -> list[Place]:
    """The two cities of one name; whoever is larger comes first."""
    return [
        Place("Hyderabad", PlaceKind.CITY, "PK", 25.3924, 68.3737, "Sindh", population=sindh),
        Place("Hyderabad", PlaceKind.CITY, "IN", 17.3841, 78.4564, "Telangana", population=telangana),
    ]


def springfield(region: str, latitude: float, longitude: float, population: int) -> Place:
    return Place("Springfield", PlaceKind.CITY, "US", latitude, longitude, region, population=population)


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    shelf = Shelf(
        tmp_path_factory.mktemp("en"),
        {
            "94103": postcode("94103", "US", 37.7725, -122.4147),
            "54000": postcode("54000", "PK", 31.5497, 74.3436),
            "springfield": [
                springfield("IL", 39.8017, -89.6437, 200_000),
                springfield("MO", 37.2153, -93.2982, 170_000),
                springfield("MA", 42.1015, -72.5898, 155_000),
            ],
        },
        at(CALIFORNIA, 14, 17),
    )
    fresh = shelf.store(
        "FreshMart", "94103", 0.4 * MILE, street="120 Mission St", phone="+14155550134", currency="USD",
        hours="Mo-Su 08:00-21:00",
    )  # fmt: skip
    corner, far = shelf.store("Corner Store", "94103", 0.9 * MILE), shelf.store("Far Mart", "94103", 2 * MILE)
    milk = shelf.product("Milk 2L")
    shelf.say(fresh, milk, IN, at(CALIFORNIA, 14, 5), price=349)
    shelf.say(corner, milk, LOW, at(CALIFORNIA, 11, 10))
    shelf.say(far, milk, IN, at(CALIFORNIA, 14, 0))
    for title, aliases in (
        ("USB-C charger 20W", None),
        ("iPhone Lightning charger", "apple adapter"),
        ("Laptop charger 65W", "notebook computer power supply"),
    ):
        shelf.say(fresh, shelf.product(title, aliases), IN, at(CALIFORNIA, 14, 5))
    panadol = shelf.product("Panadol 500mg")
    shelf.say(shelf.store("Shaheen Chemist", "54000", 300), panadol, IN, at(CALIFORNIA, 14, 12))
    shelf.say(shelf.store("Servaid", "54000", 800), panadol, IN, at(CALIFORNIA, 14, 10) - dt.timedelta(days=1))
    formula = shelf.product("Infant Formula 800g")
    for number in range(6):
        store = shelf.store(f"Drugs {number}", "94103", 500 + 300 * number)
        shelf.say(store, formula, OUT, at(CALIFORNIA, 13, 0))
    for which in range(3):
        shelf.store("Springfield Mart", "springfield", 500, which)
    return shelf.open()


def said(talk: Talk, text: str, phone: str) -> str:
    reply = talk.text(text, phone)
    assert reply is not None
    return reply


def told(draft: Draft, language: Language) -> str:
    return fit(draft, language).text


def test_english(english: Talk) -> None:
    talk, clock = english, english.shelf
    clock.now = at(CALIFORNIA, 14, 17)
    assert said(talk, "milk 94103", US) == (
        "Milk 2L near 94103:\n1 FreshMart 0.4mi - in stock (12 min ago)\n"
        "2 Corner Store 0.9mi - few left (3h ago), call first\nReply 1 or 2 for details, MORE for more"
    )
    assert said(talk, "1", US) == (
        "FreshMart, 120 Mission St. Milk 2L $3.49, in stock at 2:05pm. Open till 9pm. Tel 415-555-0134. "
        "Stock can change and is not held. Reply BACK or a new item"
    )
    assert said(talk, "charger", US) == (
        "Which one near 94103?\n1 USB-C charger 20W\n2 iPhone Lightning charger\n3 Laptop charger 65W\n"
        "Reply 1-3, or add words"
    )
    assert said(talk, "panadl 54000", "+14155550101") == (
        'Searched "panadol" (you wrote panadl) near 54000:\n1 Shaheen Chemist 0.3km - in stock (5 min ago)\n'
        "2 Servaid 0.8km - not sure, last seen yesterday\nReply 1 or 2"
    )
    clock.now = at(CALIFORNIA, 14, 5)
    assert said(talk, "infant formula", US) == (
        "No store within 3 mi shows Infant Formula 800g in stock (6 stores checked 2:05pm). "
        "Reply ALERT for one text when it is back, or WIDER for 10 mi."
    )
    assert said(talk, "alert", US) == (
        "OK. We will send one text if Infant Formula 800g is back within 3 mi of 94103 in the next 14 days. "
        "Reply NOALERT to undo, STOP to end all texts."
    )
    assert said(talk, "xqzt", US) == (
        'We do not know "xqzt". Try a brand and size (Panadol 500mg) or the barcode number under the bars.'
    )
    assert said(talk, "milk springfield", US) == (
        "Which Springfield?\n1 Springfield, IL\n2 Springfield, MO\n3 Springfield, MA\nReply 1-3 or send a ZIP code"
    )
    assert said(talk, "milk", "+14155550102") == (
        "Where are you? Reply with a ZIP, area or city, e.g. 94103. We remember it for next time. FORGET deletes it."
    )
    assert said(talk, "help", US) == (
        "ShelfCheck: text item + place (MILK 94103) or barcode digits. MORE, ALERT, LANG, FORGET. "
        "Help: help@example.org. Msg&data rates may apply. STOP to end"
    )
    assert said(talk, "stop", "+14155550103") == (
        "ShelfCheck: you are opted out and will get no more texts. Reply START to come back."
    )
    clock.index.is_away = True
    assert said(talk, "milk 94103", US) == (
        "Sorry, we cannot check stock right now. Nothing is lost: we keep your search. Reply AGAIN in a few minutes."
    )
    clock.index.is_away = False
    assert said(talk, "again", US).startswith("Milk 2L near 94103:")
    texts = Texts(Language.ENGLISH, "US", BRAND)
    store = talk.directory.get(1)
    assert told(texts.alert("Infant Formula 800g", store, 0.4 * MILE, at(CALIFORNIA, 16, 10)), Language.ENGLISH) == (
        "ShelfCheck: Infant Formula 800g is back at FreshMart 0.4mi, seen 4:10pm. It may sell out, call 415-555-0134. "
        "This was your only alert. STOP to opt out"
    )


def foreign(
    folder: Path, zone: ZoneInfo, code: str, country: str, names: tuple[str, str], titles: tuple[str, str],
    street: str, phone: str, currency: str, price: int, hyderabad: str, sizes: tuple[int, int],
) -> tuple[Talk, Store]:  # fmt: skip
    """Two shops near a postal code with milk; six that lack the medicine."""
    point = (31.5497, 74.3436) if country == "PK" else (17.3841, 78.4564)
    places = {code: postcode(code, country, *point), "gulberg": [Place("Gulberg", PlaceKind.AREA, country, *point)]}
    shelf = Shelf(folder, {**places, hyderabad: hyderabads(*sizes)}, at(zone, 14, 17), THREE_KM)
    good = shelf.store(
        names[0], code, 600, street=street, phone=phone, currency=currency, hours="Mo-Su 08:00-22:00"
    )  # fmt: skip
    milk, medicine = shelf.product(titles[0]), shelf.product(titles[1])
    shelf.say(good, milk, IN, at(zone, 14, 5), price=price)
    shelf.say(shelf.store(names[1], code, 1200), milk, LOW, at(zone, 14, 5))
    for number in range(6):
        shelf.say(shelf.store(f"No {number}", code, 300 + 200 * number), medicine, OUT, at(zone, 13, 0))
    for which in range(2):
        shelf.store("Hyder Mart", hyderabad, 500, which)
    return shelf.open(), good


@pytest.fixture(scope="module")
def urdu(tmp_path_factory: pytest.TempPathFactory) -> tuple[Talk, Store]:
    return foreign(
        tmp_path_factory.mktemp("ur"), PAKISTAN, "54000", "PK", ("علی مارٹ", "الفتح"), ("دودھ 1 لیٹر", "پیناڈول"),
        "گلبرگ مین روڈ", "+924235550134", "PKR", 28_000, "حیدرآباد", (2, 1),
    )  # fmt: skip


def test_urdu(urdu: tuple[Talk, Store]) -> None:
    talk, store = urdu
    talk.shelf.now = at(PAKISTAN, 14, 17)
    assert said(talk, "دودھ 54000", PK) == (
        "دودھ 1 لیٹر، 54000 کے قریب:\n1 علی مارٹ 0.6km موجود (12 منٹ پہلے)\n2 الفتح 1.2km کم ہے، پہلے فون کریں\n"
        "تفصیل: 1 یا 2 بھیجیں"
    )
    assert said(talk, "1", PK) == (
        "علی مارٹ، گلبرگ مین روڈ۔ دودھ 1 لیٹر Rs 280، 2:05 پر موجود تھا۔ رات 10 تک کھلا۔ فون 04235550134۔ "
        "مال بدل سکتا ہے، ہم بک نہیں کرتے"
    )
    talk.shelf.now = at(PAKISTAN, 14, 5)
    assert said(talk, "پیناڈول", PK) == (
        "3km میں پیناڈول ابھی کہیں نظر نہیں آ رہی (6 دکانیں، 2:05)۔ آنے پر ایک پیغام چاہیے تو 1 بھیجیں، "
        "دور دیکھنے کے لیے 2"
    )
    assert said(talk, "1", PK) == (
        "ٹھیک ہے۔ 14 دن میں 54000 کے 3km میں پیناڈول آئی تو ایک پیغام بھیجیں گے۔ ختم: NOALERT"
    )
    assert said(talk, "مدد", PK) == "چیز اور جگہ لکھیں، جیسے: دودھ 54000، یا بارکوڈ نمبر۔ بند کرنے کے لیے STOP"
    assert said(talk, "بند کریں", "+923001234568") == "اب آپ کو کوئی پیغام نہیں آئے گا۔ واپس آنے کے لیے START"
    assert said(talk, "دودھ", "+923001234569") == "آپ کہاں ہیں؟ علاقہ، شہر یا پوسٹ کوڈ بھیجیں، جیسے 54000"
    assert said(talk, "دودھ حیدرآباد", UK) == "کون سا حیدرآباد؟\n1 سندھ، پاکستان\n2 تلنگانہ، بھارت"
    talk.shelf.index.is_away = True
    assert said(talk, "دودھ 54000", PK) == "معذرت، ابھی چیک نہیں ہو سکا۔ چند منٹ بعد دوبارہ بھیجیں"
    talk.shelf.index.is_away = False
    texts = Texts(Language.URDU, "PK", BRAND)
    assert told(texts.alert("پیناڈول", store, 600, at(PAKISTAN, 16, 10)), Language.URDU) == (
        "علی مارٹ میں پیناڈول پھر آ گئی، 4:10 پر دیکھی گئی۔ جلد ختم ہو سکتی ہے، فون 04235550134۔ یہ واحد اطلاع تھی۔ "
        "بند: STOP"
    )


def test_urdu_misspelt(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, {"54000": postcode("54000", "PK", 31.5497, 74.3436)}, at(PAKISTAN, 14, 17))
    shelf.say(shelf.store("علی مارٹ", "54000", 600), shelf.product("پیناڈول"), IN, at(PAKISTAN, 14, 5))
    first = said(shelf.open(), "پیندول 54000", PK).splitlines()[0]
    assert first == '"پیناڈول" سمجھ کر دیکھا (آپ نے پیندول لکھا)'
    assert measure(first).units == 43


@pytest.fixture(scope="module")
def roman_urdu(tmp_path_factory: pytest.TempPathFactory) -> tuple[Talk, Store]:
    return foreign(
        tmp_path_factory.mktemp("ur-latn"), PAKISTAN, "54000", "PK", ("Ali Mart", "Al Fatah"), ("Doodh 1L", "Panadol"),
        "Main Boulevard Gulberg", "+924235550134", "PKR", 28_000, "hyderabad", (2, 1),
    )  # fmt: skip


def test_roman_urdu(roman_urdu: tuple[Talk, Store]) -> None:
    talk, store = roman_urdu
    talk.shelf.now = at(PAKISTAN, 14, 17)
    assert said(talk, "doodh gulberg", PK) == (
        "Doodh 1L, Gulberg ke qareeb:\n1 Ali Mart 0.6km - mojood (12 min pehle)\n"
        "2 Al Fatah 1.2km - kam hai, pehle call karein\nTafseel ke liye 1 ya 2 bhejein"
    )
    assert said(talk, "1", PK) == (
        "Ali Mart, Main Boulevard Gulberg. Doodh 1L Rs 280, 2:05 par mojood tha. Raat 10 tak khula. Fon 042-35550134. "
        "Maal badal sakta hai, book nahi hota"
    )
    talk.shelf.now = at(PAKISTAN, 14, 5)
    assert said(talk, "panadol", PK) == (
        "Panadol, Gulberg ke qareeb abhi kahin nazar nahi aa rahi (6 dukanein, 2:05). "
        "Wapas aane par 1 SMS chahiye to 1 bhejein, zyada door dekhne ke liye 2"
    )
    assert said(talk, "panadol chahiye 54000", PK).startswith("Panadol, 54000 ke qareeb")
    assert said(talk, "1", PK) == (
        "Theek hai. 14 din mein 54000 ke 3km mein Panadol aayi to aik SMS bhejein ge. Khatam: NOALERT"
    )
    assert said(talk, "madad", PK) == (
        "Cheez aur jagah likhein, jaise: doodh 54000, ya barcode number. Band karne ke liye STOP"
    )
    talk.text("doodh chahiye", "+923001234568")
    assert said(talk, "band karo", "+923001234568") == "Ab aap ko koi paigham nahi aaye ga. Wapas aane ke liye START"
    assert said(talk, "doodh chahiye", "+923001234569") == (
        "Aap kahan hain? Ilaqa, shehr ya postcode bhejein, jaise 54000"
    )
    assert said(talk, "doodh hyderabad", UK) == "Kaun sa Hyderabad?\n1 Sindh, Pakistan\n2 Telangana, Bharat"
    talk.shelf.index.is_away = True
    assert said(talk, "doodh 54000", PK) == "Maazrat, abhi check nahi ho saka. Chand minute baad dobara bhejein"
    talk.shelf.index.is_away = False
    texts = Texts(Language.ROMAN_URDU, "PK", BRAND)
    assert told(texts.alert("Panadol", store, 600, at(PAKISTAN, 16, 10)), Language.ROMAN_URDU) == (
        "Panadol Ali Mart mein phir aa gayi, 4:10 par dekhi gayi. Jald khatam ho sakti hai, fon 042-35550134. "
        "Yeh wahid ittela thi. Band: STOP"
    )


@pytest.fixture(scope="module")
def telugu(tmp_path_factory: pytest.TempPathFactory) -> tuple[Talk, Store]:
    return foreign(
        tmp_path_factory.mktemp("te"), INDIA, "500001", "IN", ("రత్నదీప్", "మోర్"), ("పాలు 1లీ", "డోలో 650"), "అబిడ్స్",
        "+914023550134", "INR", 6_200, "హైదరాబాద్", (1, 2),
    )  # fmt: skip


def test_telugu(telugu: tuple[Talk, Store]) -> None:
    talk, store = telugu
    talk.shelf.now = at(INDIA, 14, 17)
    assert said(talk, "పాలు 500001", TS) == (
        "పాలు 1లీ, 500001 దగ్గర:\n1 రత్నదీప్ 0.6km ఉంది (12 ని. క్రితం)\n2 మోర్ 1.2km తక్కువ, ముందు ఫోన్ చేయండి\nవివరాలకు 1 లేదా 2 పంపండి"
    )
    assert said(talk, "1", TS) == (
        "రత్నదీప్, అబిడ్స్. పాలు 1లీ Rs 62, 2:05కి ఉంది. రాత్రి 10 వరకు తెరిచి ఉంటుంది. ఫోన్ 04023550134. స్టాక్ మారవచ్చు, మేము రిజర్వ్ చేయం"
    )
    talk.shelf.now = at(INDIA, 14, 5)
    assert said(talk, "డోలో 650", TS) == (
        "3kmలో డోలో 650 ఇప్పుడు కనిపించలేదు (6 షాపులు, 2:05). వచ్చినప్పుడు ఒక మెసేజ్ కావాలంటే 1, దూరంగా వెతకడానికి 2 పంపండి"
    )
    assert said(talk, "1", TS) == ("సరే. 14 రోజుల్లో 500001కి 3km లోపు డోలో 650 వస్తే ఒక మెసేజ్ పంపుతాం. వద్దంటే NOALERT")
    assert said(talk, "సహాయం", TS) == "వస్తువు, ఊరు పంపండి. ఉదా: పాలు 500001. లేదా బార్‌కోడ్. ఆపడానికి STOP"
    assert said(talk, "ఆపండి", "+919876543211") == "ఇక మీకు మెసేజ్ రాదు. మళ్ళీ కావాలంటే START"
    assert said(talk, "పాలు", "+919876543212") == "మీరు ఎక్కడ ఉన్నారు? పిన్ కోడ్ లేదా ఊరు పంపండి, ఉదా 500001"
    assert said(talk, "పాలు హైదరాబాద్", UK) == "ఏ హైదరాబాద్?\n1 తెలంగాణ, భారత్\n2 సింధ్, పాకిస్తాన్"
    talk.shelf.index.is_away = True
    assert said(talk, "పాలు 500001", TS) == "క్షమించండి, ఇప్పుడు చూడలేకపోయాం. కొద్దిసేపటి తర్వాత మళ్ళీ పంపండి"
    talk.shelf.index.is_away = False
    texts, apollo = (
        Texts(Language.TELUGU, "IN", BRAND),
        Store(9, "acme", "9", 9, "అపోలో", phone=store.phone, country="IN"),
    )
    assert told(texts.alert("డోలో 650", apollo, 400, at(INDIA, 16, 10)), Language.TELUGU) == (
        "డోలో 650 మళ్ళీ వచ్చింది: అపోలో 0.4km, 4:10కి ఉంది. త్వరగా అయిపోవచ్చు, ఫోన్ 04023550134. ఇదే చివరి మెసేజ్. ఆపడానికి STOP"
    )


@pytest.fixture(scope="module")
def roman_telugu(tmp_path_factory: pytest.TempPathFactory) -> tuple[Talk, Store]:
    return foreign(
        tmp_path_factory.mktemp("te-latn"), INDIA, "500001", "IN", ("Ratnadeep", "More"), ("Paalu 1L", "Dolo 650"),
        "Abids", "+914023550134", "INR", 6_200, "hyderabad", (1, 2),
    )  # fmt: skip


def test_roman_telugu(roman_telugu: tuple[Talk, Store]) -> None:
    talk, store = roman_telugu
    talk.shelf.now = at(INDIA, 14, 17)
    assert said(talk, "paalu 500001 daggara", TS) == (
        "Paalu 1L, 500001 daggara:\n1 Ratnadeep 0.6km - undi (12 nimishala kritam)\n"
        "2 More 1.2km - takkuva, mundu call cheyandi\nVivaralaku 1 leda 2 pampandi"
    )
    assert said(talk, "1", TS) == (
        "Ratnadeep, Abids. Paalu 1L Rs 62, 2:05ki undi. Ratri 10 varaku terichi untundi. Fon 04023550134. "
        "Stock maravachu, memu reserve cheyam"
    )
    talk.shelf.now = at(INDIA, 14, 5)
    assert said(talk, "dolo 650", TS) == (
        "3kmlo Dolo 650 ippudu kanipinchaledu (6 shopulu, 2:05). Vachinappudu oka message kavalante 1, "
        "duranga vetakadaniki 2 pampandi"
    )
    assert said(talk, "1", TS) == (
        "Sare. 14 rojullo 500001ki 3km lopu Dolo 650 vaste oka message pamputam. Vaddante NOALERT"
    )
    assert said(talk, "sahayam", TS) == "Vastuvu, ooru pampandi. Uda: paalu 500001. Leda barcode. Aapadaniki STOP"
    talk.text("paalu kavali", "+919876543211")
    assert said(talk, "aapandi", "+919876543211") == "Ika meeku message raadu. Malli kavalante START"
    assert said(talk, "paalu kavali", "+919876543212") == (
        "Meeru ekkada unnaru? PIN code leda ooru pampandi, uda 500001"
    )
    assert said(talk, "paalu hyderabad", UK) == "Ye Hyderabad?\n1 Telangana, Bharat\n2 Sindh, Pakistan"
    talk.shelf.index.is_away = True
    assert said(talk, "paalu 500001", TS) == (
        "Kshaminchandi, ippudu chudalekapoyam. Koddisepati tarvata malli pampandi"
    )
    talk.shelf.index.is_away = False
    texts, apollo = (
        Texts(Language.ROMAN_TELUGU, "IN", BRAND),
        Store(9, "acme", "9", 9, "Apollo", phone=store.phone, country="IN"),
    )
    assert told(texts.alert("Dolo 650", apollo, 400, at(INDIA, 16, 10)), Language.ROMAN_TELUGU) == (
        "Dolo 650 malli vachindi: Apollo 0.4km, 4:10ki undi. Tvaraga aipovachu, fon 04023550134. Ide chivari message. "
        "Aapadaniki STOP"
    )
