"""The one way out: no notation, name server or redirect leads to an address that is not public."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import httpx
import pytest

from ingest.outbound import MAX_REDIRECTS, Outbound, OutboundRefused, Resolver
from inventory_api.domain.ports import Unreachable


class _Answers(BaseHTTPRequestHandler):
    """``/to?URL`` redirects there, anything else is answered with what its path names."""

    def do_GET(self) -> None:
        body = b""
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
        else:
            self.send_response(200)
            body = self.path[1:].encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def answers(*addresses: str) -> Resolver:
    def resolver(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolver


LOOPBACK = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "LOCALHOST",
    "0.0.0.0", "0", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "①②⑦.0.0.1",  # noqa: S104
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
def test_no_notation_of_our_own_machine_is_connected_to(host: str, port: int) -> None:
    with pytest.raises(OutboundRefused):
        Outbound().connect(host, port)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192",
        "168.63.129.16", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "fd00:ec2::254", "fe80::1%eth0",
        "fec0::1", "ff02::1", "::", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::1",
        "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(OutboundRefused, match="not public"):
        Outbound(resolver=answers("93.184.216.34", address)).connect("feeds.example", 443)


def test_the_checked_address_is_the_one_connected_to_whatever_the_name_server_says_next(port: int) -> None:
    asked = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["192.0.2.1"] if len(asked) == 1 else ["127.0.0.1"]

    # 192.0.2.1 answers nobody; were the name asked again, the server on loopback would answer.
    out = Outbound(["192.0.2.0/24"], resolver=rebinding)
    with pytest.raises((httpcore.ConnectTimeout, httpcore.ConnectError)):
        out.connect("feeds.example", port, 0.3)
    assert asked == ["feeds.example"]
    with pytest.raises(OutboundRefused):
        out.connect("feeds.example", port, 0.3)


def test_what_the_operator_allowed_is_reached_by_name_and_by_network(port: int) -> None:
    for allowed in (["localhost"], ["127.0.0.0/8", "::1"]):
        stream = Outbound(allowed).connect("localhost", port)
        assert stream.get_extra_info("server_addr")[1] == port
        stream.close()


def test_each_hop_of_a_redirect_is_checked(port: int) -> None:
    at = f"http://127.0.0.1:{port}"
    with Outbound(["127.0.0.1"]).client() as client:
        assert client.get(f"{at}/to?{at}/end").status_code == 200
        for target in (
            f"http://localhost:{port}/",
            "http://169.254.169.254/latest/meta-data/",
            "https://169.254.169.254/",
            "https://[::ffff:7f00:1]/",
            f"https://127.0.0.2:{port}/",
        ):
            with pytest.raises(OutboundRefused):
                client.get(f"{at}/to?{target}")
        with pytest.raises(httpx.UnsupportedProtocol):
            client.get(f"{at}/to?file:///etc/passwd")


def test_redirects_end(port: int) -> None:
    at = f"http://127.0.0.1:{port}"

    def hops(number: int) -> str:
        return f"{at}/to?" * number + f"{at}/end"

    with Outbound(["127.0.0.1"]).client() as client:
        assert client.get(hops(MAX_REDIRECTS)).status_code == 200
        with pytest.raises(httpx.TooManyRedirects):
            client.get(hops(MAX_REDIRECTS + 1))


def test_clear_text_and_other_services_ports_are_refused() -> None:
    out = Outbound(["erp.example"])
    with pytest.raises(OutboundRefused, match="clear text"):
        out.check("http", "feeds.example")
    with pytest.raises(OutboundRefused, match="port 25"):
        out.check("https", "feeds.example", 25)
    with pytest.raises(OutboundRefused, match="gopher"):
        out.check("gopher", "feeds.example")
    for host in ("10.0.0.1", "[::1]", "169.254.169.254"):
        with pytest.raises(OutboundRefused, match="not public"):
            out.check("https", host)
    out.check("https", "feeds.example", 8443)
    out.check("sftp", "feeds.example", 22)
    out.check("http", "ERP.example.", 80)


def test_nothing_of_the_environment_leads_elsewhere(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with Outbound(["127.0.0.1"]).client() as client:
        assert client.get(f"http://127.0.0.1:{port}/").status_code == 200


def test_unix_sockets_are_refused() -> None:
    client = Outbound().client()
    pool = client._transport._pool  # type: ignore[attr-defined]
    with pytest.raises(OutboundRefused, match="unix"):
        pool._network_backend.connect_unix_socket("/run/docker.sock")
    client.close()


def test_a_name_without_address_is_an_error_of_the_connection() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(httpcore.ConnectError, match="not known"):
        Outbound(resolver=unknown).connect("nowhere.example", 443)


def test_a_strangers_document_is_fetched_whole_and_from_the_place_that_was_named(port: int) -> None:
    at = f"http://127.0.0.1:{port}"
    allowed = Outbound(["127.0.0.1"])
    assert allowed.fetch(f"{at}/{'x' * 40}", max_bytes=40, total_s=2.0) == b"x" * 40
    for why, url, out in (
        ("larger than 40", f"{at}/{'x' * 41}", allowed),
        ("answered with 302", f"{at}/to?{at}/end", allowed),
        ("clear text", f"{at}/end", Outbound()),
        ("not public", "https://[::ffff:7f00:1]/end", Outbound()),
        ("not public", "https://169.254.169.254/latest/meta-data/", Outbound()),
        (".", "https://[nonsense", allowed),
        ("A-label", "https://xn--/", Outbound()),
        (".", f"http://127.0.0.1:{port + 1}", allowed),
    ):
        with pytest.raises(Unreachable, match=why):
            out.fetch(url, max_bytes=40, total_s=2.0)
