"""The machine's own addresses, and the usual listeners on them."""

from __future__ import annotations

import socket

import pytest

from papo.config import ConfigError, Listen
from papo.server.net.addresses import by_interface, by_name, by_route, lan_addresses, listeners


def test_loopback_and_link_local_are_left_out() -> None:
    """Only addresses that another machine can use come back, each once, IPv4 first."""
    probe = lambda: [  # noqa: E731 - a fake of one line
        "127.0.0.1", "fe80::1%eth0", "2001:db9::5", "169.254.3.4", "192.168.0.7", "::1", "0.0.0.0", "192.168.0.7",
    ]  # fmt: skip

    assert lan_addresses([probe, lambda: ["10.1.2.3"]]) == ["192.168.0.7", "10.1.2.3", "2001:db9::5"]


def test_mapped_addresses_are_ipv4() -> None:
    """An IPv4-mapped IPv6 address is the IPv4 address, and counts once."""
    assert lan_addresses([lambda: ["::ffff:10.0.0.9", "10.0.0.9", "nonsense"]]) == ["10.0.0.9"]


def test_own_addresses_can_be_bound() -> None:
    """What the operating system's probes find is this machine's own: a socket can be bound to each."""
    for address in lan_addresses():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))


def test_route_probe_survives_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a network has no addresses, and that is no error."""

    class Unreachable(socket.socket):
        def connect(self, _address: object) -> None:
            raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "socket", Unreachable)

    assert by_route() == []


def test_full_domain_names_are_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolving a host name with a domain may ask a distant name server, so it is not resolved."""
    asked: list[str] = []
    monkeypatch.setattr(socket, "gethostname", lambda: "pc7.lab.example.org")
    monkeypatch.setattr(socket, "getaddrinfo", lambda name, *_a, **_k: asked.append(name))

    assert by_name() == []
    assert asked == []


def test_plain_names_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's short name gives its addresses; if it is unknown there are none."""
    monkeypatch.setattr(socket, "gethostname", lambda: "pc7")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("192.168.0.7", 0))])
    assert by_name() == ["192.168.0.7"]

    def fail(*_arguments: object, **_named: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert by_name() == []


def test_usual_listeners_are_on_loopback() -> None:
    """Without settings every usual port is open on 127.0.0.1 and ::1, and nowhere else."""
    found = listeners(Listen(), lan=lambda: ["192.168.0.7"], ipv6=lambda: True)

    assert {at.host for at in found} == {"127.0.0.1", "::1"}
    assert {at.scheme: at.port for at in found} == {
        "irc": 6667,
        "ircs": 6697,
        "http": 8080,
        "relay": 12345,
        "nick-ascii": 55555,
        "nick": 9090,
        "framed": 5050,
        "handshake": 12346,
    }


def test_no_ipv6_no_ipv6_listener() -> None:
    """A machine without IPv6 gets no listener on ::1."""
    assert {at.host for at in listeners(Listen(), ipv6=lambda: False)} == {"127.0.0.1"}


def test_lan_adds_the_own_addresses() -> None:
    """With `lan` the usual ports are open on loopback and on the machine's addresses."""
    found = listeners(Listen(lan=True), lan=lambda: ["192.168.0.7", "2001:db9::5"], ipv6=lambda: True)

    assert [at.host for at in found if at.scheme == "framed"] == ["127.0.0.1", "::1", "192.168.0.7", "2001:db9::5"]


def test_at_replaces_the_usual_listeners() -> None:
    """If listeners are configured, they are the only ones, in their order."""
    found = listeners(Listen(at=("nick://*:9", "irc://[::1]")))

    assert [(at.scheme, at.host, at.port) for at in found] == [("nick", "", 9), ("irc", "::1", 6667)]
    with pytest.raises(ConfigError, match="irq"):
        listeners(Listen(at=("irq://*:9",)))


def test_every_interface_is_known_without_a_route() -> None:
    """Loopback is among them; `lan_addresses` leaves it out."""
    assert "127.0.0.1" in by_interface()
    assert "127.0.0.1" not in lan_addresses([by_interface])
    assert lan_addresses([lambda: ["192.168.0.7"], by_interface]) == ["192.168.0.7"]
