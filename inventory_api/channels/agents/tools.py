"""The three tools. Each reads, and hands back what the lookup answered: its ``say``, and when that was seen true."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, InputRequiredResult, TextContent, ToolAnnotations
from pydantic import Field, ValidationError
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
from inventory_api.channels.codes import INTERNAL_ERROR
from inventory_api.channels.faults import story_of
from inventory_api.channels.ports import AppPorts
from inventory_api.channels.problem import Problem, describe, unreadable
from inventory_api.domain.errors import InvalidGtin, InvalidInput, UnknownStore
from inventory_api.domain.identifiers import format_product_id, parse_product_id
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

Where = Annotated[
    str, Field(min_length=1, max_length=MAX_CHARS, description="A postal code, city, neighborhood, or 'lat,lon'.")
]
Radius = Annotated[float, Field(gt=0, le=MAX_RADIUS_M / 1000, description="Kilometers around the place.")]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
Product = Annotated[
    str, Field(min_length=1, max_length=64, description="A barcode number (GTIN), or a product_id of find_product.")
]
Tongue = Annotated[Language, Field(description="Of 'say', BCP 47. Its measure is that of the place: miles or km.")]
StoreId = Annotated[str, Field(max_length=20, description="A store_id of another answer: s12.")]

_RADIUS_KM = DEFAULT_RADIUS_M / 1000
_INSTRUCTIONS = (
    "Says which shops near a place have a product on the shelf now, and how old that knowledge is. find_product gives "
    "the product_id of a name, which the other tools take. Tell people 'say' as it is, and the time in 'observed_at': "
    "stock can change and nothing is reserved."
)


def tool_server(ports: AppPorts) -> MCPServer:
    """The tools, bound to their ports."""
    tools = Tools(ports)
    read_only = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    made = []
    for method in (tools.find_product, tools.check_stock, tools.list_stores):
        tool = _Tool.from_function(method, annotations=read_only, structured_output=True)
        tool.parameters["additionalProperties"] = False
        made.append(tool)
    # Where nobody has set logging up, the SDK does, for all of the process: with INFO, which would log places.
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    server = MCPServer("inventory-api", version=ports.version, instructions=_INSTRUCTIONS, tools=made)
    root.handlers[:] = handlers
    root.setLevel(level)
    return server


class _Tool(Tool):
    """A tool that says what is wrong with a question in words that the model can act on, behind our code for it."""

    async def run(
        self, arguments: dict[str, Any], context: object, convert_result: bool = False
    ) -> CallToolResult | InputRequiredResult:
        """Call it; the answer is always the protocol's."""
        try:
            return self.fn_metadata.convert_result(await self.fn(**self._read(arguments)))
        except Exception as error:
            problem = describe(error, method="POST")
            if problem.kind is INTERNAL_ERROR:
                _log.error("a tool failed\n%s", story_of(error))
            # Raised, the SDK would log it, and a detail may tell a place.
            return CallToolResult(content=[TextContent(type="text", text=_sentence(problem))], is_error=True)

    def _read(self, arguments: dict[str, Any]) -> dict[str, Any]:
        # The SDK takes an argument that it does not know for nothing; a misspelt one would widen the question.
        unknown = [name[:40] for name in arguments if name not in self.parameters["properties"]]
        if unknown:
            raise InvalidInput(
                f"{', '.join(unknown)} is unknown here; known: {', '.join(self.parameters['properties'])}"
            )
        try:
            return self.fn_metadata.validate_arguments(arguments)
        except ValidationError as error:
            raise unreadable(error, where="arguments") from None


def _sentence(problem: Problem) -> str:
    details = "; ".join(dict.fromkeys(mistake["detail"] for mistake in problem.errors)) or problem.detail
    again = problem.headers.get("Retry-After")
    return f"{problem.kind.code}: {details}" + ("" if again is None else f"; try again in {again} s")


