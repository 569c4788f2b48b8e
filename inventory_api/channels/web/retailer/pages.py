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

from inventory_api.channels.http import RETAILER
from inventory_api.channels.ports import AppPorts
from inventory_api.channels.problem import describe
from inventory_api.channels.runs import known_run, notices_response, report_response
from inventory_api.channels.upload import FORM, Upload, media_type, receive
from inventory_api.channels.web.asked import Asked
from inventory_api.channels.web.failed import FailedPages
from inventory_api.channels.web.page import page
from inventory_api.channels.web.retailer.entry import OWN, Entry, overview_asked
from inventory_api.channels.web.retailer.form import announced_by
from inventory_api.channels.web.retailer.session import CSRF, Session, Sessions
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
    Unauthorized,
    UnknownRetailer,
    UnsupportedMediaType,
)
from inventory_api.domain.feed import FeedRun
from inventory_api.domain.ports import FeedUpload
from inventory_api.locales.wording import wording_of

LAST_RUNS = 20

_Signed = Callable[["RetailerPages", Request, Session], Awaitable[Response]]


def _(message: str) -> str:
    """Marks a text for the catalogs."""
    return message


def routes(ports: AppPorts, failed: FailedPages) -> Sequence[BaseRoute]:
    """Every address of the page."""
    made = RetailerPages(ports, failed)
    run = f"{RETAILER}/runs/{{run_id}}"
    forms = {"session": made.entry.enter, "leave": made.leave, "upload": made.upload}
    return [
        Route(RETAILER, made.overview),
        *(Route(f"{RETAILER}/{name}", answer, methods=["POST"]) for name, answer in forms.items()),
        # Where a browser that reloads, or changes the language of, the answer to a form comes by.
        *(Route(f"{RETAILER}/{name}", _overview_instead) for name in forms),
        Route(f"{RETAILER}/quality", made.quality),
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
            session = await self.entry.sessions.open(request)
        except Unauthorized:
            return self.entry.login(request, _("Your session has ended. Enter the key again."), 401)
        if session is None:
            return self.entry.login(request, "", 200 if request.url.path == RETAILER else 401)
        try:
            return await endpoint(self, request, session)
        except NotFound:
            return self.failed.page(request, overview_asked(request), "not_found", 404, OWN)

    return answer


class RetailerPages:
    """The pages; they go to the same desks as the API."""

    def __init__(self, ports: AppPorts, failed: FailedPages) -> None:
        self._ports = ports
        self.failed = failed
        self.entry = Entry(Sessions(ports.keys, ports.cursor_secret, ports.public_base_url))

    @_signed_in
    async def leave(self, request: Request, session: Session) -> Response:
        """``POST /retailer/leave``: the session ends here."""
        try:
            await self._check(request, session)
        except Forbidden as error:
            return await self._overview(request, session, error)
        response = RedirectResponse(Asked.of(request).url(RETAILER), 303, OWN)
        self.entry.sessions.end(response)
        return response

    @_signed_in
    async def overview(self, request: Request, session: Session) -> Response:
        """``/retailer``: a form for a file, and the last runs."""
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
            self.entry.sessions.check_origin(request)
            if media_type(request) != FORM:
                raise UnsupportedMediaType(f"send the form as {FORM}")
            file = Upload(request, begin)
            reception = await receive(self._ports.desk, file.chunks())
            run = await run_in_threadpool(reception.accept, replace(announced[0], content_type=file.content_type))
        except (InventoryError, HTTPException, RequestValidationError) as error:
            return await self._overview(request, session, error, said)
        return RedirectResponse(Asked.of(request).url(run_path(run)), 303, OWN)

    @_signed_in
    async def quality(self, request: Request, session: Session) -> Response:
        """``/retailer/quality``: how well the feeds keep their promise. 75 ms for 5,000 stores, hence by itself."""
        now, asked = dt.datetime.now(dt.UTC), replace(Asked.of(request), path=f"{RETAILER}/quality")
        assessed = await run_in_threadpool(self._ports.quality.assess, session.holder.retailer_id, now)
        shown = {"facts": facts_of(assessed, wording_of(asked.language))}
        return self._page("retailer/quality.html.jinja", asked, session, shown)

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
        return RedirectResponse(Asked.of(request).url(run_path(decided)), 303, OWN)

    async def _check(self, request: Request, session: Session) -> None:
        """Make sure that a form without a file is of this session. Raises Forbidden."""
        self.entry.sessions.check_origin(request)
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
        asked = overview_asked(request)
        words = wording_of(asked.language)
        shown = {
            "name": self._name_of(retailer_id),
            "limit": self._ports.limits.upload_bytes,
            "kinds": {kind.value: word for kind, word in KINDS.items()},
            "typed": typed or {},
            "runs": [run_shown(run, asked, words, now) for run in runs],
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

    def _name_of(self, retailer_id: str) -> str:
        try:
            return self._ports.directory.retailer(retailer_id).name
        except UnknownRetailer:
            # Added a moment ago: the directory follows within a second.
            return retailer_id

    def _page(
        self,
        template: str,
        asked: Asked,
        session: Session,
        shown: Mapping[str, object],
        error: Exception | None = None,
    ) -> Response:
        problem = None if error is None else describe(error, method="POST")
        trouble: Trouble | None = None if problem is None else trouble_of(problem)
        status = 200 if problem is None else problem.status or problem.kind.status
        said = {**shown, "token": session.token, "trouble": trouble}
        return page(template, asked, wording_of(asked.language), said, query=b"", status=status, headers=OWN)
