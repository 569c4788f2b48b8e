"""The first pages of several products as columns: one pass of arrays over all of them, and no object a hit.

For the usual question alone, where nothing is counted as excluded and the best is on the first page.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from inventory_api.domain import availability as av
from inventory_api.domain.arrays import Ints
from inventory_api.domain.freshness import FRESHNESS
from inventory_api.lookup.answer import USABLE, Answer, Columns, Question, calls_first
from inventory_api.lookup.availability import say
from inventory_api.lookup.candidates import Candidates
from inventory_api.lookup.directory import Map
from inventory_api.lookup.selection import rank_within

_STATUSES = len(av.STATUSES)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of several products around a point.

    ``product`` is whose each candidate is, ascending; ``unnamed`` are the products that no feed ever named.
    """

    version: Map
    cards: list[bytes | None]
    unnamed: frozenset[int]
    product: Ints
    found: Candidates

    def of(self, position: int) -> Candidates:
        """The candidates of one product."""
        begin, end = np.searchsorted(self.product, [position, position + 1]).tolist()
        return self.found.keep(np.arange(begin, end))


@dataclass(frozen=True, slots=True)
class Pages:
    """Answers about several products, an element each; the hits of all of them are in ``shown``.

    ``spans``: where a product's hits begin and end there; the first is the best where ``has_best``. ``tallies``
    counts the stores with a record by status.
    """

    question: Question
    as_of: dt.datetime
    cards: list[bytes | None]
    unnamed: frozenset[int]
    shown: Columns
    spans: list[tuple[int, int]]
    has_best: list[bool]
    tallies: list[list[int]]
    says: list[str]

    def answers(self) -> list[Answer | None]:
        """Each as an ``Answer``; None for one that no feed ever named."""
        hits = self.shown.hits()
        return [
            None
            if position in self.unnamed
            else Answer(
                question=self.question,
                as_of=self.as_of,
                card=card,
                hits=hits[begin:end],
                best=hits[begin] if has_best else None,
                excluded={},
                left_out=[],
                summary={"checked": sum(tally)} | dict(zip(av.STATUS_WORDS, tally, strict=True)),
                say=said,
                next=None,
            )
            for position, (card, (begin, end), has_best, tally, said) in enumerate(
                zip(self.cards, self.spans, self.has_best, self.tallies, self.says, strict=True)
            )
        ]


def is_usual(question: Question) -> bool:
    """Whether one pass ranks all products: nothing is counted as excluded, and the best is on the first page."""
    return (
        question.store_ids is None
        and question.sort == "best"
        and question.statuses is not None
        and question.min_quantity == 1
        and question.max_age_s is None
        and question.min_confidence == 0
        and question.open_at is None
        and question.max_per_retailer is None
        and not question.explain
    )


def pages_of(sighting: Sighting, question: Question, now: dt.datetime) -> Pages:
    """Rank all products at once, for the usual question."""
    version, found, product, count = sighting.version, sighting.found, sighting.product, len(sighting.cards)
    counts = np.bincount(product * _STATUSES + found.status, minlength=count * _STATUSES)
    tallies = counts.reshape(-1, _STATUSES).tolist()
    shown, spans = rank_within(version, question, found, product, count)
    assert shown.distance_m is not None
    columns = (shown.availability, shown.freshness, shown.age_s, shown.distance_m)
    statuses, labels, ages, ways = (column.tolist() for column in columns)
    say_found = question.wording.say_found
    has_best, says = [], []
    for position, (begin, end) in enumerate(spans):
        # Usable stores come first.
        is_found = begin < end and statuses[begin] in USABLE
        has_best.append(is_found)
        if not is_found:
            says.append(say(version, question, sighting.of(position), None))
            continue
        status = av.STATUSES[statuses[begin]]
        says.append(
            say_found(
                shown.store[begin].name,
                age_s=ages[begin],
                distance_m=ways[begin],
                is_low=status is av.Availability.LOW_STOCK,
                calls_first=calls_first(status, FRESHNESS[labels[begin]]),
            )
        )
    return Pages(question, now, sighting.cards, sighting.unnamed, shown, spans, has_best, tallies, says)
