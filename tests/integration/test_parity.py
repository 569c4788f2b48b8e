"""One answer, many renderers: every channel tells of the same stores, in the same order, the same status and time.

The world is asked when it is new, two hours later and a day later, by the age of what it was told: no clock is moved.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest

from inventory_api.cli.compose import Installation
from inventory_api.cli.sms import converse_on_terminal
from inventory_api.locales.catalog import Language, texts_of
from inventory_api.settings import Settings
from tests.integration.service import Service
from tests.integration.shops import HERE, TIDE, shops
from tests.integration.world import World

MILE_M = 1609.344
NEAR, WIDE = 3, 10
"""Miles: where texts look first, and where they look when told ``WIDER``; other channels are asked the same."""

AVAILABLE = ("in_stock", "low_stock")
WORTH_A_VISIT = (*AVAILABLE, "on_display_to_order")


@dataclass(frozen=True)
class Line:
    """What a channel tells of one store; None: it does not say."""

    store_id: str
    status: str
    observed_at: str | None
    calls_first: bool | None = None


class Channels:
    """All of them before one world, asked where a detergent is.

    Args:
        world: It.
        url: Where it is served.
        hours: How much later it is asked.
    """

    def __init__(self, world: World, url: str, hours: int) -> None:
        self.hours = hours
        self._http = httpx.Client(base_url=url, trust_env=False)
        self._here = Installation(Settings(data_dir=world.data_dir), world.redis_url, world.db)
        self._phones = 0

    def close(self) -> None:
        self._http.close()

    # -- REST -----------------------------------------------------------------------------------------

    def rest(self, miles: float = WIDE, language: str = "en", **query: str) -> dict[str, Any]:
        where = {} if "place" in query else {"lat": "37.77", "lon": "-122.42"}
        usual = {"gtin": TIDE, "limit": "50", "availability": "all", "radius": f"{miles}", "unit": "mi"}
        return self._get("/v1/availability", language, usual | where | query)

    def batch(self, miles: float = WIDE, language: str = "en", **more: Any) -> dict[str, Any]:
        where = {"near": HERE, "radius": miles, "unit": "mi", "availability": ["all"], "limit": 50}
        [item] = self.post("/v1/availability/batch", {"items": [{"gtin": TIDE}]} | where | more, language)["items"]
        return dict(item)

    def at_store(self, store_id: str, language: str = "en") -> dict[str, Any]:
        [item] = self._get(f"/v1/stores/{store_id}/availability", language, {"gtin": TIDE})["items"]
        return dict(item)

    @cached_property
    def truth(self) -> list[Line]:
        """What REST says of every store within the wide radius: the others are compared with it."""
        return lines_of_json(self.rest())

    # -- the page -------------------------------------------------------------------------------------

    def page(self, path: str, language: str = "en", miles: float = WIDE, **query: str) -> str:
        asked = {"near": HERE, "lang": language, "radius": f"{int(miles * MILE_M)}"} | query
        response = self._http.get(path, params=asked)
        assert response.status_code == 200, response.text
        return response.text

    # -- agents ---------------------------------------------------------------------------------------

    def ucp(self, miles: float = WIDE) -> list[str]:
        """The stores that have it."""
        center = {"latitude": 37.77, "longitude": -122.42}
        distance, filters = {"center": center, "max": miles * MILE_M}, {"items": [TIDE]}
        body = {"distance": distance, "filters": filters, "pagination": {"limit": 50}}
        return [location["id"] for location in self.post("/ucp/locations/search", body)["locations"]]

    def mcp(self, miles: float = WIDE, language: str = "en", **more: Any) -> dict[str, Any]:
        """``check_stock``; ``more``: other arguments."""
        asked = {"product": TIDE, "place": HERE, "radius_km": miles * MILE_M / 1000, "every_status": True, "limit": 20}
        return self.call("check_stock", **asked | {"language": language} | more)

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool, as the protocol's client does once it knows the tools."""
        params = {"name": tool, "arguments": arguments}
        request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        result = self.post("/mcp", request)["result"]
        assert not result["isError"], result
        return dict(result["structuredContent"])

    # -- texts ----------------------------------------------------------------------------------------

    def texts(self, *lines: str) -> list[str]:
        """What ``inventory-api sms`` answers, to a phone of its own."""
        self._phones += 1
        said = io.StringIO()
        sender = f"+141555501{self._phones:02d}"
        with contextlib.redirect_stdout(said):
            asyncio.run(converse_on_terminal(self._here, lines, sender, is_json=True))
        return [orjson.loads(line)["reply"] for line in said.getvalue().splitlines()]

    def post(self, path: str, body: dict[str, Any], language: str = "en") -> dict[str, Any]:
        headers = {"Accept": "application/json", "Accept-Language": language}
        response = self._http.post(path, json=body, headers=headers)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def _get(self, path: str, language: str, query: dict[str, str]) -> dict[str, Any]:
        response = self._http.get(path, params=query, headers={"Accept-Language": language})
        assert response.status_code == 200, response.text
        return dict(response.json())


