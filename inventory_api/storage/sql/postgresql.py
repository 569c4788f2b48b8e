"""Connections to PostgreSQL that end by themselves where the server falls silent."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import URL, Engine, create_engine, event

CONNECT_TIMEOUT_S = 2
_LOOKS_UP_EVERY_S = 0.1
"""Seconds after which a call that waits looks for Ctrl-C, as in psycopg."""


class HastyConnection(psycopg.Connection[Any]):
    """A connection that is closed when one call takes too long.

    The kernel answers for a server that is stopped or hung, so neither keepalives nor ``statement_timeout`` end such a
    call; the thread that makes it would be lost.
    """

    answers_within_s: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = _LOOKS_UP_EVERY_S, timeout: float | None = None) -> RV:
        """Drive a call to its end, or close the connection.

        Raises:
            OperationalError: It took longer than ``answers_within_s``.
        """
        try:
            return super().wait(gen, interval, self.answers_within_s if timeout is None else timeout)
        except psycopg.OperationalError:
            # Nobody knows how far the call came; a closed connection is what the pool calls a lost one.
            self.pgconn.finish()
            raise


def open_postgresql(url: URL, *, pool_timeout_s: float, answers_within_s: float | None = None) -> Engine:
    """The engine for a URL of ``postgresql+psycopg``.

    Args:
        url: Where.
        pool_timeout_s: Seconds to wait for a connection while all are in use.
        answers_within_s: Seconds that one call may take; None: any time, as long work needs.
    """
    engine = create_engine(
        url,
        pool_timeout=pool_timeout_s,
        pool_pre_ping=True,
        # Errors are logged, and parameters are what shoppers asked for.
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
            "application_name": "inventory",
        },
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, args: tuple[Any, ...], parameters: dict[str, Any]) -> object:
        connection = HastyConnection.connect(*args, **parameters)
        connection.answers_within_s = answers_within_s
        return connection

    return engine
