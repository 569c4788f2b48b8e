"""Shoppers' reports, and what they add up to. No position, no address: reporters are keyed hashes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Double, Subquery, case, cast, delete, func, select

from inventory_api.domain.trust import VOICES, WINDOW, Outcome, Outcomes, Report, Trust
from inventory_api.storage.sql import bulk, counters
from inventory_api.storage.sql.repository import Repository
from inventory_api.storage.sql.tables import report, trust

_EPOCH = dt.date(1970, 1, 1)
_KEY = ("voice", "store_id", "product_id", "day")
_SAID = ("reporter", "retailer_id", "outcome", "cell", "kept", "stated")

Tally = tuple[str, int, float, float]
"""Retailer, cell, weight of its reports, weight of those whose statement was kept."""


class Reports(Repository):
    """The reports, and the tallies that the worker makes of them."""

    def put(self, reporter: bytes, voice: bytes, said: Report) -> None:
        """Keep a report; of one voice, product, store and day the last counts."""
        key = (voice, said.store_id, said.product_id, _day(said.reported_at))
        rest = (reporter, said.retailer_id, said.outcome.value, said.cell, said.kept, said.stated)
        bulk.upsert(self._connection, report, _KEY, _SAID, [(*key, *rest)])

    def count_today(self, reporter: bytes, now: dt.datetime) -> int:
        """How many reports of a reporter are kept of this day."""
        statement = select(func.count()).where(report.c.reporter == reporter, report.c.day == _day(now))
        count: int = self._connection.execute(statement).scalar_one()
        return count

    def tally(self, now: dt.datetime) -> list[Tally]:
        """Add up the reports of the window: the weight told and kept, by retailer and cell. Seconds a million."""
        told = _weighed(_day(now - WINDOW))
        statement = (
            select(told.c.retailer_id, told.c.cell, func.sum(told.c.weight), func.sum(told.c.right))
            .group_by(told.c.retailer_id, told.c.cell)
            .order_by(told.c.retailer_id, told.c.cell)
        )
        return [(row[0], row[1], row[2], row[3]) for row in self._connection.execute(statement)]

    def teach(self, tallies: list[Tally], now: dt.datetime) -> bool:
        """Put sums in place of those before and forget the reports that are too old; whether the sums differ."""
        counters.lock(self._connection, counters.TRUST_REVISION)
        self._connection.execute(delete(report).where(report.c.day < _day(now - WINDOW)))
        known = self._connection.execute(select(trust.c.retailer_id, trust.c.cell, trust.c.told, trust.c.kept))
        if sorted(tallies) == sorted((row[0], row[1], row[2], row[3]) for row in known):
            return False
        self._connection.execute(delete(trust))
        bulk.insert(self._connection, trust, ("retailer_id", "cell", "told", "kept"), tallies)
        counters.take(self._connection, counters.TRUST_REVISION)
        return True

    def trust(self) -> Trust:
        """What was added up last."""
        rows = self._connection.execute(select(trust.c.retailer_id, trust.c.cell, trust.c.told, trust.c.kept))
        return Trust({(row.retailer_id, row.cell): (row.told, row.kept) for row in rows})

    def revision(self) -> int:
        """How often the sums changed."""
        return counters.taken(self._connection, counters.TRUST_REVISION)

    def outcomes(self, retailer_id: str, now: dt.datetime) -> Outcomes | None:
        """A retailer's reports of the window, None where there is none."""
        first = _day(now - WINDOW)
        mine = (report.c.retailer_id == retailer_id) & (report.c.day >= first)
        counted = select(report.c.outcome, func.count()).where(mine).group_by(report.c.outcome)
        counts = {Outcome(outcome): count for outcome, count in self._connection.execute(counted)}
        if not counts:
            return None
        told = _weighed(first)
        sums = select(func.sum(told.c.weight), func.sum(told.c.right), func.sum(told.c.weight * told.c.stated))
        weight, right, stated = self._connection.execute(sums.where(told.c.retailer_id == retailer_id)).one()
        return Outcomes(
            {outcome: counts.get(outcome, 0) for outcome in Outcome},
            right / weight if weight else None,
            stated / weight if weight else None,
        )


def _weighed(first: int) -> Subquery:
    """The reports since a day on what had promised something, each with what its voice counts."""
    useful = (report.c.day >= first) & report.c.cell.is_not(None)
    voices = select(report.c.reporter, func.count().label("reports")).where(useful).group_by(report.c.reporter)
    by = voices.subquery()
    # domain.trust.voice_weight, in SQL: millions of reports stay where they are.
    weight = case((by.c.reports <= VOICES, 1.0), else_=float(VOICES) / cast(by.c.reports, Double))
    return (
        select(
            report.c.retailer_id,
            report.c.cell,
            report.c.stated,
            weight.label("weight"),
            case((report.c.kept.is_(True), weight), else_=0.0).label("right"),
        )
        .join(by, by.c.reporter == report.c.reporter)
        .where(useful)
        .subquery()
    )


def _day(instant: dt.datetime) -> int:
    return (instant.astimezone(dt.UTC).date() - _EPOCH).days
