"""Contract 3, what every answer carries, readiness, and the pages that are served with it."""

from __future__ import annotations

import re

import pytest

from inventory_api.channels.rest.schema import Ready
from tests.unit.rest.world import Client, World, problem_of

LOOKUP = "/v1/availability?gtin=00037000185062&lat=37.77&lon=-122.42"


# -- Request-Id, traceparent, Server-Timing -----------------------------------------------------------------


@pytest.mark.parametrize("given", ["abc-123", "01J9ZQ6H3V0000000000000000", "Root=1-67891233-abcdef", "x" * 128])
def test_a_request_id_comes_back(client: Client, given: str) -> None:
    assert client.get("/livez", headers={"Request-Id": given}).headers["request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>", "a\tb", "\u00e9"])
def test_a_strange_request_id_is_replaced(client: Client, given: str) -> None:
    made = client.get(
        "/livez", headers=[("Request-Id", given if isinstance(given, bytes) else given.encode())]
    ).headers["request-id"]
    assert re.fullmatch(r"[0-9A-Z]{26}", made)


def test_a_trace_goes_on(anonymous: Client) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = anonymous.get(LOOKUP, headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}).headers["traceparent"]
    assert re.fullmatch(rf"00-{trace}-[0-9a-f]{{16}}-01", answer)
    assert "b7ad6b7169203331" not in answer
    for bad in (f"ff-{trace}-b7ad6b7169203331-01", f"00-{'0' * 32}-b7ad6b7169203331-01", "x"):
        assert "traceparent" not in anonymous.get(LOOKUP, headers={"traceparent": bad}).headers


def test_the_time_taken_is_told(client: Client) -> None:
    assert re.fullmatch(r"total;dur=\d+\.\d", client.get("/livez").headers["server-timing"])


def test_every_answer_forbids_sniffing(anonymous: Client) -> None:
    for path in (LOOKUP, "/v1/nothing", "/livez", "/docs"):
        assert "nosniff" in anonymous.get(path).headers["x-content-type-options"]


# -- /readyz, the document, its pages -----------------------------------------------------------------------


def test_ready_as_soon_as_questions_can_be_answered(client: Client) -> None:
    ready = Ready.model_validate_json(client.get("/readyz").content)
    assert (ready.index.format, ready.index.complete) == (1, True)


@pytest.mark.parametrize(("complete", "retry_after"), [(False, "5"), (None, "7")])
def test_not_ready_while_the_index_is_not(
    client: Client, world: World, complete: bool | None, retry_after: str
) -> None:
    world.index.complete = complete
    response = client.get("/readyz")
    problem = problem_of(response, 503, "index_unavailable")
    assert problem["index"] == {"format": 1, "complete": False}
    assert response.headers["retry-after"] == retry_after


@pytest.mark.parametrize("page", ["/docs", "/redoc", "/docs/errors"])
def test_pages_ask_nobody_else(client: Client, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert "http:" not in response.text
    assert "https:" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    for source in re.findall(r'(?:src|href)="([^"#]+)"', response.text):
        if source != "data:,":
            assert client.get(f"/{source}").status_code == 200, source


def test_the_logo_is_ours(client: Client) -> None:
    assert client.get("/redoc/logo-mini.svg").status_code == 200
