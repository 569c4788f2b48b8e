"""Fetch from an SFTP server whose key is known; asyncssh is the extra ``sources``."""

from __future__ import annotations

import asyncio
import datetime as dt
import stat as modes
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

import httpcore

from ingest.outbound import OutboundRefused
from ingest.sources.listing import Listed, choose
from ingest.sources.visit import Arrival, FetchFailed, Visit

PORT = 22
MAX_LISTED = 20_000
_CHUNK = 1 << 20


def fetch(visit: Visit) -> Arrival:
    """Bring the next whole file of the folder.

    Raises:
        FetchFailed: With the notice code that says why.
    """
    asyncssh = _library()
    settings = visit.settings
    host, port = settings["host"], settings.get("port") or PORT
    try:
        visit.outbound.check("sftp", host, port)
        connection = visit.outbound.connect(host, port).get_extra_info("socket")
    except OutboundRefused as error:
        raise FetchFailed("fetch_refused", f"{error}.") from error
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise FetchFailed("fetch_unreachable", f"{host} does not answer: {error}") from error
    try:
        return asyncio.run(_bounded(visit, asyncssh, connection))
    except asyncssh.HostKeyNotVerifiable as error:
        raise FetchFailed(
            "host_key_changed", f"{host} shows a key that is not the one given: {error.reason}"
        ) from error
    except (asyncssh.PermissionDenied, asyncssh.SFTPPermissionDenied) as error:
        raise FetchFailed("fetch_denied", f"{host} refuses our credentials: {error.reason}") from error
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as error:
        raise FetchFailed("fetch_not_found", f"{host}: {error.reason}") from error
    except TimeoutError as error:
        raise FetchFailed("fetch_too_slow", f"{host} took longer than {visit.limits.total_s:.0f} s.") from error
    except (asyncssh.Error, OSError) as error:
        raise FetchFailed("fetch_incomplete", f"{host} broke off: {error or type(error).__name__}") from error
    finally:
        connection.close()


async def _bounded(visit: Visit, asyncssh: ModuleType, connection: Any) -> Arrival:  # noqa: ANN401
    settings, known = visit.settings, visit.credentials
    keys = frozenset(settings["host_keys"])

    class Pinned(asyncssh.SSHClient):  # type: ignore[name-defined, misc]
        def validate_host_public_key(self, host: str, addr: str, port: int, key: Any) -> bool:  # noqa: ANN401
            return key.get_fingerprint() in keys

    try:
        private = (
            [asyncssh.import_private_key(known["private_key"], known.get("passphrase"))] if _has_key(known) else []
        )
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise FetchFailed("fetch_denied", f"The private key cannot be read: {error}.") from error
    async with (
        asyncio.timeout(visit.limits.total_s),
        asyncssh.connect(
            settings["host"],
            sock=connection,
            client_factory=Pinned,
            # Nobody is known but who shows one of the keys; nothing of our own account's is used or offered.
            known_hosts=([], [], []),
            config=None,
            agent_path=None,
            client_keys=private,
            username=known.get("username", ""),
            password=known.get("password"),
            login_timeout=visit.limits.read_s,
            keepalive_interval=visit.limits.read_s,
        ) as session,
        session.start_sftp_client() as sftp,
    ):
        return await _fetch(visit, sftp)


async def _fetch(visit: Visit, sftp: Any) -> Arrival:  # noqa: ANN401
    folder = PurePosixPath(visit.settings.get("path") or ".")
    listed = await _list(sftp, folder)
    choice = choose(listed, visit.remembered, glob=visit.settings.get("glob", "*"), mode=visit.mode)
    if choice.file is None:
        return Arrival(is_new=False, remember=choice.remember, look_again_s=choice.look_again_s)
    path = str(folder / choice.file.name)
    async with sftp.open(path, "rb") as file:
        while chunk := await file.read(_CHUNK):
            visit.write(chunk)
    if _listed(choice.file.name, await sftp.stat(path)).version != choice.file.version:
        raise FetchFailed("fetch_incomplete", f"{choice.file.name} changed while it was read.")
    return Arrival(
        is_new=True,
        remember=choice.remember,
        name=choice.file.name,
        modified=choice.file.modified,
        look_again_s=choice.look_again_s,
    )


async def _list(sftp: Any, folder: PurePosixPath) -> list[Listed]:  # noqa: ANN401
    found = []
    count = 0
    async for entry in sftp.scandir(str(folder)):
        count += 1
        if count > MAX_LISTED:
            raise FetchFailed("fetch_too_large", f"The folder holds more than {MAX_LISTED} files; clear it out.")
        name, attrs = entry.filename, entry.attrs
        if modes.S_ISLNK(attrs.permissions or 0):
            # Senders build elsewhere and publish a link.
            attrs = await sftp.stat(str(folder / name))
        if modes.S_ISREG(attrs.permissions or 0):
            found.append(_listed(name, attrs))
    return found


def _listed(name: str, attrs: Any) -> Listed:  # noqa: ANN401
    modified = dt.datetime.fromtimestamp(attrs.mtime or 0, dt.UTC)
    return Listed(name, f"{attrs.size} {attrs.mtime}", modified)


def _has_key(known: Any) -> bool:  # noqa: ANN401
    return "private_key" in known


def _library() -> ModuleType:
    try:
        import asyncssh
    except ImportError as error:
        raise FetchFailed(
            "extra_missing", "SFTP needs asyncssh: the operator runs pip install 'inventory-api[sources]'."
        ) from error
    return asyncssh
