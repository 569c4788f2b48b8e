"""Declaring sources: addresses checked, credentials sealed and bound to their host, versions counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ingest.outbound import Outbound
from ingest.sources.desk import SourceDesk
from ingest.sources.folder import Folders
from inventory_api.domain.errors import InvalidInput, UnknownRetailer, UnknownStore, VersionMismatch
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.ports import VERSIONS, SourceDraft
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.source import Protocol
from inventory_api.storage.vault import Vault
from tests.integration.world import World

VAULT = Vault(bytes(32))
URL = {"url": "https://feeds.example/stock.csv", "every_s": 600}
DRAFT = SourceDraft(FeedKind.INVENTORY, FeedMode.FULL, Protocol.HTTPS, URL, FeedProfile(), credentials={"token": "t"})


@pytest.fixture
def desk(world: World) -> SourceDesk:
    world.add_retailer("acme", ["001"])
    return SourceDesk(world.db, VAULT, Outbound(["erp.example"]), Folders(world.data_dir / "watched"))


def test_versions_are_counted_of_the_source_and_of_its_profile(desk: SourceDesk) -> None:
    first, is_new = desk.put("acme", "nightly", DRAFT)
    assert (is_new, first.version, first.profile.version) == (True, 1, 1)
    assert first.due_at is not None
    second, is_new = desk.put("acme", "nightly", replace(DRAFT, settings=URL | {"every_s": 60}))
    assert (is_new, second.version, second.profile.version) == (False, 2, 1)
    third, _ = desk.put("acme", "nightly", replace(DRAFT, profile=FeedProfile(delimiter=";")), if_version={2})
    assert (third.version, third.profile.version, third.created_at) == (3, 2, first.created_at)
    for wanted in (0, 2):
        with pytest.raises(VersionMismatch):
            desk.put("acme", "nightly", DRAFT, if_version={wanted})
    with pytest.raises(VersionMismatch):
        desk.put("acme", "other", DRAFT, if_version=VERSIONS[1:])
    assert desk.get("acme", "nightly") == third


def test_credentials_are_sealed_and_stay_only_while_the_host_does(desk: SourceDesk) -> None:
    desk.put("acme", "nightly", DRAFT)
    kept, _ = desk.put("acme", "nightly", replace(DRAFT, credentials=None, settings={"url": "https://feeds.example/2"}))
    assert kept.credentials is not None
    assert b"token" not in kept.credentials
    assert VAULT.open(kept.credentials) == {"token": "t"}
    for url in ("https://evil.example/stock.csv", "https://feeds.example:8443/", "http://erp.example/"):
        with pytest.raises(InvalidInput, match="another machine") as caught:
            desk.put("acme", "nightly", replace(DRAFT, credentials=None, settings={"url": url}))
        assert caught.value.parameter == "/credentials"
    gone, _ = desk.put("acme", "nightly", replace(DRAFT, credentials={}, settings={"url": "https://evil.example/"}))
    assert gone.credentials is None


@pytest.mark.parametrize(
    ("protocol", "settings", "pointer"),
    [
        (Protocol.HTTPS, {"url": "http://feeds.example/"}, "/url"),
        (Protocol.HTTPS, {"url": "https://feeds.example:25/"}, "/url"),
        (Protocol.S3, {"bucket": "b", "endpoint": "http://minio.example"}, "/endpoint"),
        (Protocol.SFTP, {"host": "feeds.example", "port": 25, "host_keys": []}, "/host"),
        (Protocol.FOLDER, {"folder": "../other"}, "/folder"),
    ],
)
def test_an_address_that_is_never_asked_is_refused_at_once(
    desk: SourceDesk, protocol: Protocol, settings: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        desk.put("acme", "nightly", replace(DRAFT, protocol=protocol, settings=settings))
    assert caught.value.parameter == pointer
    assert desk.list("acme") == []


def test_whose_it_is_must_exist(desk: SourceDesk, world: World) -> None:
    with pytest.raises(UnknownRetailer):
        desk.put("nobody", "nightly", DRAFT)
    with pytest.raises(UnknownStore):
        desk.put("acme", "nightly", replace(DRAFT, store_code="999"))
    with pytest.raises(InvalidInput, match="INVENTORY_WATCHED_FOLDER"):
        SourceDesk(world.db, VAULT, Outbound(), Folders(None)).put(
            "acme", "nightly", replace(DRAFT, protocol=Protocol.FOLDER, settings={"folder": ""})
        )
