"""What the server announces on the local network. Nothing is sent here: packets would leave the machine."""

from __future__ import annotations

import asyncio

from papo.config.listen import parse
from papo.server.net.announce import Announcement, services_of

OWN = ["192.168.0.5", "fd00::5"]


def test_only_reachable_listeners_are_announced() -> None:
    """Each scheme once, with all its addresses; loopback is left out."""
    opened = [
        parse(url) for url in ("irc://127.0.0.1:6667", "irc://192.168.0.5:6667", "http://*:8080", "nick://*:9090")
    ]
    services = services_of("Sala 1!", "http://192.168.0.5:8080", opened, OWN)
    assert [(each.type, each.name, each.port) for each in services] == [
        ("_irc._tcp.local.", "Sala 1._irc._tcp.local.", 6667),
        ("_papo._tcp.local.", "Sala 1._papo._tcp.local.", 8080),
    ]
    assert services[0].parsed_addresses() == ["192.168.0.5"]
    assert services[1].parsed_addresses() == OWN
    assert services[1].properties[b"web"] == b"http://192.168.0.5:8080"


def test_a_server_on_loopback_announces_nothing() -> None:
    """No packet is sent."""
    announcement = Announcement()
    asyncio.run(announcement.start("Papo", "", [parse("irc://127.0.0.1:6667")]))
    asyncio.run(announcement.stop())
    assert services_of("Papo", "", [parse("irc://127.0.0.1:6667"), parse("irc://[::1]:6667")], OWN) == []
