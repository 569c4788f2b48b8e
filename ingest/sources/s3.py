"""Fetch from an S3-compatible store; obstore is the extra ``sources``."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
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
        except (errors.UnauthenticatedError, errors.PermissionDeniedError) as error:
            raise FetchFailed("fetch_denied", f"{host} refuses our credentials.") from error
        except errors.NotFoundError as error:
            raise FetchFailed("fetch_not_found", f"{host}: no such bucket or object.") from error
        except errors.PreconditionError as error:
            raise FetchFailed("fetch_incomplete", "The object changed before it was read.") from error
        except errors.BaseError as error:
            if tunnel is not None and tunnel.refused is not None:
                raise FetchFailed("fetch_refused", f"{tunnel.refused}.") from tunnel.refused
            visit.beat()
            # The library's own words show requests, and requests hold keys.
            raise FetchFailed("fetch_unreachable", f"{host} does not answer as an S3 store does.") from error


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
    # Said in full: what is left open the library takes from our own environment, or asks our cloud's metadata for.
    keys: dict[str, Any] = {"skip_signature": True}
    if "access_key_id" in known:
        keys = {
            "skip_signature": False,
            "access_key_id": known["access_key_id"],
            "secret_access_key": known["secret_access_key"],
            "session_token": known.get("session_token", ""),
        }
    return obstore.store.S3Store(
        settings["bucket"],
        endpoint=_endpoint(visit),
        region=settings.get("region") or "us-east-1",
        virtual_hosted_style_request=False,
        client_options=options,
        retry_config={"max_retries": 2, "retry_timeout": dt.timedelta(seconds=limits.read_s)},
        **keys,
    )


def _endpoint(visit: Visit) -> str:
    region = visit.settings.get("region") or "us-east-1"
    return visit.settings.get("endpoint") or f"https://s3.{region}.amazonaws.com"


def _library() -> ModuleType:
    try:
        import obstore
        import obstore.store
    except ImportError as error:
        raise FetchFailed(
            "extra_missing", "S3 needs obstore: the operator runs pip install 'inventory-api[sources]'."
        ) from error
    return obstore
