"""The way in: a secret key becomes a session, and what all pages behind it have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inventory_api.channels.callers import Callers
from inventory_api.channels.http import RETAILER
from inventory_api.channels.web.asked import Asked
from inventory_api.channels.web.failed import NOT_LISTED
from inventory_api.channels.web.page import page
from inventory_api.channels.web.retailer.session import COOKIE, Sessions
from inventory_api.domain.errors import Forbidden, RateLimited, Unauthorized
from inventory_api.locales.wording import wording_of

OWN = {
    **NOT_LISTED,
    "Cache-Control": "private, no-store",
    # Browsers say where a form comes from only to those whom they may tell a referrer.
    "Referrer-Policy": "same-origin",
}
"""Headers of every page."""


def _(message: str) -> str:
    """Marks a text for the catalogs."""
    return message


class Entry:
    """The form for a key.

    Args:
        sessions: Seals what was entered.
    """

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions

    async def enter(self, request: Request) -> Response:
        """``POST /retailer/session``: a key becomes a session."""
        callers: Callers = request.app.state.callers
        try:
            self.sessions.check_origin(request)
            async with request.form(max_files=0, max_fields=5) as form:
                key = str(form.get("key", "")).strip()
            holder = await callers.verify(request.scope, key)
        except RateLimited as error:
            retry = {"Retry-After": str(error.retry_after_s)}
            return self.login(request, _("Too many wrong keys. Wait a minute and try again."), 429, retry)
        except Unauthorized:
            return self.login(request, _("This key is unknown or revoked. Look whether all of it was pasted."), 401)
        except Forbidden:
            return self.login(request, _("The form was out of date, and nothing was done. Please send it again."), 403)
        if not holder.secret:
            said = _(
                "This is a publishable key, which only reads. Use the secret one, which begins with inventory_sk_."
            )
            return self.login(request, said, 403)
        response = RedirectResponse(Asked.of(request).url(RETAILER), 303, OWN)
        self.sessions.set(request, response, key)
        return response

    def login(self, request: Request, told: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """The form for a key.

        Args:
            request: What needs a session.
            told: Why it is shown, in English; "": nobody was here yet.
            status: Of the answer.
            headers: More of them.
        """
        asked = overview_asked(request)
        words = wording_of(asked.language)
        said = {"told": words.gettext(told) if told else ""}
        response = page(
            "retailer/login.html.jinja",
            asked,
            words,
            said,
            query=b"",
            status=status,
            headers=OWN | dict(headers or {}),
        )
        if status == 401:
            if COOKIE in request.cookies:
                self.sessions.end(response)
            response.headers["WWW-Authenticate"] = 'Bearer realm="inventory-api"'
        return response


def overview_asked(request: Request) -> Asked:
    """What a request asks, with links that lead on from the overview: a form's own path is no page."""
    return replace(Asked.of(request), path=RETAILER)