@pytest.fixture(scope="module", params=[0, 2, 25], ids=["now", "2h later", "25h later"])
def channels(
    request: pytest.FixtureRequest, redis_url: str, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Channels]:
    with shops(redis_url, empty_database, tmp_path_factory.mktemp("parity"), request.param) as world:
        service = Service(world)
        service.start()
        made = Channels(world, service.url, request.param)
        yield made
        made.close()
        service.stop()


# -- what a channel says, read -------------------------------------------------------------------------


def lines_of_json(answer: dict[str, Any]) -> list[Line]:
    """The stores of an answer of ours."""
    return [
        Line(
            hit["store"]["id"],
            hit["availability"],
            hit["observed_at"],
            hit["availability"] == "low_stock" or hit["freshness"] == "stale",
        )
        for hit in answer["stores"]
    ]


def lines_of_tool(told: dict[str, Any]) -> list[Line]:
    """The stores that ``check_stock`` hands back."""
    return [
        Line(
            one["store_id"],
            one["availability"],
            one["observed_at"],
            one["availability"] == "low_stock" or one["freshness"] == "stale",
        )
        for one in told["stores"]
    ]


def lines_of_page(html: str, language: str) -> list[Line]:
    """The stores of a page. ``calls_first`` is read from its words."""
    call_first = texts_of(Language(language)).gettext("Call first.")
    items = re.findall(
        r'<li id="(s\d+)" data-store="\1" data-availability="(\w+)" data-observed="([^"]*)">(.*?)</li>', html, re.DOTALL
    )
    return [Line(store_id, status, seen or None, call_first in item) for store_id, status, seen, item in items]


AGES_S = {"{n} min ago": 60, "{n}h ago": 3600, "{n}d ago": 86_400, "yesterday": 86_400, "just now": 0}
STATUSES = {
    "in stock ({age}), call first": ("in_stock", True),
    "in stock ({age})": ("in_stock", False),
    "few left ({age}), call first": ("low_stock", True),
    "on display, order in store": ("on_display_to_order", None),
    "not sure, last seen {age}": ("unknown", None),
}
"""What the list of a text says of a store, and what that means. It has no room for stores that have none."""


@dataclass(frozen=True)
class Told:
    """A line of a text. ``age_s``: from and to when its age fits; None: it shows none."""

    distance: str
    status: str
    calls_first: bool | None
    age_s: tuple[int, int] | None


