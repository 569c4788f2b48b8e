"""Settings into a working installation: every adapter is built here and handed down as a value."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import redis

from ingest.calibrate import Calibrator
from ingest.geocode.addresses import AddressBook
from ingest.outbound import Outbound
from ingest.publish.rebuild import Rebuilder
from ingest.publish.roster import Roster
from ingest.publish.search import SearchPublisher
from ingest.publish.stock import StockPublisher
from ingest.sources.changes import ChangeDesk
from ingest.sources.desk import SourceDesk
from ingest.sources.folder import Folders
from ingest.sources.hooks.desk import EventDesk, VerifiedHooks
from ingest.sources.pull import Puller
from ingest.sources.resumable import ResumableUploads
from ingest.sources.upload import UploadDesk
from ingest.webhooks import courier
from ingest.webhooks.courier import Courier
from ingest.webhooks.desk import WebhookDesk
from ingest.webhooks.endpoints import OneTimeEndpoints
from ingest.webhooks.secrets import Secrets
from ingest.worker import Surroundings
from inventory_api.cli.directory import DirectoryLoader
from inventory_api.domain.ports import AlertSender
from inventory_api.lookup.availability import Availability
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.places import Places
from inventory_api.notify.desk import WatchDesk
from inventory_api.notify.notifier import Notifier
from inventory_api.notify.opt_outs import OptOutRegister
from inventory_api.notify.subscribers import Subscribers
from inventory_api.settings import Settings
from inventory_api.storage.gazetteer.build import ensure as ensure_gazetteer
from inventory_api.storage.gazetteer.reader import GazetteerFile
from inventory_api.storage.geocoder.geocoder import Geocoder
from inventory_api.storage.geocoder.shoppers import GeocodedPlaces
from inventory_api.storage.index.connection import client_of, connect
from inventory_api.storage.index.embedded import EmbeddedServer
from inventory_api.storage.index.opt_outs import RedisOptOutJournal
from inventory_api.storage.index.reader import open_reader
from inventory_api.storage.segments import SegmentStore
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.keys import KeyRing
from inventory_api.storage.sql.report_desk import SqlReports
from inventory_api.storage.sql.schema import upgrade
from inventory_api.storage.sql.sms_desk import SqlSmsChannels
from inventory_api.storage.vault import Vault

if TYPE_CHECKING:
    from inventory_api.channels.sms.talk.voice import Sender

WRITE_TIMEOUT_S = 2.0
"""For a reply to a writer. A call takes a millisecond; the rest is for a server that forks or waits for its disk."""


@dataclass
class Installation:
    """One installation, as this process sees it."""

    settings: Settings
    redis_url: str
    db: Database
    roster: Roster = field(default_factory=Roster)

    @cached_property
    def segments(self) -> SegmentStore:
        """Where the truth about stock lies."""
        return SegmentStore(self.settings.data_dir / "segments")

    @cached_property
    def desk(self) -> UploadDesk:
        """Where uploads arrive."""
        return UploadDesk(self.db, self.settings.data_dir / "incoming")

    @cached_property
    def gazetteer(self) -> GazetteerFile:
        """Places by name; built here where it is missing, which takes a few seconds."""
        return GazetteerFile(ensure_gazetteer(self.settings.gazetteer_path))

    def places(self, directory: Directory) -> Places:
        """Finds places by what people call them, for one event loop."""
        return Places(self.gazetteer, directory, None if self.geocoder is None else GeocodedPlaces(self.geocoder))

    @property
    def search_folder(self) -> Path:
        """Where product search is: one copy for all processes of the data directory."""
        return self.settings.data_dir / "search"

    def search_publisher(self) -> SearchPublisher:
        """Keeps product search current, and makes it anew."""
        return SearchPublisher(self.db, self.search_folder)

    @cached_property
    def uploads(self) -> ResumableUploads:
        """Where uploads arrive in pieces."""
        return ResumableUploads(self.db, self.settings.data_dir / "uploads", self.settings.data_dir / "incoming")

    @cached_property
    def changes(self) -> ChangeDesk:
        """Where single stock changes arrive."""
        return ChangeDesk(self.db, self.publisher)

    @cached_property
    def events(self) -> VerifiedHooks:
        """Where events from points of sale arrive."""
        return VerifiedHooks(self.db, self.vault, EventDesk(self.db, self.changes))

    @cached_property
    def keys(self) -> KeyRing:
        """The API keys."""
        return KeyRing(self.db)

    def connect(self) -> redis.Redis:
        """A synchronous client of its own for whoever writes."""
        return connect(self.redis_url, timeout_s=WRITE_TIMEOUT_S)

    def publisher(self) -> StockPublisher:
        """A publisher for the calling thread. Raises redis.RedisError where Redis is away."""
        return StockPublisher(self.db, self.segments, self.connect(), self.roster)

    def rebuilder(self) -> Rebuilder:
        """Rebuilds and verifies the index."""
        return Rebuilder(self.db, self.segments, self.publisher(), self.roster)

    def surroundings(self) -> Surroundings:
        """What a worker works on."""
        settings = self.settings
        return Surroundings(
            self.db,
            self.segments,
            self.connect,
            settings.data_dir,
            settings.lease_s,
            settings.fold_rows,
            kept_versions=settings.kept_versions,
            kept_visits=settings.kept_visits,
            book=AddressBook(self.gazetteer),
            geocoder=self.geocoder,
            beside=(self.courier().run, self.notifier().run, self.puller.run, Calibrator(self.db).run),
        )

    @cached_property
    def reports(self) -> SqlReports:
        """Where shoppers' reports arrive; one key for all processes of the data directory."""
        return SqlReports(self.db, self.secret("reports"))

    @cached_property
    def subscribers(self) -> Subscribers:
        """Shoppers without their names; one key for all processes of the data directory."""
        return Subscribers(self.secret("phones"), self.vault)

    @cached_property
    def alert_sender(self) -> AlertSender | None:
        """Who sends alerts as texts; nobody where no channel is set up."""
        # Here, as phone numbers cost every command their import.
        from inventory_api.channels.sms.alerts import SmsAlerts
        from inventory_api.channels.sms.outbox import Outbox
        from inventory_api.channels.sms.outgoing import new_client

        if not self.sms_channels.list():
            return None
        return SmsAlerts(Outbox(self.sms_channels, new_client), sms_sender(self.settings))

    @cached_property
    def opt_outs(self) -> OptOutRegister:
        """Who wants no texts."""
        client = client_of(self.redis_url, timeout_s=self.settings.deadline_ms / 1000)
        return OptOutRegister(self.db, RedisOptOutJournal(client))

    def watches(self, lookup: Availability, *, is_simulated: bool = False) -> WatchDesk:
        """Where watches are made and ended; simulated: as if texts could be sent."""
        endpoints = OneTimeEndpoints(Secrets(self.vault), self.outbound)
        texts = is_simulated or self.alert_sender is not None
        return WatchDesk(self.db, lookup, self.subscribers, self.opt_outs, endpoints, texts=texts)

    def notifier(self) -> Notifier:
        """Looks at watches, and tells."""
        directory = Directory()
        refresh = DirectoryLoader(self.db, directory).refresh
        open_index = partial(open_reader, self.redis_url, timeout_s=WRITE_TIMEOUT_S)
        return Notifier(self.db, open_index, directory, refresh, self.subscribers, self.opt_outs, self.alert_sender)

    @cached_property
    def webhooks(self) -> WebhookDesk:
        """Where webhook endpoints are set up."""
        return WebhookDesk(self.db, Secrets(self.vault), self.outbound)

    def courier(self) -> Courier:
        """Delivers events."""

        def client() -> httpx.Client:
            return self.outbound.client(read_s=courier.TIMEOUT_S, total_s=2 * courier.TIMEOUT_S, follow_redirects=False)

        return Courier(self.db, Secrets(self.vault), client)

    @cached_property
    def geocoder(self) -> Geocoder | None:
        """Asks for places and addresses, where the operator chose whom."""
        settings = self.settings
        if settings.geocoder is None:
            return None
        options = {"user_agent": settings.geocoder_user_agent} | settings.geocoder_options
        return Geocoder(self.db, settings.geocoder, options, self.vault)

    @cached_property
    def outbound(self) -> Outbound:
        """The one way out."""
        return Outbound(self.settings.allow_private_hosts)

    @cached_property
    def puller(self) -> Puller:
        """Fetches from sources."""
        folders = Folders(self.settings.watched_folder)
        return Puller(self.db, self.settings.data_dir / "incoming", self.vault, self.outbound, folders)

    @cached_property
    def sources(self) -> SourceDesk:
        """Where sources are declared."""
        return SourceDesk(self.db, self.vault, self.outbound, Folders(self.settings.watched_folder))

    @cached_property
    def vault(self) -> Vault:
        """Opens and seals credentials; one key for all processes of the data directory."""
        return Vault(self.secret("vault"))

    @cached_property
    def sms_channels(self) -> SqlSmsChannels:
        """The numbers that take texts."""
        return SqlSmsChannels(self.db, self.vault)

    def secret(self, name: str) -> bytes:
        """A secret of this name, one for all processes of the data directory, made by the first that asks."""
        path = self.settings.data_dir / f"{name}.secret"
        if not path.exists():
            own = path.with_suffix(f".{os.getpid()}")
            own.touch(mode=0o600)
            own.write_bytes(secrets.token_bytes(32))
            with contextlib.suppress(FileExistsError):
                os.link(own, path)
            own.unlink()
        return path.read_bytes()


