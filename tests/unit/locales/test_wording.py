"""Ages, distances, prices and sentences, in words."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from inventory_api.locales.catalog import Language
from inventory_api.locales.wording import ENGLISH, wording_of


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "just now"), (59, "just now"), (60, "1 minute ago"), (3599, "59 minutes ago"), (3600, "1 hour ago"),
        (7300, "2 hours ago"), (86_400, "1 day ago"), (200_000, "2 days ago"),
    ],
)  # fmt: skip
def test_an_age_is_told_in_its_largest_unit(seconds: int, said: str) -> None:
    assert ENGLISH.age(seconds) == said


def test_a_country_decides_the_measure_unless_the_caller_does() -> None:
    assert wording_of(Language.ENGLISH, "US").distance(1609.344) == "1.0 mi"
    assert wording_of(Language.ENGLISH, "PK").distance(1609.344) == "1.6 km"
    assert wording_of(Language.ENGLISH, "US", in_miles=False).distance(347) == "350 m"
    assert wording_of(Language.ENGLISH, "PK", in_miles=True).radius(16_093.44) == "10 mi"
    assert ENGLISH.radius(16_000) == "16 km"


@pytest.mark.parametrize(
    ("language", "country", "said"),
    [
        (Language.ENGLISH, "US", "$12.99"),
        (Language.ENGLISH, "IN", "$12.99"),
        (Language.URDU, "PK", "$12.99"),
    ],
)
def test_a_price_keeps_its_cents(language: Language, country: str, said: str) -> None:
    assert wording_of(language, country).price(1299, "USD").replace("\u200e", "") == said


def test_a_price_without_cents_is_told_without() -> None:
    assert wording_of(Language.ENGLISH, "PK").price(28_000, "PKR") == "Rs 280"
    assert wording_of(Language.ENGLISH, "IN").price(6_200, "INR") == "₹62"
    assert wording_of(Language.ENGLISH, "JP").price(280, "JPY") in ("¥280", "JP¥280", "￥280")


def test_no_language_writes_other_digits_or_unbreakable_blanks() -> None:
    at = dt.datetime(2026, 11, 22, 14, 5, tzinfo=ZoneInfo("Asia/Karachi"))
    for language in Language:
        for country in (None, "US", "PK", "IN", "GB", "XX"):
            words = wording_of(language, country)
            said = " ".join(
                [
                    words.clock(at),
                    words.price(123_456, "PKR"),
                    words.distance(1234.5),
                    words.radius(16_000),
                    words.age(7_200),
                ]
            )
            assert not any(char.isdecimal() and not char.isascii() for char in said), said
            assert "\xa0" not in said, said
            assert "\u202f" not in said, said


def test_a_time_of_day_is_that_of_its_zone() -> None:
    at = dt.datetime(2026, 11, 22, 22, 5, tzinfo=dt.UTC).astimezone(ZoneInfo("America/Los_Angeles"))
    assert wording_of(Language.ENGLISH, "US").clock(at) == "2:05 pm"


def test_the_sentence_of_a_good_answer() -> None:
    said = ENGLISH.say_found("FreshMart", age_s=360, distance_m=1400, is_low=False, calls_first=False)
    assert said == "FreshMart had it 6 minutes ago, 1.4 km away. Stock can change and is not held."
    said = ENGLISH.say_found("FreshMart", age_s=7200, distance_m=None, is_low=True, calls_first=True)
    assert said == "FreshMart had a few 2 hours ago. Call first. Stock can change and is not held."


def test_the_sentence_where_nobody_has_it() -> None:
    assert ENGLISH.say_none(checked=0, radius_m=16_000) == "No store within 16 km has told us about it."
    assert ENGLISH.say_none(checked=1, radius_m=None) == "The one store asked that sells it has none right now."
    assert (
        ENGLISH.say_none(checked=6, radius_m=5_000) == "None of the 6 stores within 5 km that sell it has it right now."
    )


def test_the_sentence_of_a_shopping_list() -> None:
    one, two = ("Ali Mart", 600.0), ("Al Fatah", 1234.0)
    assert ENGLISH.say_basket([one], served=3, wanted=3, is_any=False, calls_first=False) == (
        "Ali Mart (600 m) had all 3 items. Stock can change and is not held."
    )
    both = ENGLISH.say_basket([one, two], served=2, wanted=3, is_any=False, calls_first=True)
    assert both.startswith("Ali Mart (600 m) and Al Fatah (1.2 km) together had 2 of 3 items. Call first.")


def test_names_with_braces_are_names() -> None:
    assert "{age} & Co" in ENGLISH.say_found("{age} & Co", age_s=1, distance_m=1, is_low=False, calls_first=False)


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.ENGLISH])
def test_every_language_says_everything_in_its_own_script(language: Language) -> None:
    words = wording_of(language, "PK")
    for said in (
        words.say_found("X", age_s=360, distance_m=1400, is_low=True, calls_first=True),
        words.say_unsure("X", age_s=360, distance_m=None),
        words.say_none(checked=3, radius_m=5_000),
        words.say_basket([("X", 1.0), ("Y", 2.0)], served=1, wanted=2, is_any=False, calls_first=True),
    ):
        assert said.isascii() == language.endswith("Latn"), said