class Tools:
    """What an agent may ask. The docstrings of the tools are what it reads of them."""

    def __init__(self, ports: AppPorts) -> None:
        self._ports = ports
        self._availability = Availability(ports.index, ports.directory)
        self._several = Several(ports.index, ports.directory)
        self._search = search.Search(ports.search, ports.products, ports.index, ports.directory)
        self._stores = stores.StoreSearch(ports.index, ports.directory)

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
        near, understood = None, None
        if place is not None:
            near, understood = await self._near(place, radius_km, language, limit=1)
        listing = await self._search.find(search.Wanted(text, near=near), now)
        ids = [candidate.product_id for candidate in listing.candidates[:limit]]
        if not ids and text.strip().isdecimal():
            # Says what is wrong with a barcode that was misread.
            parse_product_id(text)
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
            say=first and first.say,
            observed_at=first and first.observed_at,
            as_of=now,
            place=understood,
            products=found,
        )

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
        now, understood = dt.datetime.now(dt.UTC), None
        if place is not None:
            question, understood = await self._near(place, radius_km, language, limit=limit)
        else:
            numbers = tuple(_number(text) for text in store_ids or ())
            question = Question(0, store_ids=numbers, limit=MAX_NAMED, wording=wording_of(language))
        question.product_id = _product_id(product)
        question.statuses = None if every_status or store_ids else USABLE
        question.open_at = now if open_now else None
        answer = await self._availability.ask(question, now)
        card = orjson.loads(answer.card) if answer.card else {}
        return Stock(
            say=answer.say,
            observed_at=None if answer.best is None else answer.best.observed_at,
            as_of=now,
            place=understood,
            product=ProductOut(
                product_id=format_product_id(question.product_id), title=card.get("title"), brand=card.get("brand")
            ),
            stores=[store_stock(hit, now) for hit in answer.hits],
            checked=answer.summary["checked"],
        )

    async def list_stores(
        self,
        place: Where,
        radius_km: Radius = _RADIUS_KM,
        name: Annotated[str, Field(max_length=200, description="Words of shop, chain or street.")] | None = None,
        products: Annotated[list[Product], Field(max_length=MAX_NAMED, description="Only shops that have all.")]
        | None = None,
        open_now: Annotated[bool, Field(description="Only shops known to be open now.")] = False,
        limit: Limit = 5,
        language: Tongue = Language.ENGLISH,
    ) -> NearbyStores:
        """List shops near a place, nearest first; optionally only those that have every one of some products now."""
        now = dt.datetime.now(dt.UTC)
        near, understood = await self._near(place, radius_km, language, limit=limit)
        product_ids = tuple(dict.fromkeys(map(_product_id, products or ())))
        wanted = stores.Wanted(
            circle=stores.Circle(near.latitude, near.longitude, near.radius_m),
            text=name or "",
            open_at=now if open_now else None,
            product_ids=product_ids,
            limit=limit,
        )
        found = (await self._stores.find(wanted, now)).stores
        calls_first = bool(found) and await self._calls_first(product_ids, found[0], now)
        told = [store_out(one.store, one.distance_m, now) for one in found]
        return NearbyStores(
            say=_say(found[0] if found else None, near, wanted=len(product_ids), calls_first=calls_first),
            observed_at=told[0].observed_at if told else None,
            as_of=now,
            place=understood,
            stores=told,
        )

    async def _calls_first(self, product_ids: Sequence[int], first: stores.Found, now: dt.datetime) -> bool:
        """Whether what a store has of these products is little, or not heard of for long."""
        if not product_ids:
            return False
        answers = await self._several.ask(product_ids, Question(0, store_ids=(first.store.id,)), now)
        return any(hit.calls_first for answer in answers if answer is not None for hit in answer.hits)

    async def _near(self, place: str, radius_km: float, language: Language, *, limit: int) -> tuple[Question, str]:
        """A question near a place, answered in the measure of its country; and what the place was understood as."""
        located = await self._ports.places.locate(place)
        here = self._ports.places.called(located)
        label = here.label if here.name else located.label
        wording = wording_of(language, here.country or None)
        question = Question(0, here.latitude, here.longitude, radius_km * 1000, limit=limit, wording=wording)
        return question, f"{label} ({here.country})" if here.country else label


def _say(first: stores.Found | None, near: Question, *, wanted: int, calls_first: bool) -> str:
    """The first shop of a list in a sentence, where ``wanted`` products were asked for."""
    if first is None:
        return near.wording.say_nowhere(near.radius_m)
    if wanted:
        visit = first.store.name, first.distance_m
        return near.wording.say_basket([visit], served=wanted, wanted=wanted, is_any=False, calls_first=calls_first)
    return near.wording.say_where(first.store.name, first.distance_m or 0)


def _product_id(text: str) -> int:
    try:
        return parse_product_id(text)
    except InvalidGtin as error:
        if any(char.isalpha() for char in text):
            raise InvalidGtin(f"{error.reason}; find_product gives the product_id of a name") from None
        raise


def _number(text: str) -> int:
    number = parse_store_id(text)
    if number is None:
        raise UnknownStore(f"{text!r}; ids look like s12")
    return number
