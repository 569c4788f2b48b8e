"""The socket that the API listens on: opened before anything is started, and kept while the API restarts."""

from __future__ import annotations

import errno
import ipaddress
import socket

BACKLOG = 2048
"""Connections that wait while the API is busy or being started again; the kernel may allow fewer."""


class CannotListen(Exception):
    """The address is taken, forbidden or none; the text names the remedy."""


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket.

    Raises:
        CannotListen: Another program has the port, or this machine has no such address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise CannotListen(f"{host} is no address of this machine ({error.strerror}); mend INVENTORY_HOST.") from None
    # "localhost" is both: whoever types 127.0.0.1 shall find us.
    family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    opened = socket.socket(family, kind, protocol)
    try:
        # A port whose last connections are only just closing is free.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError as error:
        opened.close()
        raise CannotListen(_words(host, port, error)) from None
    return opened


def url_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://{host}:{port}" if address.version == 4 else f"http://[{host}]:{port}"


def _words(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use by another program. Stop it, or choose another port: --port {port + 1}"
            f" (or INVENTORY_PORT={port + 1})."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is not ours to open ({error.strerror}); choose one above 1023 with --port."
    return f"Cannot listen on {host}, port {port}: {error.strerror}. Mend INVENTORY_HOST, or choose another --port."
