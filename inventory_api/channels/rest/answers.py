"""A lookup's answer as JSON: full, or compact for slow lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson
from msgspec import Raw, Struct

from inventory_api.channels.rest.hits import WORDS, HitPrinter, PrintedHit, money, told_at
from inventory_api.channels.rest.origin import Origin
from inventory_api.channels.rest.render import encode, feature_json, origin_json, radius_json
from inventory_api.domain import stock
from inventory_api.domain.availability import STATUS_WORDS, STATUSES, Availability
from inventory_api.domain.identifiers import format_product_id, is_gtin
from inventory_api.lookup.answer import Question
from inventory_api.lookup.availability import Answer
from inventory_api.lookup.pages import Pages

_FIRST_OF = {"best": "nearest", "distance": "nearest", "price": "cheapest", "updated": "latest"}
"""What the first store of a list is, by the list's order."""

_BARE_CARD = b'"title":null,"brand":null,"image_url":null}'


class PrintedItem(Struct, gc=False):
    """``BatchItem`` of the document."""

    product: Raw
    best: dict[str, str] | None
    stores: list[PrintedHit]
    excluded: dict[str, int]
    summary: object
    say: str


_Summary = msgspec.defstruct("_Summary", ["checked", *STATUS_WORDS], gc=False)


class AnswerWriter:
    """Writes answers, by a printer of hits that remembers what of each store's JSON never changes."""

    def __init__(self) -> None:
        self.hits = HitPrinter()

    def write(
        self,
        answer: Answer,
        origin: Origin | None,
        more: str | None,
        *,
        is_compact: bool,
        explains: bool,
        is_geo: bool = False,
    ) -> bytes:
        """The JSON of an answer.

        Args:
            answer: What the lookup found.
            origin: Where it was asked, None where stores were named.
            more: The cursor to the next page.
            is_compact: Leave out what a phone on a slow line does without.
            explains: Say why stores were left out.
            is_geo: As a GeoJSON ``FeatureCollection``, the rest of the answer beside its ``features``.
        """
        body = _compact(answer, more) if is_compact else self._full(answer, origin, more)
        if is_geo:
            shown = [feature_json(hit.store, said) for hit, said in zip(answer.hits, body["stores"], strict=True)]
            body = {"type": "FeatureCollection"} | {
                "features" if name == "stores" else name: shown if name == "stores" else value
                for name, value in body.items()
            }
        if explains:
            body["explain"] = [{"store_id": store.public_id, "reason": reason} for store, reason in answer.left_out]
        return encode(body)

    def item(self, answer: Answer, product_id: int, *, is_compact: bool) -> PrintedItem | dict[str, Any]:
        """One of several answers that share their question, for ``encode``."""
        if is_compact:
            body = _compact(answer, None)
            return {"product": _compact_product(answer, product_id)} | {name: body[name] for name in _ITEM}
        product = _product(product_id, answer.card)
        return PrintedItem(product, _best(answer), self._hits(answer), answer.excluded, answer.summary, answer.say)

    def items(self, pages: Pages, product_ids: Sequence[int]) -> list[PrintedItem]:
        """``item`` of every product in full."""
        reasons = [_reason(status, pages.question) for status in STATUSES]
        hits = self.hits.print_all(pages.shown, pages.as_of)
        stores, statuses = pages.shown.store, pages.shown.availability.tolist()
        return [
            PrintedItem(
                _product(product_id, card),
                {"store_id": stores[begin].public_id, "reason": reasons[statuses[begin]]} if has_best else None,
                hits[begin:end],
                {},
                _Summary(sum(tally), *tally),
                say,
            )
            for product_id, card, (begin, end), has_best, tally, say in zip(
                product_ids, pages.cards, pages.spans, pages.has_best, pages.tallies, pages.says, strict=True
            )
        ]

    def _hits(self, answer: Answer) -> list[PrintedHit]:
        return [self.hits.print(hit, answer.as_of) for hit in answer.hits]

    def _full(self, answer: Answer, origin: Origin | None, more: str | None) -> dict[str, Any]:
        question = answer.question
        printed = format_product_id(question.product_id)
        gtin = printed if is_gtin(question.product_id) else None
        asked: dict[str, Any] = {"product_id": printed, "gtin": gtin}
        if origin is not None:
            asked |= {"origin": origin_json(origin), "radius_m": radius_json(question.radius_m)}
        elif question.store_ids is not None:
            asked["store_ids"] = [f"s{number}" for number in question.store_ids]
        return {
            "query": asked,
            "as_of": told_at(stock.to_observed(answer.as_of)),
            "product": _product(question.product_id, answer.card),
            "best": _best(answer),
            "stores": self._hits(answer),
            "excluded": answer.excluded,
            "summary": answer.summary,
            "say": answer.say,
            "next_cursor": more,
        }


_ITEM = ("best", "stores", "excluded", "summary", "say")


def _compact_product(answer: Answer, product_id: int) -> dict[str, Any]:
    card = orjson.loads(answer.card) if answer.card else {}
    return {"id": format_product_id(product_id), "title": card.get("title")}


def _compact(answer: Answer, more: str | None) -> dict[str, Any]:
    """Ten stores fit in 2 kB: what the caller knows already, and every zero, has to go."""
    question = answer.question
    return {
        "query": {"radius_m": radius_json(question.radius_m)} if question.store_ids is None else {},
        "as_of": told_at(stock.to_observed(answer.as_of)),
        "product": _compact_product(answer, question.product_id),
        "best": _best(answer),
        "stores": [
            {
                "store": {"id": hit.store.public_id, "name": hit.store.name},
                "distance_m": None if hit.distance_m is None else round(hit.distance_m),
                "availability": WORDS[hit.availability],
                "price": money(hit.price, hit.store.currency),
                "age_s": hit.age_s,
            }
            for hit in answer.hits
        ],
        "excluded": answer.excluded,
        "summary": {word: count for word, count in answer.summary.items() if count or word == "checked"},
        "say": answer.say,
        "next_cursor": more,
    }


def _product(product_id: int, card: bytes | None) -> Raw:
    about = card[1:] if card else _BARE_CARD
    if is_gtin(product_id):
        printed = b"%014d" % product_id
        return Raw(b'{"id":"%b","gtin":"%b",%b' % (printed, printed, about))
    return Raw(b'{"id":"%d","gtin":null,%b' % (product_id, about))


def _best(answer: Answer) -> dict[str, str] | None:
    """The store to go to, and why: ``in_stock_nearest``, or just ``in_stock`` where no distance was asked."""
    hit, question = answer.best, answer.question
    if hit is None:
        return None
    return {"store_id": hit.store.public_id, "reason": _reason(hit.availability, question)}


def _reason(status: Availability, question: Question) -> str:
    reason = WORDS[status]
    if question.open_at is not None:
        reason += "_open"
    if question.store_ids is None or question.sort not in ("best", "distance"):
        reason += f"_{_FIRST_OF[question.sort]}"
    return reason
