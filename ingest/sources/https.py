"""Fetch one URL: conditional, resumed where it was cut, checked against every length and digest that is promised."""

from __future__ import annotations

import base64
import datetime as dt
import re
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath

import httpx

from ingest.outbound import OutboundRefused
from ingest.sources.visit import Arrival, FetchFailed, Visit
from inventory_api.domain.digest import promised_sha256

MAX_CUTS = 8
"""How often a transfer may break before the visit fails. Every resumed one goes on where the last ended."""

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_SENT_AS_IS = ("", "identity", "gzip", "x-gzip", "zstd")
"""Encodings that feeds come in anyway; we ask for none."""


def fetch(visit: Visit) -> Arrival:
    """Bring the URL's content, or word that it did not change.

    Raises:
        FetchFailed: With the notice code that says why.
    """
    url = httpx.URL(visit.settings["url"])
    try:
        with visit.outbound.client(read_s=visit.limits.read_s, total_s=visit.limits.total_s) as client:
            client.headers = httpx.Headers(_headers(visit))
            return _Transfer(visit, client, url).run()
    except OutboundRefused as error:
        raise FetchFailed("fetch_refused", f"{error}.") from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects, UnicodeError) as error:
        raise FetchFailed("fetch_refused", f"{url.host} redirects to where we do not go: {error}") from error
    except httpx.TransportError as error:
        visit.beat()
        raise FetchFailed(
            "fetch_unreachable", f"{url.host} does not answer: {error or type(error).__name__}"
        ) from error


class _Transfer:
    """The requests of one visit."""

    def __init__(self, visit: Visit, client: httpx.Client, url: httpx.URL) -> None:
        self._visit = visit
        self._file = visit.file
        self._client = client
        self._url = url

    def run(self) -> Arrival:
        cut: Exception | None = None
        validator: str | None = None
        for _ in range(1 + MAX_CUTS):
            if validator is None:
                self._file.restart()
            with self._client.stream("GET", self._url, headers=self._conditions(validator)) as response:
                if response.status_code == 304 and validator is None:
                    return Arrival(is_new=False, remember=dict(self._visit.remembered))
                if response.status_code == 416 or not self._continues(response, validator):
                    self._file.restart()
                if response.status_code == 416:
                    validator = None
                    continue
                _refuse(response)
                validator = _strong(response.headers.get("ETag"))
                total = _total(response)
                try:
                    for chunk in response.iter_raw():
                        self._visit.write(chunk)
                except httpx.TransportError as error:
                    self._visit.beat()
                    cut = error
                    continue
            if total is not None and self._file.bytes != total:
                raise FetchFailed("fetch_incomplete", f"{total} bytes were announced, {self._file.bytes} came.")
            self._check_digest(response)
            return self._arrival(response)
        raise FetchFailed(
            "fetch_incomplete", f"The connection broke {1 + MAX_CUTS} times, at last with: {cut}"
        ) from cut

    def _conditions(self, validator: str | None) -> dict[str, str]:
        if validator is not None:
            return {"Range": f"bytes={self._file.bytes}-", "If-Range": validator}
        known = self._visit.remembered
        conditions = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("last_modified")}
        return {name: value for name, value in conditions.items() if value}

    def _continues(self, response: httpx.Response, validator: str | None) -> bool:
        """Whether this answer goes on where the file ends; else it begins anew, if it is one at all."""
        if response.status_code != 206:
            return False
        begins = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if validator is None or begins is None or int(begins[1]) != self._file.bytes:
            raise FetchFailed("fetch_incomplete", "The server answers with a part of the file that was not asked for.")
        if response.headers.get("ETag", validator) != validator:
            raise FetchFailed("fetch_incomplete", "The file changed while it was read.")
        return True

    def _check_digest(self, response: httpx.Response) -> None:
        names = ("Repr-Digest",) if response.status_code == 206 else ("Repr-Digest", "Content-Digest")
        for name in names:
            try:
                promised = promised_sha256(",".join(response.headers.get_list(name)))
            except ValueError as error:
                raise FetchFailed("fetch_incomplete", f"{name} cannot be read: {error}") from error
            if promised is not None and promised != self._file.digest:
                raise FetchFailed("fetch_incomplete", f"What came is not what {name} promises.")

    def _arrival(self, response: httpx.Response) -> Arrival:
        headers = response.headers
        remember = {"etag": headers.get("ETag"), "last_modified": headers.get("Last-Modified")}
        return Arrival(
            is_new=True,
            remember={name: value for name, value in remember.items() if value},
            name=PurePosixPath(response.url.path).name or None,
            modified=_instant(headers.get("Last-Modified")),
            content_type=headers.get("Content-Type", "").partition(";")[0].strip().lower() or None,
        )


def _headers(visit: Visit) -> dict[str, str]:
    """Both kinds of credentials are the header Authorization, which a redirect to another host is not shown."""
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "inventory-api"}
    known = visit.credentials
    if "token" in known:
        headers["Authorization"] = f"Bearer {known['token']}"
    elif "username" in known:
        pair = f"{known['username']}:{known['password']}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    return headers


def _refuse(response: httpx.Response) -> None:
    status, host = response.status_code, response.url.host
    if status in (200, 206):
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in _SENT_AS_IS:
            raise FetchFailed("fetch_status", f"{host} sends {encoding}, though it was asked for the plain file.")
        return
    if status in (401, 403):
        raise FetchFailed("fetch_denied", f"{host} answers {status} to our credentials.")
    if status in (404, 410):
        raise FetchFailed("fetch_not_found", f"{host} answers {status}: nothing is there.")
    raise FetchFailed("fetch_status", f"{host} answers {status}.", retry_after_s=_retry_after(response))


def _strong(etag: str | None) -> str | None:
    """A tag that may stand in If-Range: a weak one says alike, not equal (RFC 9110, 13.1.5)."""
    return etag if etag and etag.startswith('"') else None


def _total(response: httpx.Response) -> int | None:
    if response.status_code == 206:
        ranged = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        length = ranged[2] if ranged else ""
    else:
        length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _retry_after(response: httpx.Response) -> float:
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    at = _instant(text)
    return max(0.0, (at - dt.datetime.now(dt.UTC)).total_seconds()) if at else 0.0


def _instant(text: str | None) -> dt.datetime | None:
    try:
        at = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return at.replace(tzinfo=dt.UTC) if at is not None and at.tzinfo is None else at
