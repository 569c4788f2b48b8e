"""What the page says of an answer, and the forms that ask again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from html import unescape

from starlette.requests import Request

from inventory_api.channels.web.asked import Asked
from inventory_api.channels.web.finding import Finding, State
from inventory_api.channels.web.page import render
from inventory_api.channels.web.shown import results_of
from inventory_api.domain.availability import STATUS_WORDS, Availability
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.product import Product
from inventory_api.domain.store import Store
from inventory_api.locales.wording import wording_of
from inventory_api.lookup.answer import Answer, Hit, Question

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def asked(path: str, query: str) -> Asked:
    return Asked.of(Request({"type": "http", "path": path, "query_string": query.encode(), "headers": []}))


def test_all_stores_that_have_it_are_counted_although_fewer_are_shown() -> None:
    summary = dict.fromkeys(STATUS_WORDS, 0) | {"in_stock": 100, "low_stock": 20, "unknown": 43, "checked": 163}
    answer = Answer(Question(1, 37.0, -122.0), NOW, None, [], None, {}, [], summary, "", None)
    question = asked("/s", "q=milk&near=94103")
    finding = Finding(
        question, State.ANSWERED, wording_of(question.language), product=Product(1, "Milk"), answer=answer
    )
    assert results_of(finding).counted == "120 of 163 stores have it"


def hit(number: int, availability: Availability) -> Hit:
    store = Store(number, "acme", str(number), number, f"Store {number}", latitude=37.0, longitude=-122.0)
    return Hit(
        store, 100.0 * number, availability, None, "", None, 0, None, Freshness.LIVE, 1.0, None, None,
        (0.0, 0.0, number), False,
    )  # fmt: skip


def test_the_nearest_ten_are_seen_at_once_and_the_rest_is_counted_whole_though_not_all_is_listed() -> None:
    hits = [hit(n, Availability.IN_STOCK) for n in range(1, 13)] + [hit(13, Availability.OUT_OF_STOCK)]
    summary = dict.fromkeys(STATUS_WORDS, 0) | {"in_stock": 12, "out_of_stock": 4, "not_carried": 1, "checked": 17}
    answer = Answer(Question(1, 37.0, -122.0), NOW, None, hits, hits[0], {}, [], summary, "", None)
    question = asked("/s", "q=milk&near=94103")
    place = Place("94103", PlaceKind.POSTAL_CODE, "US", 37.0, -122.0)
    wording = wording_of(question.language)
    finding = Finding(question, State.ANSWERED, wording, place=place, product=Product(1, "Milk"), answer=answer)
    results = results_of(finding)
    assert [row.number for row in results.worth] == list(range(1, 11))
    assert str(results.map).count('class="spot') == 10
    assert [(fold.said, [row.number for row in fold.rows]) for fold in results.folds] == [
        ("2 more stores", [11, 12]),
        ("5 stores have none right now", [0]),
    ]


def test_names_and_numbers_within_a_sentence_keep_their_own_direction() -> None:
    question = asked("/s", "q=<b>&near=94103&lang=ur")
    wording = wording_of(question.language)
    place = Place("94103", PlaceKind.POSTAL_CODE, "US", 37.0, -122.0, "CA", "San Francisco")
    store = Store(1, "acme", "1", 1, "7-Eleven (<Main>)")
    one = replace(hit(1, Availability.IN_STOCK), store=store)
    say = wording.say_found(store.name, age_s=60, distance_m=100.0, is_low=False, calls_first=False)
    summary = dict.fromkeys(STATUS_WORDS, 0) | {"in_stock": 1, "checked": 1}
    answer = Answer(Question(1, 37.0, -122.0), NOW, None, [one], one, {}, [], summary, say, None)
    finding = Finding(question, State.ANSWERED, wording, place=place, product=Product(1, "Milk"), answer=answer)
    shown = {"finding": finding, "state": "answered", "results": results_of(finding), "title": "Milk", "others": []}
    html = render("search.html.jinja", question, wording, shown | {"product_path": "/p/1", "text_us": None})
    assert f"<bdi>{place.label}</bdi>" in html
    assert html.count("<bdi>7-Eleven (&lt;Main&gt;)</bdi>") == 2


def test_who_is_asked_which_place_keeps_the_product_and_the_radius() -> None:
    question = asked("/s", "q=milk&gtin=00037000185062&near=springfield&radius=40234")
    wording = wording_of(question.language)
    places = [Place("Springfield", PlaceKind.CITY, "US", 39.8017, -89.6437, "IL")]
    finding = Finding(question, State.WHICH_PLACE, wording, places=places)
    shown = {"finding": finding, "state": "which_place", "results": None, "title": None, "others": []}
    html = unescape(render("search.html.jinja", question, wording, shown))
    form = html[html.index("<fieldset>") :]
    assert '<input type="hidden" name="gtin" value="00037000185062">' in form
    assert '<input type="hidden" name="radius" value="40234">' in form
