"""``domain.ports.ReportDesk`` on SQL."""

from __future__ import annotations

import datetime as dt
import hmac
import ipaddress

from inventory_api.domain.errors import RateLimited
from inventory_api.domain.trust import Report
from inventory_api.storage.sql.engine import Database

MAX_A_DAY = 100
"""Of one address. Nobody visits more shelves; what is beyond would count next to nothing anyway."""


DAY_S = 86_400


class SqlReports:
    """Keeps reports under keyed hashes of who sent them.

    Args:
        db: Where to.
        secret: Of this installation: without it no list of all addresses leads back from a hash.
    """

    def __init__(self, db: Database, secret: bytes) -> None:
        self._db = db
        self._secret = secret

    def put(self, report: Report, *, address: str, device: str | None) -> None:
        """Keep a report. Raises RateLimited beyond ``MAX_A_DAY``."""
        reporter = self._hash(_network(address))
        # Devices behind one address have each a voice for a product; their weight they share.
        voice = self._hash(f"{_network(address)} {device or ''}")
        with self._db.write() as tx:
            if tx.reports.count_today(reporter, report.reported_at) >= MAX_A_DAY:
                raise RateLimited("reports", MAX_A_DAY, DAY_S, _until_tomorrow(report.reported_at))
            tx.reports.put(reporter, voice, report)

    def _hash(self, text: str) -> bytes:
        return hmac.digest(self._secret, text.encode(), "sha256")[:16]


def _until_tomorrow(now: dt.datetime) -> int:
    return DAY_S - int(now.timestamp()) % DAY_S


def _network(address: str) -> str:
    """The address, of IPv6 the /64: a household has as many addresses there as it likes."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
