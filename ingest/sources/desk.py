"""Where retailers declare their feed sources: checked, versioned, credentials sealed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from dataclasses import replace
from urllib.parse import urlsplit

from ingest.outbound import Outbound, OutboundRefused
from ingest.sources.folder import Folders
from ingest.sources.visit import FetchFailed
from inventory_api.domain.errors import InvalidInput, UnknownSource, UnknownStore, VersionMismatch
from inventory_api.domain.ports import VERSIONS, SourceDraft
from inventory_api.domain.source import PULLED, FeedSource, Protocol
from inventory_api.storage.sql.engine import Database, Transaction
from inventory_api.storage.vault import Vault

SourceList = list[FeedSource]


class SourceDesk:
    """``domain.ports.Sources`` on SQL and the vault."""

    def __init__(self, db: Database, vault: Vault, outbound: Outbound, folders: Folders) -> None:
        self._db = db
        self._vault = vault
        self._outbound = outbound
        self._folders = folders

    def list(self, retailer_id: str) -> SourceList:
        """All sources of this retailer, by id."""
        with self._db.read() as tx:
            return tx.sources.list(retailer_id)

    def get(self, retailer_id: str, source_id: str) -> FeedSource:
        """One source of this retailer. Raises UnknownSource."""
        with self._db.read() as tx:
            return tx.sources.get(retailer_id, source_id)

    def put(
        self, retailer_id: str, source_id: str, draft: SourceDraft, *, if_version: Container[int] = VERSIONS
    ) -> tuple[FeedSource, bool]:
        """Declare a source, or change it; what it remembered of the old content is forgotten."""
        now = dt.datetime.now(dt.UTC)
        fresh = FeedSource(
            retailer_id, source_id, draft.kind, draft.mode, draft.protocol, now, now,
            store_code=draft.store_code, settings=draft.settings, profile=replace(draft.profile, version=1),
            due_at=now if draft.protocol in PULLED else None,
        )  # fmt: skip
        self._check_address(fresh)
        with self._db.write() as tx:
            tx.retailers.get(retailer_id)
            if draft.store_code is not None and not tx.stores.by_codes(retailer_id, [draft.store_code]):
                raise UnknownStore(draft.store_code, parameter="/store_code")
            old = _find(tx, retailer_id, source_id)
            _check_version(old, if_version)
            fresh.credentials = self._sealed(draft, fresh, old)
            if old is not None:
                fresh.created_at, fresh.version = old.created_at, old.version + 1
                is_other = replace(old.profile, version=1) != fresh.profile
                fresh.profile = replace(fresh.profile, version=old.profile.version + is_other)
            tx.sources.put(fresh)
        return fresh, old is None

    def delete(self, retailer_id: str, source_id: str, *, if_version: Container[int] = VERSIONS) -> None:
        """Forget a source. Raises UnknownSource."""
        with self._db.write() as tx:
            _check_version(tx.sources.get(retailer_id, source_id), if_version)
            tx.sources.delete(retailer_id, source_id)

    def _sealed(self, draft: SourceDraft, fresh: FeedSource, old: FeedSource | None) -> bytes | None:
        if draft.credentials is not None:
            return self._vault.seal(dict(draft.credentials)) if draft.credentials else None
        if old is None or old.credentials is None:
            return None
        if _audience(fresh) != _audience(old):
            # Else whoever may change the address could have the credentials sent to himself.
            raise InvalidInput(
                "the source asks another machine now; give its credentials, or {} for none", parameter="/credentials"
            )
        return old.credentials

    def _check_address(self, source: FeedSource) -> None:
        settings = source.settings
        if source.protocol is Protocol.FOLDER:
            try:
                self._folders.resolve(source.retailer_id, settings["folder"])
            except FetchFailed as failure:
                raise InvalidInput(failure.reason, parameter="/folder") from failure
            return
        name = next((name for name in ("url", "endpoint", "host") if settings.get(name)), None)
        if source.protocol not in PULLED or name is None:
            return
        url = urlsplit(settings[name])
        scheme, host, port = url.scheme, url.hostname, url.port
        if name == "host":
            scheme, host, port = "sftp", settings["host"], settings.get("port")
        try:
            self._outbound.check(scheme, host or "", port)
        except OutboundRefused as refusal:
            raise InvalidInput(f"{refusal}", parameter=f"/{name}") from refusal


def _audience(source: FeedSource) -> tuple[object, ...]:
    """Who is shown the credentials."""
    url = urlsplit(source.settings.get("url") or source.settings.get("endpoint") or "")
    keys = source.settings.get("host_keys")
    return source.protocol, url.scheme, source.host, url.port, source.settings.get("port"), keys


def _find(tx: Transaction, retailer_id: str, source_id: str) -> FeedSource | None:
    try:
        return tx.sources.get(retailer_id, source_id)
    except UnknownSource:
        return None


def _check_version(source: FeedSource | None, wanted: Container[int]) -> None:
    found = source.version if source else 0
    if found not in wanted:
        raise VersionMismatch(f"it has version {found}; read it again" if found else "there is none yet")
