"""The right answers by brute force: every store measured, every rule applied by its words in the contract.

Distances are Vincenty's, good to a tenth of a millimetre over these lengths; where that does not decide
(the edge of a radius, two stores a millimetre apart in the list), Karney's geodesic does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from geographiclib.geodesic import Geodesic
from numpy.typing import NDArray

from inventory_api.domain.arrays import Floats, Ints
from inventory_api.domain.retailer import Retailer
from inventory_api.lookup.availability import Question
from tests.integration.oracle_world import Planet, Statement, policy_of

WORDS = ("in_stock", "low_stock", "on_display_to_order", "unknown", "out_of_stock", "not_carried")
USABLE = ("in_stock", "low_stock")
NONE = -1
UNDECIDED_M = 0.001
_EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_CLAIMED = ("unknown", "out_of_stock", "low_stock", "in_stock", "on_display_to_order", "low_stock", "in_stock")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a shopper is told of one record, beside its distance."""

    availability: str
    last_known: str | None
    quantity: int | None
    bucket: str
    price: int | None
    age_s: int
    freshness: str


@dataclass(frozen=True, slots=True)
class Expected:
    """The whole answer: store ids and metres in order, and the accounts.

    ``is_moot``: two different points lie so close in distance that either order is right.
    """

    store_ids: list[int]
    distance: list[float]
    verdicts: dict[int, Verdict]
    summary: dict[str, int]
    excluded: dict[str, int]
    is_moot: bool


@dataclass(frozen=True, slots=True)
class _Board:
    """One product at one instant, by store number; ``status`` is an index into WORDS, NONE without a record."""

    status: Ints
    age: Ints
    observed: Ints
    units: Ints
    price: Floats
    verdicts: dict[int, Verdict]


def judge(said: Statement, snapshot_at: int, retailer: Retailer, now: int) -> tuple[Verdict, int]:
    """Apply the contract to one record; also when it was last known to be true."""
    claimed = _CLAIMED[said.claim]
    if said.quantity is not None and claimed in USABLE:
        if said.quantity == 0:
            claimed = "out_of_stock"
        elif said.quantity <= retailer.low_stock_at:
            claimed = "low_stock"
    units = said.quantity
    if retailer.disclosure == "boolean":
        claimed, units = "in_stock" if claimed == "low_stock" else claimed, None
    observed = said.observed if said.dated else max(said.observed, snapshot_at)
    age = max(0, now - observed)
    policy = retailer.freshness
    freshness = "expired"
    for label, limit in (("stale", policy.expires_s), ("recent", policy.recent_s), ("live", policy.live_s)):
        if age <= limit:
            freshness = label
    expired = freshness == "expired"
    is_band = said.claim in (5, 6)
    shown = said.quantity if retailer.disclosure == "exact" and not is_band else None
    verdict = Verdict(
        "unknown" if expired else claimed,
        claimed if expired and claimed != "unknown" else None,
        shown,
        _bucket(units),
        said.price,
        age,
        freshness,
    )
    return verdict, observed


