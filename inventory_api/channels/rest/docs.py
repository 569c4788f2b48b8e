"""The documentation pages, served whole from here: no request to any third party, CSP included.

Swagger UI and Redoc come from the package ``fastapi-standalone-docs``, of which only the files are used.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from inventory_api.channels.codes import BY_CODE
from inventory_api.channels.problem import ERRORS_PATH

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,">{head}</head>
<body>{body}</body>
</html>
"""
_SWAGGER = _PAGE.format(
    title="Inventory API: try it",
    head='<link rel="stylesheet" href="docs/assets/swagger/swagger-ui.css">',
    body='<div id="swagger-ui"></div><script src="docs/assets/swagger/swagger-ui-bundle.js"></script>'
    '<script src="docs/start.js"></script>',
)
_SWAGGER_START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset], layout: "BaseLayout"
});
"""
_REDOC = _PAGE.format(
    title="Inventory API: reference",
    head="<style>body { margin: 0 }</style>",
    body='<div id="redoc"></div><script src="redoc/assets/redoc.standalone.js"></script>'
    '<script src="redoc/start.js"></script>',
)
_REDOC_START = 'Redoc.init("openapi.json", {}, document.getElementById("redoc"));\n'


def routes() -> Sequence[BaseRoute]:
    """``/docs`` (Swagger UI), ``/redoc`` and the list of problem codes."""
    assets = str(files("fastapi_standalone_docs") / "static")
    return [
        Route("/docs", _page(_SWAGGER)),
        Route("/docs/start.js", _script(_SWAGGER_START)),
        Route(ERRORS_PATH, _page(_errors_page())),
        Mount("/docs/assets", StaticFiles(directory=assets)),
        Route("/redoc", _page(_REDOC)),
        Route("/redoc/start.js", _script(_REDOC_START)),
        # Redoc asks for its logo beside its own page.
        Route("/redoc/logo-mini.svg", _logo(assets)),
        Mount("/redoc/assets", StaticFiles(directory=f"{assets}/redoc")),
    ]


def _page(html: str) -> Endpoint:
    async def page(request: Request) -> Response:
        return HTMLResponse(html, headers=_HEADERS)

    return page


def _script(text: str) -> Endpoint:
    async def script(request: Request) -> Response:
        return Response(text, headers=_HEADERS, media_type="text/javascript")

    return script


def _logo(assets: str) -> Endpoint:
    async def logo(request: Request) -> Response:
        return FileResponse(f"{assets}/redoc/logo-mini.svg", headers=_HEADERS)

    return logo


def _errors_page() -> str:
    rows = "".join(
        f'<tr id="{kind.code}"><th scope="row"><code>{kind.code}</code></th><td>{kind.status}</td>'
        f"<td>{escape(kind.title)}</td><td>{escape(kind.mend)}</td></tr>"
        for kind in sorted(BY_CODE.values(), key=lambda kind: (kind.status, kind.code))
    )
    return _PAGE.format(
        title="Inventory API: problems",
        head="<style>body { font-family: sans-serif; margin: 2rem } td, th { text-align: left; vertical-align: top; "
        "padding: .3rem 1rem } tr:target { background: #fe9 }</style>",
        body="<h1>Problems</h1><p>Every error is <code>application/problem+json</code> (RFC 9457). Branch on "
        "<code>code</code>; <code>detail</code> and <code>errors</code> say what to mend; quote "
        "<code>request_id</code> when you report a fault.</p>"
        f"<table><tr><th>code</th><th>status</th><th>meaning</th><th>what to do</th></tr>{rows}</table>",
    )
