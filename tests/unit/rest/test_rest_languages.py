"""``say`` in the language that the caller reads."""

from __future__ import annotations

import pytest

from inventory_api.channels.app import create_app
from tests.unit.rest.world import TIDE, Client, World

LOOKUP = "/v1/availability?gtin=00037000185062&lat=37.77&lon=-122.42"
LIST = "/v1/stores/s1/availability?gtin=00037000185062"


@pytest.fixture
def anonymous(world: World) -> Client:
    world.index.stocked = frozenset({TIDE.id})
    return Client(create_app(world.ports()))


@pytest.mark.parametrize("path", [LOOKUP, LIST])
def test_accept_language_decides_what_is_said_and_the_tag_knows(anonymous: Client, path: str) -> None:
    english = anonymous.get(path)
    urdu = anonymous.get(path, headers={"Accept-Language": "ur-PK, en;q=0.5"})
    assert (english.headers["content-language"], urdu.headers["content-language"]) == ("en", "ur")
    assert "Accept-Language" in urdu.headers["vary"]
    said = [response.json().get("say") or response.json()["items"][0]["say"] for response in (english, urdu)]
    assert said[0].isascii()
    assert not said[1].isascii()
    # The same facts in another language are another answer: nobody is told that nothing has changed.
    tags = [response.headers["etag"] for response in (english, urdu)]
    assert tags[0] != tags[1]
    assert anonymous.get(path, headers={"Accept-Language": "ur", "If-None-Match": tags[0]}).status_code == 200
    assert anonymous.get(path, headers={"Accept-Language": "ur", "If-None-Match": tags[1]}).status_code == 304


def test_questions_with_a_body_are_answered_in_the_language_asked(anonymous: Client) -> None:
    body = {"lat": 37.77, "lon": -122.42, "items": [{"gtin": "00037000185062"}]}
    said = anonymous.post("/v1/availability/batch", json=body, headers={"Accept-Language": "te"})
    assert said.headers["content-language"] == "te"
    assert not said.json()["items"][0]["say"].isascii()


def test_the_unit_asked_in_is_the_unit_answered_in(anonymous: Client) -> None:
    assert "16 km" in anonymous.get(LOOKUP).json()["say"]
    assert "10 mi" in anonymous.get(f"{LOOKUP}&radius=10&unit=mi").json()["say"]
