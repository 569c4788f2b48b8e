"""``GET /v1/availability``: the hot path.

Answered before FastAPI's routing (``HotPaths``): the same parameter model and the same problem answers,
without the machinery of dependencies that would cost more than the answer.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Literal, Protocol

from pydantic import Field, field_validator
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope

from inventory_api.channels.cursor import Cursors
from inventory_api.channels.http import Answerer
from inventory_api.channels.ports import AppPorts
from inventory_api.channels.reading import GEOJSON, JSON, Reading, negotiate, tag_of_lookup, tag_without_clock
from inventory_api.channels.rest.answers import AnswerWriter
from inventory_api.channels.rest.origin import Origin, OriginParams, find_origin, resolve_radius_m, wording_for
from inventory_api.channels.rest.parameters import (
    DECIMAL,
    WHOLE,
    Cursor,
    Flag,
    Instant,
    Limit,
    Sku,
    Word,
    known_retailers,
    resolve_open_at,
)
from inventory_api.channels.rest.query import asked_of, parse_query
from inventory_api.domain.availability import STATUSES
from inventory_api.domain.errors import InvalidInput, OriginRequired, UnknownProduct, UnknownStore
from inventory_api.domain.identifiers import parse_gtin, parse_product_id
from inventory_api.domain.store import parse_store_id
from inventory_api.lookup.availability import Availability, Question

MAX_STORE_IDS = 50
_DEFAULT = frozenset({0, 1})
_NAMES = ("gtin", "product_id", "sku")
_STATUS = {str(status): index for index, status in enumerate(STATUSES)}


class AvailabilityParams(OriginParams):
    """One product, one origin."""

    aliases: ClassVar[dict[str, str]] = {**OriginParams.aliases}
    repeatable: ClassVar[frozenset[str]] = frozenset({"availability", "retailer", "services", "store_id"})

    gtin: Word | None = Field(None, description="GTIN-8, -12, -13 or -14.", examples=["036000291452"])
    product_id: Word | None = Field(None, description="A product's id, instead of `gtin`.")
    sku: Sku | None = Field(None, description="A retailer's own article number; needs one `retailer`.")
    store_id: tuple[Word, ...] = Field((), max_length=MAX_STORE_IDS, description="Ask these stores alone: no radius.")
    availability: tuple[Word, ...] = Field((), description="`in_stock,low_stock` where absent; `all` for every status.")
    min_quantity: int = Field(1, ge=1, description="An unknown quantity passes only at 1.")
    max_age: int | None = Field(None, ge=0, description="Seconds; older statements are dropped and counted.")
    min_confidence: float = Field(0.0, ge=0, le=1)
    open_now: Flag = Field(False, description="Stores whose hours are unknown never match.")
    open_at: Instant | None = Field(None, description="As `open_now`, at that instant, in each store's own time.")
    retailer: tuple[Word, ...] = Field((), max_length=50)
    services: tuple[Word, ...] = Field((), max_length=20)
    max_per_retailer: int | None = Field(None, ge=1, le=50)
    sort: Literal["best", "distance", "price", "updated"] = "best"
    limit: Limit = 10
    cursor: Cursor | None = None
    view: Literal["compact", "full"] = "full"
    explain: Flag = False

    _numbers = field_validator("min_quantity", "max_age", "max_per_retailer", mode="before")(WHOLE.func)
    _decimals = field_validator("min_confidence", mode="before")(DECIMAL.func)


def answerer(ports: AppPorts) -> Answerer:
    """What answers a request, bound to its ports."""
    lookup = Availability(ports.index, ports.directory)
    cursors = Cursors(ports.cursor_secret)
    writer = AnswerWriter()

    async def get_availability(scope: Scope, receive: Receive) -> Reading:
        media_type = negotiate(scope["state"]["headers"].get(b"accept"), GEOJSON, JSON)
        params = parse_query(AvailabilityParams, scope["query_string"])
        retailer_ids = known_retailers(ports.directory, params.retailer)
        product_id = await _product_of(params, ports)
        origin = await find_origin(params, ports.places)
        now = dt.datetime.now(dt.UTC)
        question = _question(params, product_id, origin, retailer_ids, cursors, now)
        question.wording = wording_for(params, scope["state"]["headers"])
        try:
            answer = await lookup.ask(question, now)
        except UnknownProduct as error:
            error.parameter = name_given(params)
            raise
        more = None
        if answer.next is not None:
            more = cursors.seal(asked_of("availability", params), list(answer.next))
        body = writer.write(
            answer,
            origin,
            more,
            is_compact=params.view == "compact",
            explains=params.explain,
            is_geo=media_type == GEOJSON,
        )
        tag = (tag_without_clock if params.view == "compact" else tag_of_lookup)(body)
        return Reading(body, tag, media_type, language=question.wording.language)

    return get_availability


async def _product_of(params: AvailabilityParams, ports: AppPorts) -> int:
    if params.sku is not None and len(params.retailer) != 1:
        raise InvalidInput(
            "sku needs exactly one retailer: an article number means something only there", parameter="retailer"
        )
    return await find_product(ports, params, params.retailer[0] if params.sku is not None else None)


class NamedProduct(Protocol):
    """A product by exactly one of its names."""

    @property
    def gtin(self) -> str | None:
        """Any spelling of its GTIN."""

    @property
    def product_id(self) -> str | None:
        """Its id here."""

    @property
    def sku(self) -> str | None:
        """A retailer's own article number."""


