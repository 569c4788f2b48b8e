"""An installation as ``inventory-api serve`` serves it, every channel put together by the program's own hand."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
import pytest
import uvicorn

from inventory_api.channels.sms.providers.twilio import signature
from inventory_api.cli.compose import Installation
from inventory_api.cli.directory import DirectoryLoader
from inventory_api.cli.serve import create_api, server_config
from inventory_api.lookup.directory import Directory
from inventory_api.notify.notifier import Notifier
from inventory_api.settings import Settings
from inventory_api.storage.index.reader import open_reader
from inventory_api.storage.sql.engine import Database
from tests.integration.service import STARTED_S
from tests.integration.texting import said_in

PUBLIC_URL = "https://inventory.example.com"
OURS = "+14155550199"
TOKEN = "the token"


class Served:
    """A server in a thread of the test, and a shopper before it. Its number takes texts over Twilio."""

    def __init__(self, here: Installation, config: uvicorn.Config) -> None:
        self.here = here
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],))
        url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=10)
        us = {"countries": ("US",), "country": "US"}
        options = {"account_sid": "ACaa", "auth_tokens": [TOKEN]}
        secret = here.sms_channels.put("twilio", provider="twilio", number=OURS, options=options, **us)
        self.sms_path = f"/v1/sms/twilio/{secret}"
        self._texts = 0

    def start(self) -> None:
        """Serve."""
        self._thread.start()
        until = time.monotonic() + STARTED_S
        while not self._server.started:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """Serve no more."""
        self.http.close()
        self._server.should_exit = True
        self._thread.join()

    def add_android(self, url: str) -> str:
        """A phone with a SIM, whose gateway is at this address; the path for what it delivers."""
        options = {"signing_key": "k", "username": "u", "password": "p", "api_url": url}
        us = {"countries": ("US",), "country": "US"}
        secret = self.here.sms_channels.put("android", provider="android", number=OURS, options=options, **us)
        return f"/v1/sms/android/{secret}"

    def deliver(self, text: str, sender: str, **more: str) -> httpx.Response:
        """A call of the provider, signed."""
        self._texts += 1
        form = {"MessageSid": f"SM{self._texts:032}", "From": sender, "To": OURS, "Body": text, "NumMedia": "0"} | more
        signed = signature(TOKEN, PUBLIC_URL + self.sms_path, list(form.items()))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signed}
        return self.http.post(self.sms_path, content=urlencode(form), headers=headers)

    def text(self, text: str, sender: str, **more: str) -> str | None:
        """A text, and what is answered."""
        response = self.deliver(text, sender, **more)
        assert response.status_code == 200, response.text
        return said_in(response)


class Clock:
    """The time of day, put ahead of the real one."""

    def __init__(self, hour: int) -> None:
        self._ahead = dt.timedelta()
        self.go_to(hour)

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._ahead

    def go_to(self, hour: int, minute: int = 0) -> None:
        """Put it ahead to the next such time in California."""
        here = self().astimezone(ZoneInfo("America/Los_Angeles"))
        then = here.replace(hour=hour, minute=minute)
        then += dt.timedelta(days=then <= here)
        self._ahead += then.astimezone(dt.UTC) - here.astimezone(dt.UTC)


def notifier_of(here: Installation, clock: Clock) -> Notifier:
    """The notifier of a worker, with a clock of the test's."""
    directory = Directory()
    refresh = DirectoryLoader(here.db, directory).refresh
    open_index = partial(open_reader, here.redis_url, timeout_s=2)
    return Notifier(
        here.db, open_index, directory, refresh, here.subscribers, here.opt_outs, here.alert_sender, now=clock
    )


PATIENT = {"deadline_ms": 5_000, "read_deadline_ms": 20_000}
"""For tests that are not about time, on machines that have other things to do."""


@contextmanager
def serving(data_dir: Path, redis_url: str, **settings: Any) -> Iterator[Served]:
    """Serve the installation of a folder, whose database is there, until the block ends.

    Args:
        data_dir: Of the installation.
        redis_url: Of its index.
        settings: Others, by the names of ``Settings``.
    """
    given = {"data_dir": data_dir, "redis_url": redis_url, "public_base_url": PUBLIC_URL, "anonymous_rate_limit": 0}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in (given | settings).items():
            environment.setenv(f"INVENTORY_{name.upper()}", str(value))
        here = Installation(Settings(), redis_url, Database(Settings().sql_url))
        config = server_config(here.settings)
        config.app = create_api
        served = Served(here, config)
        served.start()
        try:
            yield served
        finally:
            served.stop()
            here.db.close()
