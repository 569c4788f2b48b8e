"""What agents ask: stores by what they are and have, and stores by their identifiers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from ucp_sdk.models.schemas.common.location_lookup import LookupResponse
from ucp_sdk.models.schemas.common.location_search import SearchResponse
from ucp_sdk.models.schemas.common.types.message_info import MessageInfo
from ucp_sdk.models.schemas.common.types.pagination import Response as PageOut

from inventory_api.channels.agents.ucp.agent import Agents
from inventory_api.channels.agents.ucp.envelope import (
    LOOKUP,
    SEARCH,
    Refused,
    answer,
    metadata,
    say_problem,
    say_refused,
)
from inventory_api.channels.agents.ucp.locations import amenities_of, location_of, looked_up
from inventory_api.channels.agents.ucp.profile import get_profile
from inventory_api.channels.agents.ucp.requests import Filters, Lookup, Search, circle_of, read
from inventory_api.channels.channel import Channel
from inventory_api.channels.cursor import Cursors
from inventory_api.channels.ports import AppPorts
from inventory_api.domain.errors import InvalidGtin, UnknownStore
from inventory_api.domain.identifiers import parse_product_id
from inventory_api.domain.store import Store, parse_store_id
from inventory_api.locales.catalog import Language, language_of_header
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.stores import StoreSearch, Wanted

DEFAULT_LIMIT = 10
MAX_LIMIT = 50
MAX_IDS = 50

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


def ucp_channel(ports: AppPorts) -> Channel:
    """The protocol's routes, bound to their ports."""
    locations = Locations(ports)
    agents = Agents(ports.documents)
    return Channel(
        routes=[
            Route("/.well-known/ucp", get_profile, methods=["GET"]),
            Route("/ucp/locations/search", _endpoint(agents, SEARCH, locations.search), methods=["POST"]),
            Route("/ucp/locations/lookup", _endpoint(agents, LOOKUP, locations.look_up), methods=["POST"]),
        ],
        dialects={"/ucp/": say_problem, "/.well-known/ucp": say_problem},
    )


def _endpoint(agents: Agents, capability: str, respond: Callable[[bytes, Language], Awaitable[Response]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        headers = request.scope["state"]["headers"]
        try:
            await agents.admit(headers, capability)
        except Refused as refused:
            return say_refused(refused)
        return await respond(await request.body(), language_of_header(headers.get(b"accept-language")))

    return endpoint


class Locations:
    """Answers both questions from one store search."""

    def __init__(self, ports: AppPorts) -> None:
        self._directory = ports.directory
        self._stores = StoreSearch(ports.index, ports.directory)
        self._cursors = Cursors(ports.cursor_secret)

    async def search(self, body: bytes, language: Language) -> Response:
        """A page of stores; without any condition, of all. ``language``: where the body asks for no other."""
        asked = read(Search, body)
        language = asked.language or language
        page = asked.pagination
        limit = min((page and page.limit) or DEFAULT_LIMIT, MAX_LIMIT)
        same = orjson.dumps(asked.model_dump(mode="json", include={"query", "distance", "filters"}))
        after: Any = None
        if page is not None and page.cursor is not None:
            after = tuple(self._cursors.open(same, page.cursor, "/pagination/cursor"))
        wanted, messages = _filtered(
            Wanted(circle=circle_of(asked.distance), text=asked.query or "", limit=limit, after=after), asked.filters
        )
        now = dt.datetime.now(dt.UTC)
        found = await self._stores.find(wanted, now) if wanted is not None else None
        shown = [] if found is None else [location_of(one.store, now, language) for one in found.stores]
        more = None
        if found is not None and found.next is not None:
            more = self._cursors.seal(same, list(found.next))
        told = {"has_next_page": more is not None} | ({} if more is None else {"cursor": more})
        return answer(
            SearchResponse(
                ucp=metadata(SEARCH),
                locations=shown,
                pagination=PageOut.model_validate(told),
                messages=list(messages) or None,
            ),
            headers={"Content-Language": language},
        )

    async def look_up(self, body: bytes, language: Language) -> Response:
        """Stores by their ids, or by ``retailer:store_code``, in the order of their first mention."""
        asked = read(Lookup, body)
        language = asked.language or language
        distinct = list(dict.fromkeys(asked.ids))
        named: dict[int, list[str]] = {}
        messages = []
        for text in distinct[:MAX_IDS]:
            store = _store_of(self._directory, text)
            if store is None:
                path = f"$.ids[{asked.ids.index(text)}]"
                messages.append(_info("not_found", f"no location has the id {text[:80]!r}", path))
            else:
                named.setdefault(store.id, []).append(text)
        if len(distinct) > MAX_IDS:
            left = len(distinct) - MAX_IDS
            told = f"at most {MAX_IDS} identifiers at a time: {left} of {len(distinct)} were not processed"
            messages.append(_info("batch_limit_applied", told))
        wanted, more = _filtered(
            Wanted(circle=circle_of(asked.distance), store_ids=list(named), limit=len(named)), asked.filters
        )
        now = dt.datetime.now(dt.UTC)
        found = [] if wanted is None else (await self._stores.find(wanted, now)).stores
        stores = {one.store.id: one.store for one in found}
        return answer(
            LookupResponse(
                ucp=metadata(LOOKUP),
                locations=[
                    looked_up(stores[number], names, now, language)
                    for number, names in named.items()
                    if number in stores
                ],
                messages=[*messages, *more] or None,
            ),
            headers={"Content-Language": language},
        )


def _filtered(wanted: Wanted, filters: Filters | None) -> tuple[Wanted | None, list[MessageInfo]]:
    """Add the filters; None where an item is none of ours, so that no store can have all."""
    if filters is None:
        return wanted, []
    product_ids: dict[int, None] = {}
    messages = []
    for position, item in enumerate(filters.items or ()):
        try:
            product_ids[parse_product_id(item)] = None
        except InvalidGtin as error:
            messages.append(_info("not_found", error.reason, f"$.filters.items[{position}]"))
    if messages:
        return None, messages
    amenities = frozenset(filters.amenities or ())

    def offers(store: Store) -> bool:
        return amenities.issubset(amenities_of(store))

    wanted = replace(wanted, product_ids=tuple(product_ids))
    if amenities:
        wanted = replace(wanted, is_wanted=offers)
    if filters.hours is not None:
        wanted = replace(wanted, open_at=filters.hours.open_at)
    return wanted, []


def _store_of(directory: Directory, text: str) -> Store | None:
    number = parse_store_id(text)
    if number is None:
        retailer_id, _, store_code = text.partition(":")
        return directory.find_code(retailer_id, store_code)
    try:
        return directory.get(number)
    except UnknownStore:
        return None


def _info(code: str, content: str, path: str | None = None) -> MessageInfo:
    return MessageInfo(type="info", code=code, content=content, path=path)