class Reader:
    """Somebody who reads texts in one language."""

    def __init__(self, language: str) -> None:
        self._words = texts_of(Language(language))
        self._line = self._pattern("{n} {store} {distance} - {status}", n=r"\d", distance=r"[\d.]+(?:mi|km)")

    def listed(self, text: str) -> list[Told]:
        """The lines of a list, in order; none where it is none."""
        found = (self._line.fullmatch(line) for line in text.splitlines())
        return [self._told(match["distance"], match["status"]) for match in found if match]

    def _told(self, distance: str, status: str) -> Told:
        for said, (meant, calls_first) in STATUSES.items():
            match = self._pattern(said).fullmatch(status)
            if match:
                return Told(distance, meant, calls_first, self._age(match.groupdict().get("age")))
        raise AssertionError(f"what does {status!r} say?")

    def _age(self, age: str | None) -> tuple[int, int] | None:
        if age is None:
            return None
        for said, unit in AGES_S.items():
            match = self._pattern(said, n=r"\d+").fullmatch(age)
            if match:
                begin = unit * int(match.groupdict().get("n", 1))
                return begin, begin + (unit or 60)
        raise AssertionError(f"how old is {age!r}?")

    def _pattern(self, english: str, **slots: str) -> re.Pattern[str]:
        """A text of ours as the expression that reads it."""
        said = self._words.pgettext("sms", english)
        parts = re.split(r"\{(\w+)\}", said)
        for at in range(1, len(parts), 2):
            parts[at] = f"(?P<{parts[at]}>{slots.get(parts[at], '.+')})"
        parts[::2] = map(re.escape, parts[::2])
        return re.compile("".join(parts))


# -- the same in every channel -------------------------------------------------------------------------

LANGUAGES = [language.value for language in Language]
ASKED = {
    "en": f"{TIDE} near {HERE}",
    "ur": f"{TIDE} {HERE} کے قریب",
    "te": f"{TIDE} {HERE} దగ్గర",
    "ur-Latn": f"{TIDE} {HERE} ke qareeb",
    "te-Latn": f"{TIDE} {HERE} daggara",
}


def test_what_is_old_is_said_with_care(channels: Channels) -> None:
    told = [(line.status, line.calls_first) for line in channels.truth]
    if channels.hours == 0:
        assert told == [
            ("in_stock", False), ("low_stock", True), ("in_stock", True), ("in_stock", False),
            ("out_of_stock", False), ("unknown", False), ("on_display_to_order", False),
        ]  # fmt: skip
    elif channels.hours == 2:
        assert {status for status, _ in told} == {*WORTH_A_VISIT, "out_of_stock", "unknown"}
        assert all(calls_first for status, calls_first in told if status in AVAILABLE)
    else:
        assert {status for status, _ in told} == {"unknown"}


@pytest.mark.parametrize("miles", [NEAR, WIDE])
def test_batch_store_and_tool_tell_of_the_same_stores(channels: Channels, miles: float) -> None:
    told = lines_of_json(channels.rest(miles))
    assert len(told) == {NEAR: 4, WIDE: 7}[miles]
    assert lines_of_json(channels.batch(miles)) == told
    assert lines_of_tool(channels.mcp(miles)) == told
    assert [line for one in told for line in lines_of_json(channels.at_store(one.store_id))] == told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/s", f"/p/{TIDE}"])
def test_the_page_shows_the_same_stores(channels: Channels, path: str, language: str) -> None:
    shown = lines_of_page(channels.page(path, language, **({"q": TIDE} if path == "/s" else {})), language)
    # In three groups: worth a visit, none, not sure.
    group = dict.fromkeys(WORTH_A_VISIT, 0) | {"out_of_stock": 1, "unknown": 2}
    told = sorted(channels.truth, key=lambda line: group[line.status])
    assert shown == [line if line.status in WORTH_A_VISIT else replace(line, calls_first=False) for line in told]


