"""What lets the page be installed, and show its last answer without a connection, with the time it was saved."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from inventory_api.channels.web.asked import SHOWN_LANGUAGES, Asked
from inventory_api.channels.web.assets import content_of, url_of
from inventory_api.channels.web.page import HEADERS, page
from inventory_api.locales.wording import wording_of


def routes() -> Sequence[BaseRoute]:
    """The manifest, the service worker, and the page for when nothing was saved."""
    return [
        Route("/manifest.webmanifest", _manifest),
        Route("/sw.js", _worker),
        Route("/offline", _offline),
    ]


async def _manifest(request: Request) -> Response:
    words = wording_of(Asked.of(request).language)
    manifest = {
        "name": words.gettext("Is it in stock near me?"),
        "short_name": words.gettext("In stock?"),
        "start_url": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b5c4a",
        "icons": [{"src": url_of("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    headers = {"Cache-Control": "public, max-age=3600", "Vary": "Accept-Language"}
    return Response(orjson.dumps(manifest), headers=headers, media_type="application/manifest+json")


async def _worker(request: Request) -> Response:
    # It keeps these for when there is no connection; another version of them is another worker.
    pages = ["/offline", *(f"/offline?lang={language.value}" for language in SHOWN_LANGUAGES)]
    shell = orjson.dumps([*pages, *map(url_of, ("style.css", "page.js", "icon.svg"))])
    script = content_of("sw.js").replace(b"[/* shell */]", shell)
    return Response(script, headers={**HEADERS, "Cache-Control": "no-cache"}, media_type="text/javascript")


async def _offline(request: Request) -> Response:
    asked = Asked.of(request)
    return page("offline.html.jinja", asked, wording_of(asked.language), {}, query=b"")
