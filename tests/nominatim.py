"""A server on loopback that answers as Nominatim does, and a clock that only sleep moves."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
DOOR: dict[str, Any] = {
    "lat": "31.5101",
    "lon": "74.3401",
    "class": "place",
    "type": "house",
    "addresstype": "place",
    "place_rank": 30,
    "name": "",
    "display_name": "5, Tariq Street, Gulberg, Lahore, Punjab, 54000, Pakistan",
    "address": {
        "house_number": "5",
        "road": "Tariq Street",
        "suburb": "Gulberg",
        "city": "Lahore",
        "state": "Punjab",
        "postcode": "54000",
        "country": "Pakistan",
        "country_code": "pk",
    },
}


class Nominatim:
    """``asked`` are the parameters of each question; ``answer`` is what it finds, or a status. Waits ``slow_s``."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.agents: set[str | None] = set()
        self.answer: list[dict[str, Any]] | dict[str, Any] | int = [DOOR]
        self.slow_s = 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                outer.asked.append({name: values[0] for name, values in query.items()})
                outer.agents.add(self.headers["User-Agent"])
                answer = outer.answer
                time.sleep(outer.slow_s)
                body = b"" if isinstance(answer, int) else json.dumps(answer).encode()
                self.send_response(answer if isinstance(answer, int) else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                # Whoever asked may have gone.
                with contextlib.suppress(BrokenPipeError):
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def words(self) -> list[str]:
        """What was asked for."""
        return [question["q"] for question in self.asked]

    @property
    def options(self) -> dict[str, Any]:
        """How geopy reaches it."""
        return {
            "user_agent": "inventory-api tests",
            "domain": f"127.0.0.1:{self._server.server_address[1]}",
            "scheme": "http",
            "proxies": {},
        }

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> dt.datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += dt.timedelta(seconds=seconds)
