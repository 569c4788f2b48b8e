"""The programs that a tree starts: ``python -m inventory_api.cli.children serve LISTENER`` and ``... worker``.

Without the command line's imports, since each of them stands between a crash and the next answer. Standard
input is the parent's lifeline; settings are in the environment.
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
from types import FrameType

from ingest.pipeline import Progress
from inventory_api.cli.compose import Installation
from inventory_api.cli.lifeline import end_with_parent
from inventory_api.domain.errors import Unavailable
from inventory_api.settings import Settings
from inventory_api.storage.sql.engine import Database

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def command(role: str, listener: int) -> list[str]:
    """How to start a child.

    Args:
        role: ``serve`` or ``worker``.
        listener: Descriptor of the socket to listen on, which the API inherits.
    """
    words = [sys.executable, "-m", "inventory_api.cli.children", role]
    return [*words, str(listener)] if role == "serve" else words


def run_worker(here: Installation, progress: Progress) -> None:
    """Work until told to stop."""
    from ingest.worker import Worker

    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    Worker(here.surroundings(), progress).run(stop)


def main(role: str, listener: str = "") -> None:
    """Be a child."""
    end_with_parent()
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    settings = Settings()
    redis_url = settings.redis_url or ""
    if role == "serve":
        from inventory_api.cli.serve import run_api

        run_api(settings, redis_url, socket.socket(fileno=int(listener)))
        return
    db = Database(settings.sql_url)
    try:
        run_worker(Installation(settings, redis_url, db), lambda stage, done, all_: None)
    except Unavailable as error:
        # The tree tries again in a second.
        sys.exit(f"the worker cannot start: {error}")
    finally:
        db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
