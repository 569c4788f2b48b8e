"""A fault of ours is logged with where it was, and without what it says: that may be what a shopper wrote."""

from __future__ import annotations

import dataclasses
import logging

import pytest

from inventory_api.channels.app import create_app
from inventory_api.channels.faults import story_of
from inventory_api.domain.product import Product
from tests.fakes import FakeProducts
from tests.unit.rest.world import Client, World

SAID = "zanthorberry 37.774929"


class Broken(FakeProducts):
    """Fails, and tells with what."""

    def get(self, product_id: int) -> Product:
        try:
            float(SAID)
        except ValueError as error:
            raise RuntimeError(SAID, product_id) from error
        raise AssertionError


def test_a_fault_is_logged_with_its_place_and_kind(caplog: pytest.LogCaptureFixture) -> None:
    ports = dataclasses.replace(World().ports(), products=Broken())
    with caplog.at_level(logging.DEBUG):
        response = Client(create_app(ports)).get("/v1/products/00037000185062")
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert response.headers["request-id"] in caplog.text
    assert "ValueError\nThen:\nTraceback" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "in get" in caplog.text
    for word in SAID.split():
        assert word not in caplog.text + response.text


def test_a_story_leaves_out_what_was_suppressed() -> None:
    try:
        try:
            raise KeyError(SAID)
        except KeyError:
            raise ValueError(SAID) from None
    except ValueError as error:
        story = story_of(error)
    assert story.endswith("ValueError")
    assert "KeyError" not in story
