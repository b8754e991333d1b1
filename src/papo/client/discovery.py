"""Servers on the local network, as `papo serve --lan` announces them (DNS-SD: RFC 6763)."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec

from papo.protocol.text import one_line

SERVICE = "_irc._tcp.local."
MAX_NAME = 100


class DiscoveredServer(msgspec.Struct, frozen=True):
    """A server that answered."""

    name: str
    url: str


async def discover(seconds: float = 1.5) -> list[DiscoveredServer]:
    """Servers that answer within this time, sorted by name. Never raises: if multicast fails, there are none."""
    from zeroconf import Error, ServiceStateChange, Zeroconf  # noqa: PLC0415 - 50 ms, and only where one looks
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415

    names: set[str] = set()

    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        _unused = zeroconf, service_type
        if state_change is not ServiceStateChange.Removed:
            names.add(name)

    found: list[DiscoveredServer] = []
    with contextlib.suppress(OSError, Error):
        zeroconf = AsyncZeroconf()
        try:
            browser = AsyncServiceBrowser(zeroconf.zeroconf, SERVICE, handlers=[changed])
            await asyncio.sleep(seconds)
            await browser.async_cancel()
            for name in sorted(names):
                info = AsyncServiceInfo(SERVICE, name)
                if await info.async_request(zeroconf.zeroconf, 1_000):
                    found += from_announcement(
                        info.name, info.parsed_addresses(), info.port or 0, info.decoded_properties
                    )
        finally:
            await zeroconf.async_close()
    return found


def from_announcement(
    name: str, addresses: list[str], port: int, properties: dict[str, str | None]
) -> list[DiscoveredServer]:
    """The server of an announcement; none if it lacks an address or a port."""
    if not addresses or not port:
        return []
    # A link-local address would need the name of our own network interface.
    usable = [each for each in addresses if not each.lower().startswith("fe80:")] or addresses
    host = f"[{usable[0]}]" if ":" in usable[0] else usable[0]
    shown = one_line(properties.get("network") or name.removesuffix(f".{SERVICE}"), MAX_NAME)
    return [DiscoveredServer(shown, f"irc://{host}:{port}")]
