"""The routes of the shopper's page, and the channel that it and the retailer's are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import wraps
from urllib.parse import urlencode

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from inventory_api.channels.channel import Channel
from inventory_api.channels.ports import AppPorts
from inventory_api.channels.scan import read_barcode
from inventory_api.channels.web import offline
from inventory_api.channels.web.asked import Asked
from inventory_api.channels.web.assets import serve_asset
from inventory_api.channels.web.failed import NOT_LISTED, FailedPages
from inventory_api.channels.web.finding import Finder, Finding, State
from inventory_api.channels.web.page import page
from inventory_api.channels.web.retailer import pages as retailer
from inventory_api.channels.web.shown import (
    address_of,
    opening_words,
    product_path,
    results_of,
    sms_link,
    title_of,
)
from inventory_api.domain.errors import InvalidGtin, NotFound, Unavailable
from inventory_api.domain.hours import opening_of
from inventory_api.domain.identifiers import format_product_id, is_gtin, parse_gtin
from inventory_api.locales.wording import Wording, wording_of

_EXAMPLES = (("milk", "60607"), ("دودھ", "54000"), ("పాలు", "500001"))


def channel(ports: AppPorts) -> Channel:
    """The pages of shoppers and retailers, and what a browser is told wherever something fails."""
    failed = FailedPages(ports.site)
    routes = [*_routes(ports, failed), *retailer.routes(ports, failed)]
    return Channel(routes=routes, dialects={"/": failed.speak})


def _routes(ports: AppPorts, failed: FailedPages) -> Sequence[BaseRoute]:
    shop = ShopPages(ports, failed)
    return [
        Route("/", shop.home),
        Route("/s", shop.search),
        Route("/p/{gtin}", shop.product),
        Route("/01/{gtin}", shop.digital_link),
        Route("/01/{gtin}/{qualifiers:path}", shop.digital_link),
        Route("/stores/{store}", shop.store),
        Route("/scan", shop.scan, methods=["POST"]),
        Route("/about", shop.about),
        Route("/assets/{name:path}", serve_asset),
        *offline.routes(),
    ]


def _kept_whole(endpoint: Callable[[ShopPages, Request], Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """Where the index is away, a page that keeps what was typed; a fault of ours stays what it is."""

    @wraps(endpoint)
    async def answer(self: ShopPages, request: Request) -> Response:
        try:
            return await endpoint(self, request)
        except Unavailable as error:
            asked = Asked.of(request, **request.path_params)
            return self.failed.page(request, asked, "unavailable", 503, {"Retry-After": str(error.retry_after_s)})
        except NotFound:
            return self.failed.page(request, Asked.of(request), "not_found", 404)

    return answer


class ShopPages:
    """The pages; they ask the same lookup as every channel."""

    def __init__(self, ports: AppPorts, failed: FailedPages) -> None:
        self._ports = ports
        self.failed = failed
        self._finder = Finder(ports)

    @_kept_whole
    async def home(self, request: Request) -> Response:
        """``/``: two boxes and a button."""
        asked = Asked.of(request)
        examples = [(asked.url("/s", q=q, near=near), (q, near)) for q, near in _EXAMPLES]
        shown = {"examples": examples, "unread": "unread" in request.query_params}
        return self._page(request, "home.html.jinja", asked, wording_of(asked.language), shown)

    @_kept_whole
    async def search(self, request: Request) -> Response:
        """``/s?q=&near=``: who has it."""
        asked = Asked.of(request)
        if not (asked.q or asked.gtin):
            return RedirectResponse(asked.url("/"), 307)
        return self._found(request, await self._finder.find(asked, dt.datetime.now(dt.UTC)), "search.html.jinja")

    @_kept_whole
    async def product(self, request: Request) -> Response:
        """``/p/{gtin}``: a product, and who has it where a place is said."""
        asked = Asked.of(request, gtin=request.path_params["gtin"])
        finding = await self._finder.find(asked, dt.datetime.now(dt.UTC))
        if finding.product is None:
            return self.failed.page(request, Asked.of(request), "not_found", 404)
        return self._found(request, finding, "product.html.jinja")

    async def digital_link(self, request: Request) -> Response:
        """``/01/{gtin}``: a GS1 Digital Link, as a QR code on a shelf or a pack has it, leads to the product's page.

        What it says of the very piece, such as its lot, changes nothing.
        """
        asked = Asked.of(request)
        try:
            printed = format_product_id(parse_gtin(request.path_params["gtin"]))
        except InvalidGtin:
            return self.failed.page(request, asked, "not_found", 404)
        return RedirectResponse(asked.url(f"/p/{printed}", gtin=""), 307)

    @_kept_whole
    async def store(self, request: Request) -> Response:
        """``/stores/{id}``: a store, and what it has of a product where one is said."""
        asked = Asked.of(request, store=request.path_params["store"])
        now = dt.datetime.now(dt.UTC)
        finding = await self._finder.find_at(asked, now)
        assert finding.store is not None
        shown = {
            "open": opening_words(opening_of(finding.store, now), finding.wording),
            "address": address_of(finding.store),
        }
        return self._found(request, finding, "store.html.jinja", shown)

    async def scan(self, request: Request) -> Response:
        """``POST /scan``: the photo of a barcode becomes a search for its number. The photo is kept nowhere."""
        async with request.form(max_files=1, max_fields=10, max_part_size=self._ports.limits.photo_bytes) as form:
            photo = form.get("photo")
            code = await read_barcode(await photo.read()) if isinstance(photo, UploadFile) else None
            said = {name: str(form.get(name, ""))[:120] for name in ("near", "lang")}
        said = {name: value for name, value in said.items() if value}
        target = {"q": code} | said if code else {"unread": "1"} | said
        return RedirectResponse(f"{'/s' if code else '/'}?{urlencode(target)}", 303)

    async def about(self, request: Request) -> Response:
        """``/about``: what this is, whose data it shows, what is kept of whom."""
        asked = Asked.of(request)
        shown = {"places_attribution": self._ports.places.attribution}
        return self._page(request, "about.html.jinja", asked, wording_of(asked.language), shown)

    def _found(
        self, request: Request, finding: Finding, template: str, more: Mapping[str, object] | None = None
    ) -> Response:
        asked, product = finding.asked, finding.product
        printed = None if product is None or not is_gtin(product.id) else format_product_id(product.id)
        # Without an answer the likeliest product is shown nowhere else.
        is_hidden = finding.answer is None and not asked.gtin
        others = [product, *finding.others] if product is not None and is_hidden else finding.others
        shown: dict[str, object] = {
            "finding": finding,
            "state": finding.state.value,
            "results": results_of(finding) if finding.state is State.ANSWERED else None,
            "title": None if product is None else title_of(product),
            "product_path": None if product is None else product_path(product),
            "printed": printed,
            "others": [(title_of(one), asked.url("/s", gtin=format_product_id(one.id))) for one in others],
            "text_us": self._text_us(asked.q, asked.near),
            # By its number, so that no question comes between; a shop's own article has none that we read.
            "tell_us": self._text_us(printed or asked.q, asked.near, "ALERT"),
        }
        # Searches are endless; the pages of products and stores are not.
        headers = NOT_LISTED if asked.q or asked.near else {}
        return self._page(request, template, asked, finding.wording, shown | dict(more or {}), headers=headers)

    def _page(
        self,
        request: Request,
        template: str,
        asked: Asked,
        wording: Wording,
        shown: Mapping[str, object],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        shown = {"site": self._ports.site, **shown}
        query: bytes = request.scope["query_string"]
        return page(template, asked, wording, shown, query=query, status=status, headers=headers)

    def _text_us(self, *words: str) -> tuple[str, str] | None:
        """A question as a text message, for where there is no internet: what to write, and a link for it."""
        number, text = self._ports.site.sms_number, " ".join(words)
        return (text, sms_link(number, text)) if number and all(words) else None