class Oracle:
    """Answers questions about a planet at a few instants."""

    def __init__(self, planet: Planet, instants: Iterable[dt.datetime]) -> None:
        self._planet = planet
        stores = planet.stores
        self._ids = np.array([store.id for store in stores])
        self._latitude = np.array([store.latitude for store in stores], np.float64)
        self._longitude = np.array([store.longitude for store in stores], np.float64)
        self._sphere = np.nan_to_num(_on_sphere(self._latitude, self._longitude))
        self._retailer = [store.retailer_id for store in stores]
        self._services = [frozenset(store.services) for store in stores]
        self._boards = {
            (product, now): self._board(product, round((now - _EPOCH).total_seconds()))
            for product in planet.statements
            for now in instants
        }

    def answer(self, questions: Sequence[tuple[Question, dt.datetime]]) -> list[Expected]:
        """The answers to questions about products that somebody carries, paging left out of account."""
        answers = []
        for at in range(0, len(questions), _CHUNK):
            part = questions[at : at + _CHUNK]
            for (question, now), (store, distance) in zip(part, self._in_range(part), strict=True):
                answers.append(self._expect(question, self._boards[question.product_id, now], store, distance))
        return answers

    def exact_m(self, question: Question, number: int) -> float:
        """Karney's geodesic from the origin of a question to a store."""
        return exact_m(
            question.latitude, question.longitude, float(self._latitude[number]), float(self._longitude[number])
        )

    def _board(self, product: int, now: int) -> _Board:
        count = len(self._planet.stores)
        board = _Board(*(np.full(count, NONE) for _ in range(4)), np.full(count, np.inf), {})
        for number, said in self._planet.statements[product].items():
            store = self._planet.stores[number]
            verdict, observed = judge(said, store.snapshot_at, policy_of(store), now)
            board.status[number], board.age[number] = WORDS.index(verdict.availability), verdict.age_s
            board.observed[number] = observed
            board.units[number] = _told_units(said.quantity, policy_of(store).disclosure)
            board.price[number] = np.inf if said.price is None else said.price
            board.verdicts[store.id] = verdict
        return board

    def _in_range(self, part: Sequence[tuple[Question, dt.datetime]]) -> list[tuple[Ints, Floats]]:
        """Store numbers and metres of every store with a record within each question's radius."""
        latitude = np.array([question.latitude for question, _ in part])
        longitude = np.array([question.longitude for question, _ in part])
        radius = np.array([question.radius_m for question, _ in part])
        # A sphere is within 0.6 % of the ellipsoid: good enough to leave out the far side of the planet.
        reach = np.cos(np.minimum((radius * 1.02 + 1000) / 6_356_752, np.pi))
        near = _on_sphere(latitude, longitude) @ self._sphere.T >= reach[:, None]
        near &= np.array([self._boards[question.product_id, now].status != NONE for question, now in part])
        near &= ~np.isnan(self._latitude)
        row, store = np.nonzero(near)
        metres = vincenty_m(latitude[row], longitude[row], self._latitude[store], self._longitude[store])
        for i in np.flatnonzero(np.abs(metres - radius[row]) < UNDECIDED_M).tolist():
            metres[i] = self.exact_m(part[row[i]][0], int(store[i]))
        inside = metres <= radius[row]
        row, store, metres = row[inside], store[inside], metres[inside]
        bounds = np.searchsorted(row, np.arange(len(part) + 1))
        return [(store[a:b], metres[a:b]) for a, b in pairwise(bounds.tolist())]

    def _expect(self, question: Question, board: _Board, store: Ints, distance: Floats) -> Expected:
        if question.retailer_ids is not None or question.services:
            wanted = question.retailer_ids
            keep = [
                (wanted is None or self._retailer[i] in wanted) and question.services <= self._services[i]
                for i in store.tolist()
            ]
            store, distance = store[keep], distance[keep]
        counts = np.bincount(board.status[store], minlength=len(WORDS)).tolist()
        summary = {"checked": len(store), **dict(zip(WORDS, counts, strict=True))}
        excluded: dict[str, int] = {}
        if question.statuses is not None:
            store, distance = _keep(np.isin(board.status[store], list(question.statuses)), store, distance)
        if question.min_quantity > 1:
            keep = board.units[store] >= question.min_quantity
            _count(excluded, "quantity", keep)
            store, distance = _keep(keep, store, distance)
        if question.max_age_s is not None:
            keep = board.age[store] <= question.max_age_s
            _count(excluded, "stale", keep)
            store, distance = _keep(keep, store, distance)
        store, distance, is_moot = self._sorted(question, board, store, distance)
        if question.max_per_retailer is not None:
            seen: dict[str, int] = {}
            kept = []
            for i in store.tolist():
                seen[self._retailer[i]] = seen.get(self._retailer[i], 0) + 1
                kept.append(seen[self._retailer[i]] <= question.max_per_retailer)
            keep = np.array(kept, bool)
            _count(excluded, "max_per_retailer", keep)
            store, distance = _keep(keep, store, distance)
        return Expected(self._ids[store].tolist(), distance.tolist(), board.verdicts, summary, excluded, is_moot)

    def _sorted(self, question: Question, board: _Board, store: Ints, distance: Floats) -> tuple[Ints, Floats, bool]:
        first = {
            "distance": np.zeros(len(store)),
            "best": (board.status[store] > WORDS.index("low_stock")).astype(np.float64),
            "price": board.price[store],
            "updated": -board.observed[store].astype(np.float64),
        }[question.sort]
        order = np.lexsort((self._ids[store], distance, first))
        ranked = distance[order]
        close = np.flatnonzero(np.abs(np.diff(ranked)) < UNDECIDED_M)
        is_moot = False
        if len(close):
            distance = distance.copy()
            for i in np.unique(np.concatenate([order[close], order[close + 1]])).tolist():
                distance[i] = self.exact_m(question, int(store[i]))
            order = np.lexsort((self._ids[store], distance, first))
            gaps = np.abs(np.diff(distance[order]))
            is_moot = bool(((gaps < 1e-6) & (gaps > 0)).any())
        return store[order], distance[order], is_moot


