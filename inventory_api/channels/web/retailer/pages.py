"""The routes of the retailer's page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps

from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from inventory_api.channels.callers import Callers
from inventory_api.channels.http import RETAILER
from inventory_api.channels.ports import AppPorts
from inventory_api.channels.problem import describe
from inventory_api.channels.runs import known_run, notices_response, report_response
from inventory_api.channels.upload import FORM, Upload, media_type, receive
from inventory_api.channels.web.asked import Asked
from inventory_api.channels.web.failed import NOT_LISTED, FailedPages
from inventory_api.channels.web.page import page
from inventory_api.channels.web.retailer.form import announced_by
from inventory_api.channels.web.retailer.session import COOKIE, CSRF, Session, Sessions
from inventory_api.channels.web.retailer.shown import (
    KINDS,
    Trouble,
    decisions_of,
    facts_of,
    run_path,
    run_shown,
    trouble_of,
)
from inventory_api.domain.errors import (
    Forbidden,
    InventoryError,
    NotFound,
    RateLimited,
    Unauthorized,
    UnsupportedMediaType,
)
from inventory_api.domain.feed import FeedRun
from inventory_api.domain.ports import FeedUpload
from inventory_api.locales.wording import wording_of

LAST_RUNS = 20

_OWN = {
    **NOT_LISTED,
    "Cache-Control": "private, no-store",
    # Browsers say where a form comes from only to those whom they may tell a referrer.
    "Referrer-Policy": "same-origin",
}
_Signed = Callable[["RetailerPages", Request, Session], Awaitable[Response]]


def _(message: str) -> str:
    """Marks a text for the catalogs."""
    return message


def routes(ports: AppPorts, failed: FailedPages) -> Sequence[BaseRoute]:
    """Every address of the page."""
    made = RetailerPages(ports, failed)
    run = f"{RETAILER}/runs/{{run_id}}"
    forms = {"session": made.enter, "leave": made.leave, "upload": made.upload}
    return [
        Route(RETAILER, made.overview),
        *(Route(f"{RETAILER}/{name}", answer, methods=["POST"]) for name, answer in forms.items()),
        # Where a browser that reloads, or changes the language of, the answer to a form comes by.
        *(Route(f"{RETAILER}/{name}", _overview_instead) for name in forms),
        Route(run, made.run),
        Route(f"{run}/report.html", made.report),
        Route(f"{run}/notices.csv", made.notices),
        Route(f"{run}/{{decision}}", made.decide, methods=["POST"]),
    ]


async def _overview_instead(request: Request) -> Response:
    return RedirectResponse(Asked.of(request).url(RETAILER), 303)


def _signed_in(endpoint: _Signed) -> Callable[[RetailerPages, Request], Awaitable[Response]]:
    """Answers within a session; without one it is the form for a key, and what is not ours is not there."""

    @wraps(endpoint)
    async def answer(self: RetailerPages, request: Request) -> Response:
        try:
            session = await self.sessions.open(request)
        except Unauthorized:
            return self.login(request, _("Your session has ended. Enter the key again."), 401)
        if session is None:
            return self.login(request, "", 200 if request.url.path == RETAILER else 401)
        try:
            return await endpoint(self, request, session)
        except NotFound:
            return self.failed.page(request, _asked(request), "not_found", 404, _OWN)

    return answer


class RetailerPages:
    """The pages; they go to the same desks as the API."""

    def __init__(self, ports: AppPorts, failed: FailedPages) -> None:
        self._ports = ports
        self.failed = failed
        self.sessions = Sessions(ports.keys, ports.cursor_secret, ports.public_base_url)

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
        response = RedirectResponse(Asked.of(request).url(RETAILER), 303, _OWN)
        self.sessions.set(request, response, key)
        return response

    @_signed_in
    async def leave(self, request: Request, session: Session) -> Response:
        """``POST /retailer/leave``: the session ends here."""
        try:
            await self._check(request, session)
        except Forbidden as error:
            return await self._overview(request, session, error)
        response = RedirectResponse(Asked.of(request).url(RETAILER), 303, _OWN)
        self.sessions.end(response)
        return response

    @_signed_in
    async def overview(self, request: Request, session: Session) -> Response:
        """``/retailer``: a form for a file, the last runs, and how the stock stands."""
        return await self._overview(request, session)

    @_signed_in
    async def upload(self, request: Request, session: Session) -> Response:
        """``POST /retailer/upload``: a file becomes a run, as by ``POST /v1/feeds/{kind}``."""
        said: dict[str, str] = {}
        announced: list[FeedUpload] = []

        def begin(fields: Mapping[str, str]) -> None:
            said.update({name: text.strip() for name, text in fields.items() if text.strip()})
            session.check(said.pop(CSRF, ""))
            announced.append(announced_by(session.holder, said))

        try:
            self.sessions.check_origin(request)
            if media_type(request) != FORM:
                raise UnsupportedMediaType(f"send the form as {FORM}")
            file = Upload(request, begin)
            reception = await receive(self._ports.desk, file.chunks())
            run = await run_in_threadpool(reception.accept, replace(announced[0], content_type=file.content_type))
        except (InventoryError, HTTPException, RequestValidationError) as error:
            return await self._overview(request, session, error, said)
        return RedirectResponse(Asked.of(request).url(run_path(run)), 303, _OWN)

    @_signed_in
    async def run(self, request: Request, session: Session) -> Response:
        """``/retailer/runs/{id}``: what became of a file, and what may be done with it."""
        return self._run(request, session, await self._known_run(request, session))

    @_signed_in
    async def report(self, request: Request, session: Session) -> Response:
        """``/retailer/runs/{id}/report.html``: all of it, as by the API."""
        run = await self._known_run(request, session)
        return await run_in_threadpool(report_response, self._ports, run, run_path(run))

    @_signed_in
    async def notices(self, request: Request, session: Session) -> Response:
        """``/retailer/runs/{id}/notices.csv``: every notice, as by the API."""
        run = await self._known_run(request, session)
        return await run_in_threadpool(notices_response, self._ports, run)

    @_signed_in
    async def decide(self, request: Request, session: Session) -> Response:
        """``POST /retailer/runs/{id}/{approve|reject|replay}``."""
        run, desk = await self._known_run(request, session), self._ports.desk
        deciders = {"approve": desk.approve, "reject": desk.reject, "replay": desk.replay}
        decider = deciders.get(request.path_params["decision"])
        if decider is None:
            raise NotFound(request.url.path)
        try:
            await self._check(request, session)
            decided = await run_in_threadpool(decider, run.retailer_id, run.id)
        except InventoryError as error:
            return self._run(request, session, await self._known_run(request, session), error)
        return RedirectResponse(Asked.of(request).url(run_path(decided)), 303, _OWN)

    def login(self, request: Request, told: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """The form for a key.

        Args:
            request: What needs a session.
            told: Why it is shown, in English; "": nobody was here yet.
            status: Of the answer.
            headers: More of them.
        """
        asked = _asked(request)
        words = wording_of(asked.language)
        said = {"told": words.gettext(told) if told else ""}
        response = page(
            "retailer/login.html.jinja",
            asked,
            words,
            said,
            query=b"",
            status=status,
            headers=_OWN | dict(headers or {}),
        )
        if status == 401:
            if COOKIE in request.cookies:
                self.sessions.end(response)
            response.headers["WWW-Authenticate"] = 'Bearer realm="inventory-api"'
        return response

    async def _check(self, request: Request, session: Session) -> None:
        """Make sure that a form without a file is of this session. Raises Forbidden."""
        self.sessions.check_origin(request)
        async with request.form(max_files=0, max_fields=5) as form:
            session.check(str(form.get(CSRF, "")))

    async def _known_run(self, request: Request, session: Session) -> FeedRun:
        return await run_in_threadpool(known_run, self._ports, session.holder, request.path_params["run_id"])

    async def _overview(
        self,
        request: Request,
        session: Session,
        error: Exception | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        now, retailer_id = dt.datetime.now(dt.UTC), session.holder.retailer_id
        runs = await run_in_threadpool(lambda: self._ports.desk.list_runs(retailer_id, limit=LAST_RUNS))
        quality = await run_in_threadpool(self._ports.quality.assess, retailer_id, now)
        asked = _asked(request)
        words = wording_of(asked.language)
        shown = {
            "name": quality.retailer.name,
            "limit": self._ports.limits.upload_bytes,
            "kinds": {kind.value: word for kind, word in KINDS.items()},
            "typed": typed or {},
            "runs": [run_shown(run, asked, words, now) for run in runs],
            "facts": facts_of(quality, words),
        }
        return self._page("retailer/overview.html.jinja", asked, session, shown, error)

    def _run(self, request: Request, session: Session, run: FeedRun, error: Exception | None = None) -> Response:
        asked = replace(Asked.of(request), path=run_path(run))
        words = wording_of(asked.language)
        shown = {
            "run": run_shown(run, asked, words, dt.datetime.now(dt.UTC)),
            "decisions": decisions_of(run, words),
        }
        return self._page("retailer/run.html.jinja", asked, session, shown, error)

    def _page(
        self, template: str, asked: Asked, session: Session, shown: Mapping[str, object], error: Exception | None
    ) -> Response:
        problem = None if error is None else describe(error, method="POST")
        trouble: Trouble | None = None if problem is None else trouble_of(problem)
        status = 200 if problem is None else problem.status or problem.kind.status
        said = {**shown, "token": session.token, "trouble": trouble}
        return page(template, asked, wording_of(asked.language), said, query=b"", status=status, headers=_OWN)


def _asked(request: Request) -> Asked:
    """Every page that is no run's leads on from the overview."""
    return replace(Asked.of(request), path=RETAILER)
