"""The one way out: every connection to a host that a retailer named is opened here, or not at all.

A name is resolved once, every address it has must be public, and the address that was checked is the one
connected to: a name server that changes its answer changes nothing. Redirects open a new connection and so
pass here again. What the operator allowed by name or network is exempt.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence

import httpcore
import httpx

from inventory_api.domain.ports import Unreachable

MAX_REDIRECTS = 5
CONNECT_S = 5.0
READ_S = 10.0

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

Resolver = Callable[[str, int], Sequence[str]]
"""All addresses of a host, as text. Raises OSError where there are none."""

_OWN_PORTS = {"https": 443, "http": 80, "sftp": 22}
_FIRST_FREE_PORT = 1024
_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Beyond what ``is_global`` says: IETF assignments (Oracle's metadata; Python 3.11 calls most of them global), relays
# of 6to4, and the public address from which Azure answers its guests.
_NOT_FEEDS = [ipaddress.IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")]


class OutboundRefused(Exception):
    """The host, its address, the port or the scheme is none that we connect to; the text says which and why."""


def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, by the system's resolver. Raises OSError where there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Outbound:
    """Opens connections, and HTTP clients that can open no others.

    Args:
        allowed: Host names, addresses and networks (``10.2.0.0/16``) that may be private, and may be spoken to
            in clear text.
        resolver: Instead of the system's.
        tls: Instead of the usual authorities.
    """

    def __init__(
        self, allowed: Iterable[str] = (), *, resolver: Resolver = resolve, tls: ssl.SSLContext | None = None
    ) -> None:
        self._names: set[str] = set()
        self._networks: list[_Network] = []
        for entry in allowed:
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                self._names.add(_bare(entry))
        self._resolve = resolver
        self._tls = tls or httpx.create_ssl_context(trust_env=False)

    def check(self, scheme: str, host: str, port: int | None = None) -> None:
        """Refuse what needs no question to a name server: a scheme, a port, a private address written out.

        Raises:
            OutboundRefused: Clear text to a host that is not allowed it, somebody else's well-known port, or an
                address that is not public.
        """
        if self._vouches_for(host):
            return
        if scheme not in _OWN_PORTS:
            raise OutboundRefused(f"{scheme}: is not spoken here")
        if scheme == "http":
            raise OutboundRefused(f"{host} is asked in clear text; use https")
        if port is not None and port != _OWN_PORTS[scheme] and port < _FIRST_FREE_PORT:
            raise OutboundRefused(f"port {port} of {host} is not one of {scheme}")
        with contextlib.suppress(ValueError):
            if not _is_public(ipaddress.ip_address(_bare(host))):
                raise OutboundRefused(f"{host} is not public")

    def connect(
        self,
        host: str,
        port: int,
        timeout_s: float | None = CONNECT_S,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection to a checked address of this host.

        Args:
            host: A name or an address.
            port: The port.
            timeout_s: For all its addresses together; resolving it is the system's time.
            socket_options: Of the new socket.

        Raises:
            OutboundRefused: One of its addresses is not public and not allowed.
            httpcore.ConnectError: It has no address, or none answers.
            httpcore.ConnectTimeout: None answered in time.
        """
        addresses = self._addresses(host, port)
        until = None if timeout_s is None else time.monotonic() + timeout_s
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            left = None if until is None else max(0.05, until - time.monotonic())
            try:
                return _SYSTEM.connect_tcp(address, port, left, socket_options=socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def client(
        self, *, read_s: float = READ_S, total_s: float | None = None, follow_redirects: bool = True
    ) -> httpx.Client:
        """An HTTP client whose every connection, redirects included, is opened here.

        No proxy, no ``.netrc``, no certificate of the environment's choosing, no unix sockets.

        Args:
            read_s: How long the other side may be silent.
            total_s: When all its connections end, from now: a byte every few seconds would else keep one for ever.
            follow_redirects: Up to five.
        """
        return httpx.Client(
            transport=_Transport(self, self._tls, None if total_s is None else time.monotonic() + total_s),
            trust_env=False,
            follow_redirects=follow_redirects,
            max_redirects=MAX_REDIRECTS,
            timeout=httpx.Timeout(read_s, connect=CONNECT_S),
        )

    def fetch(self, url: str, *, max_bytes: int, total_s: float) -> bytes:
        """``domain.ports.Documents``: a small document that a stranger named."""
        client = self.client(read_s=total_s, total_s=total_s, follow_redirects=False)
        try:
            # Packed, a few bytes could be any number.
            with client, client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response:
                if response.status_code != httpx.codes.OK:
                    raise Unreachable(f"it was answered with {response.status_code}")
                body = bytearray()
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > max_bytes:
                        raise Unreachable(f"it is larger than {max_bytes:,} bytes")
        except (OutboundRefused, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            # A UnicodeError: of a name that only looks as if it were written by IDNA.
            raise Unreachable(str(error) or type(error).__name__) from error
        return bytes(body)

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not known: {error}") from error
        if _bare(host) not in self._names:
            for text in found:
                address = ipaddress.ip_address(text.partition("%")[0])
                if not (_is_public(address) or self._is_allowed(address)):
                    raise OutboundRefused(f"{host} is at {text}, which is not public")
        return list(found)

    def _vouches_for(self, host: str) -> bool:
        if _bare(host) in self._names:
            return True
        try:
            return self._is_allowed(ipaddress.ip_address(_bare(host)))
        except ValueError:
            return False

    def _is_allowed(self, address: _Address) -> bool:
        return any(address in network for network in self._networks)


class _Transport(httpx.HTTPTransport):
    """httpx's own, on our connections. Its pool cannot be handed in: a test holds the private name."""

    def __init__(self, outbound: Outbound, tls: ssl.SSLContext, until: float | None) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._outbound = outbound
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, http1=True, network_backend=_Backend(outbound, until), max_connections=2
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        self._outbound.check(url.scheme, url.host, url.port)
        return super().handle_request(request)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, outbound: Outbound, until: float | None) -> None:
        self._outbound = outbound
        self._until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._outbound.connect(host, port, timeout, socket_options)
        return stream if self._until is None else _Mortal(stream, self._until)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.NetworkStream:
        raise OutboundRefused("unix sockets are not spoken to")


class _Mortal(httpcore.NetworkStream):
    """A connection that ends at a given moment, however busy it looks."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Mortal(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._until)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the whole of the time allowed is over")
        return left if timeout is None else min(left, timeout)


_SYSTEM = httpcore.SyncBackend()


def _is_public(address: _Address) -> bool:
    """Whether anybody on the internet may be there; every IPv6 form of an IPv4 address is that address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        return address in _UNICAST and address.is_global and address.teredo is None
    return address.is_global and not address.is_multicast and not any(address in network for network in _NOT_FEEDS)


def _bare(host: str) -> str:
    return host.strip().strip("[]").rstrip(".").lower()
