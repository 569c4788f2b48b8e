"""What went wrong, as a page that keeps what was typed: for a browser, wherever in the app it arose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from inventory_api.channels.http import RETAILER
from inventory_api.channels.ports import Site
from inventory_api.channels.problem import MEDIA_TYPE, Problem
from inventory_api.channels.reading import negotiate
from inventory_api.channels.web.asked import Asked
from inventory_api.channels.web.page import page
from inventory_api.domain.errors import NotAcceptable
from inventory_api.locales.wording import wording_of

NOT_LISTED = {"X-Robots-Tag": "noindex"}

_HTML = "text/html"
_FOR_PROGRAMS = (
    "/v1", "/docs", "/redoc", "/openapi", "/livez", "/readyz", "/metrics", "/ucp", "/mcp", "/.well-known",
    "/assets/", "/sw.js", "/manifest.webmanifest",
)  # fmt: skip
"""How paths begin where problems stay JSON, whoever looks."""

_WHAT = {404: "not_found", 405: "not_found", 408: "unavailable", 413: "too_large", 429: "too_often", 503: "unavailable"}


class FailedPages:
    """Pages of failures.

    Args:
        site: How we present ourselves.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    def speak(self, scope: Scope, problem: Problem, headers: Mapping[str, str]) -> Response | None:
        """A problem as a page; None where problem+json was wanted. A ``Dialect`` of every path."""
        if scope["path"].startswith(_FOR_PROGRAMS) or not _wants_page(scope):
            return None
        request = Request(scope)
        asked = Asked.of(request)
        if scope["path"].startswith(RETAILER):
            asked = replace(asked, path=RETAILER)
        elif scope["method"] != "GET":
            asked = replace(asked, path="/")
        status = problem.status or problem.kind.status
        what = _WHAT.get(status, "fault" if status >= 500 else "refused")
        return self.page(request, asked, what, status, headers)

    def page(
        self, request: Request, asked: Asked, what: str, status: int, headers: Mapping[str, str] | None = None
    ) -> Response:
        """A page that says what went wrong.

        Args:
            request: What failed.
            asked: What was typed, and where to try again.
            what: Which of the template's sentences is said.
            status: Of the answer.
            headers: More of them.
        """
        template = "retailer/failed.html.jinja" if asked.path == RETAILER else "failed.html.jinja"
        shown = {"site": self._site, "what": what, "request_id": request.scope["state"]["request_id"]}
        said = {**NOT_LISTED, **(headers or {})}
        query: bytes = request.scope["query_string"]
        return page(template, asked, wording_of(asked.language), shown, query=query, status=status, headers=said)


def _wants_page(scope: Scope) -> bool:
    try:
        return negotiate(scope["state"]["headers"].get(b"accept"), _HTML, MEDIA_TYPE) == _HTML
    except NotAcceptable:
        return False
