"""The names that may be asked for: those of the server, and what no attacker can have in the DNS."""

from __future__ import annotations

import pytest

from papo.protocol.hosts import Hosts, host_name

OURS = frozenset({"chat.example.org", "lab1"})
FAR = Hosts(OURS, allow_local=True)
NEAR = Hosts(OURS)
ALWAYS = (
    "chat.example.org",
    "CHAT.Example.ORG.:8080",
    "lab1:80",
    "localhost",
    "localhost:8080",
    "papo.localhost",
    "127.0.0.1:8080",
    "192.168.0.5",
    "203.0.113.9:443",
    "[::1]:8080",
    "[2001:db8::1]",
    "",
)
LOCAL = ("papo", "papo:8080", "lab1.local", "evil.local:8080", "chat.home.arpa", "papo.internal", "nas.lan")
NEVER = (
    "evil.example",
    "chat.example.org.evil.example",
    "evil.example:chat.example.org",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "lab1.evil.example",
    "evillocal.example",
    "chat.example.org:80:80",
    "user@chat.example.org:80@evil.example",
    "chat.example.org/evil",
    "[::1",
    "[evil.example]",
    "[::1].evil.example",
    "[]",
    ":8080",
    " ",
    "0x7f000001.evil.example",
    "evil.example ",
    "evil.fritz.box",
)


@pytest.mark.parametrize("authority", ALWAYS)
def test_own_names_and_addresses_are_allowed_from_everywhere(authority: str) -> None:
    """In any case, with a port and with the root's dot; HTTP/1.0 without a name as well."""
    assert NEAR.allow(authority)
    assert FAR.allow(authority)


@pytest.mark.parametrize("authority", LOCAL)
def test_names_outside_the_public_dns_are_allowed_from_other_machines(authority: str) -> None:
    """Not from this one: whoever is on the local network can answer for them, and reaches loopback no other way."""
    assert FAR.allow(authority)
    assert not NEAR.allow(authority)


@pytest.mark.parametrize("authority", NEVER)
def test_other_names_are_refused(authority: str) -> None:
    """Whatever they begin or end with."""
    assert not FAR.allow(authority)
    assert not NEAR.allow(authority)
    assert FAR._replace(allow_all=True).allow(authority)


@pytest.mark.parametrize(
    ("host", "forwarded", "direct", "proxied"),
    [
        (["papo:8080"], ["chat.example.org"], "papo:8080", "chat.example.org"),
        (["127.0.0.1"], ["chat.example.org, papo"], "127.0.0.1", "chat.example.org"),
        (["127.0.0.1"], ["evil.example"], None, None),
        (["127.0.0.1"], ["chat.example.org", "evil.example"], None, None),
        (["evil.example"], ["chat.example.org"], None, None),
        (["chat.example.org", "evil.example"], [], None, None),
        (["chat.example.org"], ["", " ,"], "chat.example.org", "chat.example.org"),
        ([], [], "", ""),
    ],
)
def test_every_name_on_the_way_has_to_be_ours(
    host: list[str], forwarded: list[str], direct: str | None, proxied: str | None
) -> None:
    """A proxy may replace Host, and a page may add X-Forwarded-Host; only a trusted proxy's is the client's."""
    assert FAR.asked_for(host, forwarded) == direct
    assert FAR._replace(is_proxied=True).asked_for(host, forwarded) == proxied


def test_names_are_compared_without_port_case_and_final_dot() -> None:
    """And without an address's brackets."""
    assert [host_name(each) for each in ("A.b.", "a.B:1", "[::1]:2", "a.b:")] == ["a.b", "a.b", "::1", "a.b"]
