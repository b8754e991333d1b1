"""Servers on the local network (DNS-SD: RFC 6763): what `papo serve --lan` announces."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec

from papo.protocol.text import one_line

KIND = "_irc._tcp.local."
MAX_NAME = 100


class Nearby(msgspec.Struct, frozen=True):
    """One of them."""

    name: str
    url: str


async def look(seconds: float = 1.5) -> list[Nearby]:
    """What answers within this time, by name. Never raises: where multicast fails, nobody is near."""
    from zeroconf import Error, ServiceStateChange, Zeroconf  # noqa: PLC0415 - 50 ms, and only where one looks
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415

    names: set[str] = set()

    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        _unused = zeroconf, service_type
        if state_change is not ServiceStateChange.Removed:
            names.add(name)

    found: list[Nearby] = []
    with contextlib.suppress(OSError, Error):
        zeroconf = AsyncZeroconf()
        try:
            browser = AsyncServiceBrowser(zeroconf.zeroconf, KIND, handlers=[changed])
            await asyncio.sleep(seconds)
            await browser.async_cancel()
            for name in sorted(names):
                info = AsyncServiceInfo(KIND, name)
                if await info.async_request(zeroconf.zeroconf, 1_000):
                    found += nearby_of(info.name, info.parsed_addresses(), info.port or 0, info.decoded_properties)
        finally:
            await zeroconf.async_close()
    return found


def nearby_of(name: str, addresses: list[str], port: int, properties: dict[str, str | None]) -> list[Nearby]:
    """What an announcement says; nothing where it does not say enough."""
    if not addresses or not port:
        return []
    # An address of the link alone would need the name of our own network card.
    usable = [each for each in addresses if not each.lower().startswith("fe80:")] or addresses
    host = f"[{usable[0]}]" if ":" in usable[0] else usable[0]
    shown = one_line(properties.get("network") or name.removesuffix(f".{KIND}"), MAX_NAME)
    return [Nearby(shown, f"irc://{host}:{port}")]