async def find_product(ports: AppPorts, named: NamedProduct, retailer_id: str | None) -> int:
    """The product id behind a name; SQL only for an article number.

    Raises:
        InvalidInput: Not exactly one name.
        InvalidGtin: Not a GTIN.
        UnknownProduct: The retailer has no such article.
    """
    known = named_product(named)
    if known is not None:
        return known
    assert named.sku is not None
    if retailer_id is None:
        raise InvalidInput("sku needs its retailer: an article number means something only there", parameter="retailer")
    found = await run_in_threadpool(ports.products.find_sku, retailer_id, named.sku)
    if found is None:
        raise UnknownProduct(named.sku, parameter="sku")
    return found


def name_given(named: NamedProduct) -> str | None:
    """Which of its names a product was asked by, the first where there are several."""
    return next((name for name in _NAMES if getattr(named, name) is not None), None)


def named_product(named: NamedProduct) -> int | None:
    """The product id that a name is; None for an article number, which SQL knows. Raises as ``find_product``."""
    gtin, product_id, sku = named.gtin, named.product_id, named.sku
    if gtin is not None and product_id is None and sku is None:
        return parse_gtin(gtin)
    if (gtin is None) + (product_id is None) + (sku is None) != 2:
        given = [name for name in _NAMES if getattr(named, name) is not None]
        what = "name the product: gtin, product_id, or retailer and sku"
        raise InvalidInput(f"{what}; {'none' if not given else ' and '.join(given)} given", parameter="gtin")
    return None if product_id is None else parse_product_id(product_id)


def _question(
    params: AvailabilityParams,
    product_id: int,
    origin: Origin | None,
    retailer_ids: frozenset[str] | None,
    cursors: Cursors,
    now: dt.datetime,
) -> Question:
    if params.store_id and (origin is not None or params.radius is not None):
        raise OriginRequired("give either store_id or a position, not both", parameter="store_id")
    if origin is None and not params.store_id:
        raise OriginRequired("say where: lat=37.77&lon=-122.42, place=94103, or store_id", parameter="lat")
    after: Any = None
    if params.cursor is not None:
        tier, distance, store_id = cursors.open(asked_of("availability", params), params.cursor)
        after = (float("inf") if tier is None else tier, distance, store_id)
    return Question(
        product_id=product_id,
        latitude=0.0 if origin is None else origin.latitude,
        longitude=0.0 if origin is None else origin.longitude,
        radius_m=resolve_radius_m(params),
        store_ids=tuple(store_number(text) for text in params.store_id) if params.store_id else None,
        statuses=statuses_of(params.availability),
        min_quantity=params.min_quantity,
        max_age_s=params.max_age,
        min_confidence=params.min_confidence,
        open_at=resolve_open_at(params, now),
        retailer_ids=retailer_ids,
        services=frozenset(params.services),
        max_per_retailer=params.max_per_retailer,
        sort=params.sort,
        limit=params.limit,
        after=after,
        explain=params.explain,
    )


def store_number(text: str, parameter: str = "store_id") -> int:
    """The number in a public store id. Raises UnknownStore for what is none."""
    number = parse_store_id(text)
    if number is None:
        raise UnknownStore(f"{text[:40]!r}; ids look like s12", parameter=parameter)
    return number


def statuses_of(asked: tuple[str, ...], parameter: str = "availability") -> frozenset[int] | None:
    """The statuses to show, None for all. Raises InvalidInput for a word that is none."""
    if not asked:
        return _DEFAULT
    unknown = [word for word in asked if word not in _STATUS and word != "all"]
    if unknown:
        raise InvalidInput(f"{unknown[0]!r} is no availability; known: {', '.join(_STATUS)}, all", parameter=parameter)
    return None if "all" in asked else frozenset(_STATUS[word] for word in asked)
