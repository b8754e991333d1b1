"""Which names are the server's own, and who may use which others."""

from __future__ import annotations

import socket

import pytest

from papo.config import Config
from papo.config.listen import parse
from papo.config.settings import Proxy, Server, Web
from papo.protocol.networks import Network
from papo.server.net.own_names import hosts_for


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Lab1.School.example")


def allowed(config: Config, name: str, peer: str = "127.0.0.1", *, is_tls: bool = False) -> bool:
    """Whether a client at this address may ask for that name."""
    opened = [parse("http://listening.example:80"), parse("ws://*:81?origin=https://page.example")]
    return hosts_for(config, opened, peer, is_tls=is_tls).allow(name)


def test_names_of_settings_listeners_and_machine_are_ours() -> None:
    """Also the one that mDNS gives the machine; no name that only looks like one of them."""
    config = Config(
        server=Server(name="Chat.example"),
        web=Web(public_url="https://public.example:444/chat", origins=("https://other.example:8443",)),
    )
    for name in ("chat", "public", "other", "listening", "page"):
        assert allowed(config, f"{name}.example"), name
        assert not allowed(config, f"evil.{name}.example"), name
    for name in ("lab1.school.example", "lab1", "lab1.local"):
        assert allowed(config, name)
    assert not allowed(config, "lab1.evil.example")


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.9.9.9", ""])
def test_local_names_are_for_other_machines_and_trusted_proxies(peer: str) -> None:
    """The name that nobody has set included: anybody on the network may claim it."""
    for name in ("papo", "evil.local", "papo.local"):
        assert not allowed(Config(), name, peer)
        assert allowed(Config(), name, "192.168.0.7")
        if peer:
            trusting = Config(proxy=Proxy(trusted=(Network("127.0.0.0/8"), Network("::1"))))
            assert allowed(trusting, name, peer)
            assert not allowed(trusting, "evil.example", peer)


def test_over_tls_the_browser_has_checked_the_name() -> None:
    """No page of another name gets as far as asking."""
    assert allowed(Config(), "whatever.example", "192.0.2.1", is_tls=True)