def exact_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Karney's geodesic on WGS 84."""
    line = Geodesic.WGS84.Inverse(latitude, longitude, other_latitude, other_longitude, Geodesic.DISTANCE)
    return float(line["s12"])


def vincenty_m(latitude: Floats, longitude: Floats, other_latitude: Floats, other_longitude: Floats) -> Floats:
    """Vincenty's inverse formula on WGS 84, for points that are not antipodal."""
    a, f = 6_378_137.0, 1 / 298.257223563
    b = a * (1 - f)
    u, v = (np.arctan((1 - f) * np.tan(np.radians(phi))) for phi in (latitude, other_latitude))
    east = np.radians((other_longitude - longitude + 540) % 360 - 180)
    su, cu, sv, cv = np.sin(u), np.cos(u), np.sin(v), np.cos(v)
    lam = east
    for _ in range(8):
        sin_sigma = np.hypot(cv * np.sin(lam), cu * sv - su * cv * np.cos(lam))
        cos_sigma = su * sv + cu * cv * np.cos(lam)
        sigma = np.arctan2(sin_sigma, cos_sigma)
        sin_alpha = cu * cv * np.sin(lam) / np.where(sin_sigma == 0, 1, sin_sigma)
        cos2_alpha = 1 - sin_alpha**2
        # On the equator the mean of the two points has no reduced latitude to speak of.
        cos_2m = np.where(cos2_alpha < 1e-14, 0, cos_sigma - 2 * su * sv / np.where(cos2_alpha < 1e-14, 1, cos2_alpha))
        c = f / 16 * cos2_alpha * (4 + f * (4 - 3 * cos2_alpha))
        lam = east + (1 - c) * f * sin_alpha * (sigma + c * sin_sigma * (cos_2m + c * cos_sigma * (2 * cos_2m**2 - 1)))
    u2 = cos2_alpha * (a**2 - b**2) / b**2
    big_a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    big_b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    twice = 2 * cos_2m**2 - 1
    rest = big_b / 6 * cos_2m * (4 * sin_sigma**2 - 3) * (4 * cos_2m**2 - 3)
    metres: Floats = b * big_a * (sigma - big_b * sin_sigma * (cos_2m + big_b / 4 * (cos_sigma * twice - rest)))
    return metres


def _on_sphere(latitude: Floats, longitude: Floats) -> Floats:
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


def _bucket(quantity: int | None) -> str:
    if quantity is None:
        return "unknown"
    return "0" if quantity == 0 else "1-2" if quantity < 3 else "3-9" if quantity < 10 else "10+"


def _told_units(quantity: int | None, disclosure: str) -> int:
    """What ``min_quantity`` may go by: a filter must not tell what the answer hides."""
    if quantity is None or disclosure == "boolean":
        return NONE
    if disclosure == "exact":
        return quantity
    return 0 if quantity == 0 else 1 if quantity < 3 else 3 if quantity < 10 else 10


def _keep(which: NDArray[np.bool_], store: Ints, distance: Floats) -> tuple[Ints, Floats]:
    return store[which], distance[which]


def _count(excluded: dict[str, int], reason: str, keep: NDArray[np.bool_]) -> None:
    if not keep.all():
        excluded[reason] = int((~keep).sum())
