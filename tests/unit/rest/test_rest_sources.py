"""Feed sources over HTTP: checked to the last key, versioned, secrets never shown."""

from __future__ import annotations

from typing import Any

import pytest

from inventory_api.channels.rest import examples
from inventory_api.channels.rest.schema import SourceOut, SourcesOut
from inventory_api.domain.profile import FeedFormat
from inventory_api.domain.source import Protocol
from tests.unit.rest.world import Client, World, problem_of

URL = "/v1/feed-sources/nightly"
HTTPS = {"kind": "inventory", "protocol": "https", "url": "https://feeds.example/stock.csv"}
KEYS = ["SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8"]


def test_a_source_is_put_shown_listed_and_forgotten(client: Client, world: World) -> None:
    response = client.put(URL, json=examples.PUT_SOURCE)
    assert (response.status_code, response.headers["location"], response.headers["etag"]) == (201, URL, '"1"')
    shown = SourceOut.model_validate_json(response.content)
    assert (shown.id, shown.version, shown.credentials) == ("nightly", 1, "set")
    draft = world.sources.drafts["acme", "nightly"]
    assert draft.credentials == {"username": "inventory", "password": "correct horse"}
    assert draft.settings["host_keys"] == KEYS
    assert "horse" not in response.text
    assert client.get(URL).json() == response.json()
    assert SourcesOut.model_validate_json(client.get("/v1/feed-sources").content).feed_sources == [shown]
    assert client.put(URL, json=HTTPS).status_code == 200
    assert client.delete(URL).status_code == 204
    problem_of(client.get(URL), 404, "not_found")
    problem_of(client.delete(URL), 404, "not_found")


def test_a_profile_is_read_into_the_domains_own(client: Client, world: World) -> None:
    profile = {
        "format": "delimited",
        "columns": ["gtin", "quantity"],
        "timezone": "America/New_York",
        "auto_first": True,
    }
    shown = client.put(URL, json=HTTPS | {"profile": profile}).json()
    assert shown["profile"] == profile | {"version": 1}
    read = world.sources.drafts["acme", "nightly"].profile
    assert (type(read).__name__, read.format, read.columns) == (
        "FeedProfile",
        FeedFormat.DELIMITED,
        ("gtin", "quantity"),
    )


def test_credentials_left_out_stay_and_empty_ones_go(client: Client, world: World) -> None:
    for given, kept in [({}, None), ({"credentials": {}}, {}), ({"credentials": None}, None)]:
        client.put(URL, json=HTTPS | given)
        assert world.sources.drafts["acme", "nightly"].credentials == kept


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "prices"}, "/kind"),
        ({"protocol": "ftp"}, "/protocol"),
        ({"every_s": 59}, "/every_s"),
        ({"url": "ftp://feeds.example/x"}, "/url"),
        ({"url": "https://user:secret@feeds.example/x"}, "/url"),
        ({"url": "https://feeds.example:0/"}, "/url"),
        ({"url": "https://feeds.example:99999/"}, "/url"),
        ({"url": "https:///x"}, "/url"),
        ({"url": "https://a.example/\r\nHost: b"}, "/url"),
        ({"host": "feeds.example"}, "/host"),
        ({"credentials": {"username": "u"}}, "/credentials"),
        ({"credentials": {"username": "u", "password": "p", "token": "t"}}, "/credentials"),
        ({"credentials": {"access_key_id": "a"}}, "/credentials/access_key_id"),
        ({"profile": {"delimeter": ";"}}, "/profile/delimeter"),
        ({"profile": {"delimiter": ";;"}}, "/profile/delimiter"),
        ({"profile": {"format": "cobol"}}, "/profile/format"),
        ({"profile": {"timezone": "Mars/Olympus"}}, "/profile/timezone"),
        ({"profile": {"currency": "GOLD"}}, "/profile/currency"),
        ({"profile": {"encoding": "klingon"}}, "/profile/encoding"),
        ({"profile": {"as_of": "stock.csv"}}, "/profile/as_of"),
        ({"profile": {"aliases": {"a": 1}}}, "/profile/aliases/a"),
        ({"kind": "stores", "store_code": "001"}, ""),
        ({"protocol": "sftp", "host": "a", "url": "https://x/"}, "/host_keys"),
        ({"protocol": "sftp", "host": "a", "host_keys": ["md5:00"]}, "/host_keys/0"),
        ({"protocol": "s3", "bucket": "a/b"}, "/bucket"),
        ({"protocol": "s3", "bucket": "abc", "region": "x.evil.example/"}, "/region"),
    ],
)
def test_a_mistake_is_named_by_its_pointer(client: Client, world: World, change: dict[str, Any], pointer: str) -> None:
    problem = problem_of(client.put(URL, json=HTTPS | change), 422, "invalid_request")
    assert pointer in [error["pointer"] for error in problem["errors"]], problem
    assert "secret" not in str(problem)
    assert not world.sources.drafts