def sms_sender(settings: Settings) -> Sender:
    """Who texts come from. Raises InvalidInput where that would not fit in one."""
    from inventory_api.channels.sms.talk.texts import sender_of

    return sender_of(settings.brand_name, settings.help_contact)


@contextmanager
def installation(settings: Settings | None = None) -> Iterator[Installation]:
    """Open an installation, with an embedded server started or attached to where no URL is set."""
    with sql_installation(settings) as here:
        server = None if here.settings.redis_url else start_server(here.settings)
        try:
            if server is not None:
                here.redis_url = server.url
            yield here
        finally:
            if server is not None:
                server.stop()


@contextmanager
def sql_installation(settings: Settings | None = None) -> Iterator[Installation]:
    """An installation whose index nobody will ask: no server is started for a look into SQL."""
    settings = settings or Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.sql_url)
    db = Database(settings.sql_url)
    try:
        yield Installation(settings, settings.redis_url or "", db)
    finally:
        db.close()


def start_server(settings: Settings) -> EmbeddedServer:
    """The embedded server of the data directory: ours, or one that already runs.

    Raises:
        NoServerFound: No binary; the message names the remedies.
    """
    limit = settings.redis_max_memory_mib
    return EmbeddedServer.start_or_attach(
        settings.data_dir / "redis",
        override=settings.redis_server,
        max_memory_bytes=None if limit is None else limit << 20,
    )
