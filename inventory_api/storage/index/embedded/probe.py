"""Is a server alive behind this socket? Asked in raw bytes, so that no client's retries get in between."""

from __future__ import annotations

import enum
import re
import socket
from pathlib import Path

_TIMEOUT_S = 1.0


class Life(enum.Enum):
    """What stands behind a socket path."""

    NONE = "nobody listens"
    SILENT = "connected, but no answer"
    LOADING = "alive, still reading its files"
    READY = "alive"


def probe(socket_path: Path) -> Life:
    """Ask for a PONG; takes at most a second."""
    reply = _ask(socket_path, b"PING\r\n")
    if reply is None:
        return Life.NONE
    if reply.startswith(b"-LOADING"):
        return Life.LOADING
    return Life.READY if reply else Life.SILENT


def find_server_pid(socket_path: Path) -> int | None:
    """Process id of the server behind this socket, also while it is loading."""
    reply = _ask(socket_path, b"INFO server\r\n") or b""
    found = re.search(rb"\bprocess_id:(\d+)", reply)
    return int(found[1]) if found else None


def _ask(socket_path: Path, command: bytes) -> bytes | None:
    """The beginning of the reply; empty if none comes; None if nobody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_S)
        try:
            connection.connect(str(socket_path))
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return None
        except OSError as error:
            # Without a number: the path is too long, so no socket can be there. Else, as with a full
            # backlog, somebody is there and must not be taken for dead.
            return None if error.errno is None else b""
        try:
            connection.sendall(command)
            return connection.recv(65536)
        except OSError:
            return b""
