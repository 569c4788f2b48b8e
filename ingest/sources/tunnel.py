"""The one way out for libraries that open their own connections: a proxy on loopback that knows CONNECT alone."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from types import TracebackType
from typing import Self

import httpcore

from ingest.outbound import Outbound, OutboundRefused

_CHUNK = 1 << 16
_MAX_HEAD = 1 << 14


class Tunnel:
    """A proxy for one visit, up for as long as the block. What it carries is TLS between the ends.

    Attributes:
        refused: Why a connection was not opened, if one was not.
    """

    def __init__(self, outbound: Outbound, port: int) -> None:
        tunnel = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                tunnel._serve(self)

        self._outbound = outbound
        self._only_port = port
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.refused: OutboundRefused | None = None
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        """Where the proxy is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="tunnel", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        for end in self._open:
            _hang_up(end)

    def _serve(self, handler: socketserver.StreamRequestHandler) -> None:
        near: socket.socket = handler.connection
        host, port = _target(handler.rfile.readline(_MAX_HEAD).decode("latin-1"))
        while handler.rfile.readline(_MAX_HEAD).strip():
            pass
        try:
            if port != self._only_port:
                raise OutboundRefused(f"port {port} of {host} was not asked for")
            far: socket.socket = self._outbound.connect(host, port).get_extra_info("socket")
        except OutboundRefused as error:
            self.refused = error
            near.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            near.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        self._open += [near, far]
        far.settimeout(None)
        near.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        back = threading.Thread(target=_pump, args=(far, near), daemon=True)
        back.start()
        _pump(near, far)
        back.join()
        far.close()


def _target(line: str) -> tuple[str, int]:
    verb, _, rest = line.partition(" ")
    host, _, port = rest.partition(" ")[0].rpartition(":")
    return (host, int(port)) if verb == "CONNECT" and port.isdecimal() else ("", 0)


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
    except OSError:
        pass  # One end broke off; the other is told, and whoever talks through us sees it.
    finally:
        _hang_up(source)
        _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
