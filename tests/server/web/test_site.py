"""All routes: headers, methods, who may read the metrics, and the page's setup."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer, serve

from papo.config import Config
from papo.config.listen import parse
from papo.protocol import data
from papo.protocol.times import from_iso
from papo.server.web.assets import Assets
from papo.server.web.language import choose_language
from papo.server.web.links import addresses, qr_svg, qr_text
from papo.server.web.routes import ROUTES


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with pages."""
    config = CONFIG + '[proxy]\ntrusted = ["127.0.0.1"]\n[web]\nmetrics = ["192.0.2.7"]\n'
    with serve(tmp_path_factory.mktemp("site"), ["http", "irc"], config=config) as started:
        yield started


def ask(server: LiveServer, method: str, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Send a request; `_` in a header's name is sent as `-`."""
    connection = http.client.HTTPConnection("127.0.0.1", server.ports["http"], timeout=TIMEOUT_S)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, answer.headers, answer.read()
    connection.close()
    return found


def test_every_route_has_its_headers(server: LiveServer) -> None:
    """For every response, 404 included: nosniff, a policy without inline scripts, no frames."""
    paths = [re.sub(r"\{[^}]*\}", "x", route.path) for route in ROUTES] + ["/nothing", "/../x", "/a/x/main.js"]
    for path in paths:
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT"):
            _, headers, _ = ask(server, method, path)
            assert headers["X-Content-Type-Options"] == "nosniff", (method, path)
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["X-Frame-Options"] == "DENY"
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'")
            assert "unsafe" not in policy
            assert "Set-Cookie" not in headers
            assert headers["Server"] == "Papo"


def test_the_page_has_its_setup_and_its_files(server: LiveServer) -> None:
    """No text of the settings can break out of the setup; its files exist, and are cached for ever."""
    status, headers, page = ask(server, "GET", "/", Accept_Language="pt-BR,pt;q=0.9")
    assert status == 200
    assert b'<html lang="pt-BR">' in page
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    setup = json.loads(page.partition(b'id="setup">')[2].partition(b"</script>")[0])
    assert setup["language"] == "pt_BR"
    for name in re.findall(rb'(?:href|src)="(/a/[^"]+)"', page):
        status, headers, _ = ask(server, "GET", name.decode(), Accept_Encoding="gzip")
        assert status == 200, name
        assert "immutable" in headers["Cache-Control"]
    assert ask(server, "GET", "/a/000000000000/main.js")[0] == 404


def test_the_icon_of_all_clients_is_an_asset() -> None:
    """At the address that the page names, from the folder that the window reads."""
    icon = Assets().get("icons/papo.svg")
    assert icon is not None
    assert icon.content_type == "image/svg+xml"
    assert icon.body == (data.FOLDER / "icons" / "papo.svg").read_bytes()


def test_modules_are_preloaded() -> None:
    """Every module that the first one imports statically, and no other."""
    assets = Assets()
    names = assets.imported_by("main.js")
    assert assets.imported_by("main.js") is names  # it reads eighty files: not for every request
    assert names[0] == "main.js"
    assert {"lib/client.js", "components/app.js", "vendor/preact.js"} <= set(names)
    assert "components/timeline/highlight.js" not in names
    assert set(names) <= Assets().names


def test_metrics_are_for_the_configured_addresses(server: LiveServer) -> None:
    """Not for all addresses; a trusted proxy gives the client's."""
    assert ask(server, "GET", "/metrics")[0] == 403
    status, headers, numbers = ask(server, "GET", "/metrics", X_Forwarded_For="192.0.2.7")
    assert status == 200
    assert "papo_users 0.0" in numbers.decode()
    values = dict(line.rsplit(" ", 1) for line in numbers.decode().splitlines() if line[0] != "#")
    assert min(float(values[f"papo_{name}_bytes"]) for name in ("database", "disk_free")) > 0
    assert float(values["papo_wal_bytes"]) >= 0
    assert (values["papo_clock_skew_seconds"], values["papo_alarms"]) == ("0.0", "0.0")
    ana = IrcClient(server.ports["irc"])
    ana.register("ana")
    numbers = ask(server, "GET", "/metrics", X_Forwarded_For="192.0.2.7")[2]
    assert 'papo_connections{dialect="irc"} 1.0' in numbers.decode()
    assert b"ana" not in numbers
    ana.close()
    assert headers["Connection"] == "close"  # a proxy must not send an upgrade down the same connection


def test_who_is_behind_a_proxy_cannot_say_so_in_the_other_header(server: LiveServer) -> None:
    """A proxy writes one header, and passes the other one on as its client has sent it."""
    claim = {"Forwarded": "for=192.0.2.7;proto=https"}
    assert ask(server, "GET", "/metrics", **claim, X_Forwarded_For="203.0.113.9")[0] == 403
    assert ask(server, "GET", "/metrics", **claim)[0] == 403
    assert "Strict-Transport-Security" not in ask(server, "GET", "/", **claim, X_Forwarded_For="203.0.113.9")[1]


def test_a_proxy_that_nobody_named_shows_no_metrics(tmp_path: Path) -> None:
    """It is on this machine, and its clients are not."""
    with serve(tmp_path, ["http"]) as live:
        assert ask(live, "GET", "/metrics")[0] == 200
        for name, value in (("Via", "1.1 proxy"), ("X_Forwarded_For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1")):
            assert ask(live, "GET", "/metrics", **{name: value})[0] == 403


def test_health(server: LiveServer) -> None:
    """For monitoring."""
    assert ask(server, "GET", "/healthz")[2] == b"ok\n"
    assert ask(server, "GET", "/readyz")[::2] == (200, b"ready\n")


def test_who_finds_a_vulnerability_learns_whom_to_tell(server: LiveServer, tmp_path: Path) -> None:
    """As RFC 9116 wants it, with the contacts of the settings; 404 without any."""
    assert ask(server, "GET", "/.well-known/security.txt")[0] == 404
    contacts = ["mailto:security@example.org", "https://example.org/security"]
    config = CONFIG + f'[web]\nsecurity_contact = {json.dumps(contacts)}\npublic_url = "https://chat.example.org"\n'
    with serve(tmp_path, ["http"], config=config) as other:
        status, headers, body = ask(other, "GET", "/.well-known/security.txt")
    fields = [line.split(": ", 1) for line in body.decode().splitlines()]
    assert status == 200
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert [value for name, value in fields if name == "Contact"] == contacts
    expires_ms = from_iso(dict(fields)["Expires"])
    assert expires_ms is not None
    assert time.time() * 1000 < expires_ms < (time.time() + 365 * 86400) * 1000
    assert dict(fields)["Canonical"] == "https://chat.example.org/.well-known/security.txt"
    assert dict(fields)["Preferred-Languages"] == "en, pt-BR"


def test_a_connection_is_kept_for_further_requests(server: LiveServer) -> None:
    """Bytes that are not HTTP end it, and nothing is logged."""
    with socket.create_connection(("127.0.0.1", server.ports["http"]), TIMEOUT_S) as connection:
        for _ in range(3):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            data = b""
            while b"ok\n" not in data:
                data += connection.recv(4096)
        connection.sendall(b"NICK ana\r\nUSER a 0 * :a\r\n\r\n")
        assert b" 400 " in connection.recv(65536)


def test_the_projector_shows_the_address(server: LiveServer) -> None:
    """As a code and as text, in the reader's language."""
    _, _, page = ask(server, "GET", "/qr", Accept_Language="pt")
    assert b"<svg" in page
    assert f"127.0.0.1:{server.ports['http']}" in page.decode()
    assert "Leia um código com o celular" in page.decode()


def test_addresses_are_those_that_other_machines_reach() -> None:
    """The configured one first, then the request's, then the network's; loopback only if there is no other."""
    opened = [parse("http://127.0.0.1:8080"), parse("http://192.168.0.5:8080"), parse("irc://192.168.0.5:6667")]
    assert addresses(Config(), opened) == ["http://192.168.0.5:8080"]
    assert addresses(Config(), opened, "http://sala.lan:8080")[0] == "http://sala.lan:8080"
    assert addresses(Config(), opened, "http://localhost:8080") == ["http://192.168.0.5:8080"]
    assert addresses(Config(), opened[:1]) == ["http://127.0.0.1:8080"]
    assert "svg" in qr_svg("http://192.168.0.5:8080")
    assert "█" in qr_text("http://192.168.0.5:8080")


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("pt", "pt_BR"), ("pt-PT;q=0.5, en;q=0.4", "pt_BR"), ("de, en;q=0.1", "en"), ("pt;q=x", "en"),
     ("pt;q=0", "en")],
)  # fmt: skip
def test_the_language_with_the_greatest_weight_is_chosen(header: str, language: str) -> None:
    """RFC 9110, section 12.5.4: weights decide; malformed items are ignored."""
    assert choose_language(header) == language


def test_connections_without_tls_do_not_delay_the_stop(tmp_path: Path) -> None:
    """Clients that do not speak TLS on an https port, or send nothing, do not delay the server's stop."""
    with serve(tmp_path, ["https"]) as server:
        address = ("127.0.0.1", server.ports["https"])
        with socket.create_connection(address, TIMEOUT_S), socket.create_connection(address, TIMEOUT_S) as garbled:
            garbled.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                while garbled.recv(4096):
                    pass
            assert server.stop() == 0


def test_a_strange_host_stays_out_of_the_policy(server: LiveServer) -> None:
    """The Host header is used only if it is a host and nothing else."""
    policy = ask(server, "GET", "/", Host="a; script-src *")[1]["Content-Security-Policy"]
    assert policy.count("script-src") == 1
    assert "connect-src 'self' ws://localhost" in policy
