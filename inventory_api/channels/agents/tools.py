"""The three tools. Each reads, and hands back what the lookup answered: its ``say``, and when that was seen true."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, ParamSpec, TypeVar

import orjson
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from inventory_api.channels.agents.told import (
    FoundProducts,
    NearbyStores,
    ProductFound,
    ProductOut,
    Stock,
    store_out,
    store_stock,
)
from inventory_api.channels.faults import story_of
from inventory_api.channels.ports import AppPorts
from inventory_api.channels.problem import describe
from inventory_api.domain.errors import InvalidInput, InventoryError, UnknownStore
from inventory_api.domain.identifiers import format_product_id, parse_product_id
from inventory_api.domain.place import Place
from inventory_api.domain.store import parse_store_id
from inventory_api.locales.catalog import Language
from inventory_api.locales.wording import wording_of
from inventory_api.lookup import search, stores
from inventory_api.lookup.answer import DEFAULT_RADIUS_M, MAX_RADIUS_M, USABLE, Answer, Question
from inventory_api.lookup.availability import Availability
from inventory_api.lookup.places import MAX_CHARS
from inventory_api.lookup.several import Several

_log = logging.getLogger(__name__)

MAX_LIMIT = 20
MAX_NAMED = 20

Params = ParamSpec("Params")
Said = TypeVar("Said")

Where = Annotated[
    str, Field(min_length=1, max_length=MAX_CHARS, description="A postal code, city, neighborhood, or 'lat,lon'.")
]
Radius = Annotated[float, Field(gt=0, le=MAX_RADIUS_M / 1000, description="Kilometers around the place.")]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
Product = Annotated[
    str, Field(min_length=1, max_length=64, description="A barcode number (GTIN), or a product_id of find_product.")
]
Tongue = Annotated[Language, Field(description="Of 'say', BCP 47.")]
StoreId = Annotated[str, Field(max_length=20, description="A store_id of another answer: s12.")]

_RADIUS_KM = DEFAULT_RADIUS_M / 1000
_INSTRUCTIONS = (
    "Says which shops near a place have a product on the shelf now, and how old that knowledge is. Tell people "
    "'say' as it is, and the time in 'observed_at': stock can change and nothing is reserved."
)


def tool_server(ports: AppPorts) -> MCPServer:
    """The tools, bound to their ports."""
    tools = Tools(ports)
    read_only = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    made = []
    for method in (tools.find_product, tools.check_stock, tools.list_stores):
        tool = Tool.from_function(method, annotations=read_only, structured_output=True)
        # The SDK takes an argument that it does not know for nothing; a misspelt one would widen the question.
        arguments = tool.fn_metadata.arg_model
        arguments.model_config["extra"] = "forbid"
        arguments.model_rebuild(force=True)
        tool.parameters = arguments.model_json_schema(by_alias=True)
        made.append(tool)
    # Where nobody has set logging up, the SDK does, for all of the process: with INFO, which would log places.
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    server = MCPServer("inventory-api", version=ports.version, instructions=_INSTRUCTIONS, tools=made)
    root.handlers[:] = handlers
    root.setLevel(level)
    return server


def _told(do: Callable[Params, Awaitable[Said]]) -> Callable[Params, Awaitable[Said]]:
    """Tells what is wrong with a question in words that the model can act on."""

    @wraps(do)
    async def tell(*args: Params.args, **kwargs: Params.kwargs) -> Said:
        try:
            return await do(*args, **kwargs)
        except InventoryError as error:
            raise ToolError(describe(error, method="POST").detail) from error
        except Exception as error:
            # Past us the SDK would log what the fault says, and tell the agent.
            _log.error("a tool failed\n%s", story_of(error))
            raise ToolError(describe(error, method="POST").detail) from None

    return tell


class Tools:
    """What an agent may ask. The docstrings of the tools are what it reads of them."""

    def __init__(self, ports: AppPorts) -> None:
        self._ports = ports
        self._availability = Availability(ports.index, ports.directory)
        self._several = Several(ports.index, ports.directory)
        self._search = search.Search(ports.search, ports.products, ports.index, ports.directory)
        self._stores = stores.StoreSearch(ports.index, ports.directory)

    @_told
    async def find_product(
        self,
        text: Annotated[str, Field(min_length=1, max_length=200, description="Words in any language, or a barcode.")],
        place: Where | None = None,
        radius_km: Radius = _RADIUS_KM,
        limit: Limit = 5,
        language: Tongue = Language.ENGLISH,
    ) -> FoundProducts:
        """Find products by name, brand or barcode. With a place, those that a shop near it has come first."""
        now = dt.datetime.now(dt.UTC)
        near = None if place is None else _around(await self._ports.places.locate(place), radius_km, limit=1)
        if near is not None:
            near.wording = wording_of(language)
        listing = await self._search.find(search.Wanted(text, near=near), now)
        ids = [candidate.product_id for candidate in listing.candidates[:limit]]
        described = await run_in_threadpool(self._ports.products.get_many, ids)
        answers: list[Answer | None] = [None] * len(ids)
        if near is not None and ids:
            answers = await self._several.ask(ids, near, now)
        found = []
        for product_id, answer in zip(ids, answers, strict=True):
            product = described.get(product_id)
            best = None if answer is None else answer.best
            found.append(
                ProductFound(
                    product_id=format_product_id(product_id),
                    title=None if product is None else product.title,
                    brand=None if product is None else product.brand,
                    say=None if answer is None else answer.say,
                    observed_at=None if best is None else best.observed_at,
                    nearest=None if best is None else store_stock(best, now),
                )
            )
        first = found[0] if found else None
        return FoundProducts(
            say=first and first.say, observed_at=first and first.observed_at, as_of=now, products=found
        )

    @_told
    async def check_stock(
        self,
        product: Product,
        place: Where | None = None,
        store_ids: Annotated[list[StoreId], Field(min_length=1, max_length=MAX_NAMED)] | None = None,
        radius_km: Radius = _RADIUS_KM,
        open_now: Annotated[bool, Field(description="Only shops known to be open now.")] = False,
        every_status: Annotated[bool, Field(description="Also shops that have none, or may have none.")] = False,
        limit: Limit = 5,
        language: Tongue = Language.ENGLISH,
    ) -> Stock:
        """Say which shops near a place have a product now, nearest first; or whether the shops named have it."""
        if (place is None) == (store_ids is None):
            raise InvalidInput("give exactly one of place and store_ids")
        now = dt.datetime.now(dt.UTC)
        if place is not None:
            question = _around(await self._ports.places.locate(place), radius_km, limit=limit)
        else:
            question = Question(0, store_ids=tuple(_number(text) for text in store_ids or ()), limit=MAX_NAMED)
        question.product_id = parse_product_id(product)
        question.statuses = None if every_status or store_ids else USABLE
        question.open_at = now if open_now else None
        question.wording = wording_of(language)
        answer = await self._availability.ask(question, now)
        card = orjson.loads(answer.card) if answer.card else {}
        return Stock(
            say=answer.say,
            observed_at=None if answer.best is None else answer.best.observed_at,
            as_of=now,
            product=ProductOut(
                product_id=format_product_id(question.product_id), title=card.get("title"), brand=card.get("brand")
            ),
            stores=[store_stock(hit, now) for hit in answer.hits],
            checked=answer.summary["checked"],
        )

    @_told
    async def list_stores(
        self,
        place: Where,
        radius_km: Radius = _RADIUS_KM,
        name: Annotated[str, Field(max_length=200, description="Words of shop, chain or street.")] | None = None,
        products: Annotated[list[Product], Field(max_length=MAX_NAMED, description="Only shops that have all.")]
        | None = None,
        open_now: Annotated[bool, Field(description="Only shops known to be open now.")] = False,
        limit: Limit = 5,
    ) -> NearbyStores:
        """List shops near a place, nearest first; optionally only those that have every one of some products now."""
        now = dt.datetime.now(dt.UTC)
        here = await self._ports.places.locate(place)
        wanted = stores.Wanted(
            circle=stores.Circle(here.latitude, here.longitude, radius_km * 1000),
            text=name or "",
            open_at=now if open_now else None,
            product_ids=tuple(dict.fromkeys(parse_product_id(text) for text in products or ())),
            limit=limit,
        )
        page = await self._stores.find(wanted, now)
        return NearbyStores(as_of=now, stores=[store_out(one.store, one.distance_m, now) for one in page.stores])


def _around(place: Place, radius_km: float, *, limit: int) -> Question:
    return Question(0, place.latitude, place.longitude, radius_km * 1000, limit=limit)


def _number(text: str) -> int:
    number = parse_store_id(text)
    if number is None:
        raise UnknownStore(f"{text!r}; ids look like s12")
    return number
