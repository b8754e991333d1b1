"""What servers announce on the local network."""

from __future__ import annotations

import pytest

from papo.client.discovery import DiscoveredServer, from_announcement


@pytest.mark.parametrize(
    ("addresses", "port", "properties", "expected"),
    [
        (["10.0.0.5", "fe80::1"], 6667, {"network": "Turma"}, [DiscoveredServer("Turma", "irc://10.0.0.5:6667")]),
        (["fe80::1", "2001:db8::1"], 6668, {}, [DiscoveredServer("Papo", "irc://[2001:db8::1]:6668")]),
        (["fe80::1"], 6668, {"network": None}, [DiscoveredServer("Papo", "irc://[fe80::1]:6668")]),
        (
            ["10.0.0.5"],
            1,
            {"network": "\x1b[2Ja\nb" + "c" * 200},
            [DiscoveredServer("[2Ja b" + "c" * 94, "irc://10.0.0.5:1")],
        ),
        ([], 6667, {}, []),
        (["10.0.0.5"], 0, {}, []),
    ],
)
def test_what_an_announcement_says(
    addresses: list[str], port: int, properties: dict[str, str | None], expected: list[DiscoveredServer]
) -> None:
    assert from_announcement("Papo._irc._tcp.local.", addresses, port, properties) == expected
