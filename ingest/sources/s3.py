"""Fetch from an S3-compatible store; obstore is the extra ``sources``."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from ingest.outbound import OutboundRefused
from ingest.sources.listing import Listed, choose
from ingest.sources.tunnel import Tunnel
from ingest.sources.visit import Arrival, FetchFailed, Visit

MAX_LISTED = 100_000
_HTTPS = 443
_STATUS = re.compile(r"status code: (\d{3})")


def fetch(visit: Visit) -> Arrival:
    """Bring the next object below the prefix; its ETag is its version.

    Raises:
        FetchFailed: With the notice code that says why.
    """
    obstore = _library()
    errors = obstore.exceptions
    host = urlsplit(_endpoint(visit)).hostname
    with _way_out(visit) as (proxy, tunnel):
        try:
            return _fetch(visit, obstore, _store(visit, obstore, proxy))
        except errors.PreconditionError as error:
            raise FetchFailed("fetch_incomplete", "The object changed before it was read.") from error
        except errors.BaseError as error:
            if tunnel is not None and tunnel.refused is not None:
                raise FetchFailed("fetch_refused", f"{tunnel.refused}.") from tunnel.refused
            visit.beat()
            raise _failure(host, error) from error


def _fetch(visit: Visit, obstore: ModuleType, store: Any) -> Arrival:  # noqa: ANN401
    prefix = visit.settings.get("prefix") or None
    files: list[Listed] = []
    for page in obstore.list(store, prefix):
        visit.beat()
        files += [Listed(each["path"], each["e_tag"], each["last_modified"]) for each in page]
        if len(files) > MAX_LISTED:
            raise FetchFailed("fetch_too_large", f"There are more than {MAX_LISTED} objects; name a prefix.")
    glob = visit.settings.get("glob", "*")
    choice = choose(files, visit.remembered, glob=glob, mode=visit.mode, is_atomic=True)
    if choice.file is None:
        return Arrival(is_new=False, remember=choice.remember, look_again_s=choice.look_again_s)
    got = obstore.get(store, choice.file.name, options={"if_match": choice.file.version})
    for chunk in got.stream(min_chunk_size=1 << 20):
        visit.write(bytes(chunk))
    if visit.file.bytes != got.meta["size"]:
        raise FetchFailed("fetch_incomplete", f"{got.meta['size']} bytes were announced, {visit.file.bytes} came.")
    return Arrival(
        is_new=True,
        remember=choice.remember,
        name=PurePosixPath(choice.file.name).name,
        modified=choice.file.modified,
        look_again_s=choice.look_again_s,
    )


@contextlib.contextmanager
def _way_out(visit: Visit) -> Iterator[tuple[str | None, Tunnel | None]]:
    """The proxy that the library must take; None to a host that the operator allowed clear text."""
    url = urlsplit(_endpoint(visit))
    try:
        visit.outbound.check(url.scheme, url.hostname or "", url.port)
    except OutboundRefused as error:
        raise FetchFailed("fetch_refused", f"{error}.") from error
    if url.scheme == "http":
        yield None, None
        return
    with Tunnel(visit.outbound, url.port or _HTTPS) as tunnel:
        yield tunnel.url, tunnel


def _store(visit: Visit, obstore: ModuleType, proxy: str | None) -> Any:  # noqa: ANN401
    settings, known, limits = visit.settings, visit.credentials, visit.limits
    options: dict[str, Any] = {
        "allow_http": proxy is None,
        "read_timeout": dt.timedelta(seconds=limits.read_s),
        "timeout": dt.timedelta(seconds=limits.total_s),
    }
    if proxy is not None:
        options |= {"proxy_url": proxy, "proxy_excludes": ""}
    # Said in full, and in the words that outdo our own environment: the library would take keys, tokens and addresses
    # from there, or ask our cloud's metadata for them.
    who: dict[str, Any] = {"skip_signature": True}
    if "access_key_id" in known:
        who = {"skip_signature": False, "credential_provider": lambda: _keys(known)}
    return obstore.store.S3Store(
        settings["bucket"],
        aws_endpoint_url_s3=_endpoint(visit),
        region=_region(visit),
        virtual_hosted_style_request=False,
        client_options=options,
        retry_config={"max_retries": 2, "retry_timeout": dt.timedelta(seconds=limits.read_s)},
        **who,
    )


def _keys(known: Mapping[str, str]) -> dict[str, Any]:
    names = {"access_key_id": "access_key_id", "secret_access_key": "secret_access_key", "token": "session_token"}
    return {ours: known.get(given) for ours, given in names.items()} | {"expires_at": None}


def _region(visit: Visit) -> str:
    return visit.settings.get("region") or "us-east-1"


def _endpoint(visit: Visit) -> str:
    return visit.settings.get("endpoint") or f"https://s3.{_region(visit)}.amazonaws.com"


def _failure(host: str | None, error: Exception) -> FetchFailed:
    """What the library's error means. Its own words show requests, and those hold keys: they go no further."""
    said = _STATUS.search(str(error))
    status = said[1] if said else ""
    if status in ("401", "403"):
        return FetchFailed("fetch_denied", f"{host} refuses our credentials.")
    if status == "404":
        return FetchFailed("fetch_not_found", f"{host}: no such bucket or object.")
    if status:
        return FetchFailed("fetch_status", f"{host} answers {status}.")
    return FetchFailed("fetch_unreachable", f"{host} does not answer as an S3 store does.")


def _library() -> ModuleType:
    try:
        import obstore
        import obstore.store
    except ImportError as error:
        raise FetchFailed(
            "extra_missing", "S3 needs obstore: the operator runs pip install 'inventory-api[sources]'."
        ) from error
    return obstore