def test_what_is_no_source_at_all_is_refused(client: Client) -> None:
    problem_of(client.put(URL, content=b"{", headers={"Content-Type": "application/json"}), 422, "invalid_request")
    problem_of(client.put(URL, json=[]), 422, "invalid_request")
    problem_of(client.put(URL, content=b"{}", headers={"Content-Type": "text/plain"}), 415, "unsupported_media_type")
    for name in ("Nightly", "a" * 64, "-a", "a.b"):
        problem_of(client.put(f"/v1/feed-sources/{name}", json=HTTPS), 422, "invalid_request")
        problem_of(client.get(f"/v1/feed-sources/{name}"), 404, "not_found")


def test_a_change_can_be_bound_to_the_version_that_was_read(client: Client) -> None:
    problem_of(client.put(URL, json=HTTPS, headers={"If-Match": "*"}), 412, "precondition_failed")
    assert client.put(URL, json=HTTPS, headers={"If-None-Match": "*"}).status_code == 201
    problem_of(client.put(URL, json=HTTPS, headers={"If-None-Match": "*"}), 412, "precondition_failed")
    assert client.put(URL, json=HTTPS, headers={"If-Match": '"1", "7"'}).headers["etag"] == '"2"'
    for tag in ('"1"', 'W/"2"', "2"):
        problem_of(client.put(URL, json=HTTPS, headers={"If-Match": tag}), 412, "precondition_failed")
        problem_of(client.delete(URL, headers={"If-Match": tag}), 412, "precondition_failed")
    problem_of(client.put(URL, json=HTTPS, headers={"If-None-Match": '"2"'}), 422, "invalid_request")
    assert client.delete(URL, headers={"If-Match": '"2"'}).status_code == 204


def test_sources_are_their_retailers_alone(client: Client, world: World) -> None:
    client.put(URL, json=HTTPS)
    stranger = {"Authorization": "Bearer sk_bolt"}
    problem_of(client.get(URL, headers=stranger), 404, "not_found")
    assert client.get("/v1/feed-sources", headers=stranger).json() == {"feed_sources": [], "next_cursor": None}
    problem_of(client.delete(URL, headers=stranger), 404, "not_found")
    for method in ("GET", "PUT", "DELETE"):
        problem_of(client.request(method, URL, headers={"Authorization": "Bearer pk_acme"}), 403, "forbidden")


def test_every_protocol_has_its_shape(client: Client, world: World) -> None:
    for protocol, settings in {
        "upload": {},
        "https": {"url": "https://feeds.example/"},
        "sftp": {"host": "sftp.example", "host_keys": KEYS, "credentials": {"username": "u", "private_key": "k"}},
        "s3": {"bucket": "feeds", "credentials": {"access_key_id": "a", "secret_access_key": "b"}},
        "folder": {"folder": "out"},
        "square": {"credentials": {"secret": "s"}, "notification_url": "https://inventory.example/v1/hooks/square/x"},
    }.items():
        response = client.put(URL, json={"kind": "inventory", "protocol": protocol} | settings)
        assert response.is_success, response.text
        assert world.sources.drafts["acme", "nightly"].protocol is Protocol(protocol)