@pytest.mark.parametrize("miles", [NEAR, WIDE])
def test_agents_are_told_of_the_stores_that_have_it(channels: Channels, miles: float) -> None:
    having = [line.store_id for line in lines_of_json(channels.rest(miles)) if line.status in AVAILABLE]
    assert channels.ucp(miles) == having
    assert bool(having) == (channels.hours < 25)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_tell_of_the_same_stores(channels: Channels, language: str) -> None:
    begun = dt.datetime.now(dt.UTC)
    near, details, *wide = channels.texts(ASKED[language], "1", "WIDER", *["MORE"] * 7)
    ended = dt.datetime.now(dt.UTC)
    # There is no line in a text for a store that has none.
    hits = [hit for hit in channels.rest()["stores"] if hit["availability"] != "out_of_stock"]
    reader = Reader(language)
    listed = [told for text in wide for told in reader.listed(text)]
    assert [told.distance for told in listed] == [f"{hit['distance_m'] / MILE_M:.1f}mi" for hit in hits]
    assert [told.status for told in listed] == [hit["availability"] for hit in hits]
    for told, hit in zip(listed, hits, strict=True):
        if told.calls_first is not None:
            assert told.calls_first == (hit["availability"] == "low_stock" or hit["freshness"] == "stale")
        if told.age_s is not None:
            seen = dt.datetime.fromisoformat(hit["observed_at"])
            assert told.age_s[0] <= (ended - seen).total_seconds()
            assert (begun - seen).total_seconds() < told.age_s[1]

    found = [hit for hit in channels.rest(NEAR)["stores"] if hit["availability"] != "out_of_stock"]
    closest = reader.listed(near)
    assert closest
    assert [told.status for told in closest] == [hit["availability"] for hit in found[: len(closest)]]
    at = dt.datetime.fromisoformat(found[0]["observed_at"]).astimezone(ZoneInfo("America/Los_Angeles"))
    clock = f"{at.hour % 12 or 12}:{at.minute:02d}"
    assert (clock in details) == (found[0]["availability"] in AVAILABLE), details


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_is_the_same_everywhere(channels: Channels, language: str) -> None:
    in_miles, in_km = channels.rest(language=language)["say"], channels.rest(WIDE * MILE_M, language, unit="m")["say"]
    assert channels.batch(language=language)["say"] == in_miles
    assert in_miles in unescape(re.sub("</?bdi>", "", channels.page("/s", language, q=TIDE)))
    # Whoever asks in kilometers is answered so; tools speak as the country of the place measures.
    assert channels.batch(WIDE * MILE_M, language, unit="m")["say"] == in_km
    assert channels.mcp(language=language)["say"] == in_miles
    store_id = channels.truth[0].store_id
    assert (
        channels.at_store(store_id, language)["say"]
        == channels.mcp(language=language, place=None, radius_km=16, store_ids=[store_id])["say"]
    )
    call_first = texts_of(Language(language)).gettext("Call first.")
    assert (call_first in in_miles) == (channels.hours > 0)


def test_words_and_names_lead_to_the_same_answer(channels: Channels) -> None:
    told = lines_of_json(channels.rest(place="San Francisco"))
    assert lines_of_tool(channels.mcp(place="San Francisco")) == told
    shown = lines_of_page(channels.page("/s", q="detergent", near="San Francisco"), "en")
    assert {(line.store_id, line.status) for line in shown} == {(line.store_id, line.status) for line in told}
    [text] = channels.texts("detergent San Francisco")
    statuses = [line.status for line in told if line.status != "out_of_stock"]
    listed = [one.status for one in Reader("en").listed(text)]
    assert listed == statuses[: len(listed)] != []


def test_nobody_is_sent_for_what_is_not_known_to_be_there(channels: Channels) -> None:
    basket = channels.post("/v1/basket", {"all_of": [{"gtin": TIDE}], "near": HERE, "unit": "mi"})
    found = channels.call("find_product", text="detergent", place=HERE)
    listed = channels.call("list_stores", place=HERE, products=[TIDE])
    stores = listed["stores"]
    best = channels.rest()["best"]
    is_there = channels.hours < 25
    assert [bool(best), bool(basket["best_store"]), bool(found["products"][0]["nearest"]), bool(stores)] == [
        is_there
    ] * 4
    assert found["say"] == channels.mcp(radius_km=16)["say"]
    if is_there:
        assert listed["say"] == basket["say"]
        assert ("Call first." in listed["say"]) == (channels.hours > 0)
    # What is not known is not said to be out of stock either.
    assert is_there or basket["say"] == listed["say"] == "No store within 9.9 mi fits what was asked."
