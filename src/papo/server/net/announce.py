"""Announces the server on the local network (mDNS, DNS-SD: RFC 6762, RFC 6763). Failures are only logged."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Sequence
from ipaddress import ip_address

from zeroconf import Error, NonUniqueNameException
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from papo import __version__
from papo.config.listen import ListenAt
from papo.server.net.addresses import lan_addresses

KINDS = {"irc": "_irc._tcp.local.", "ircs": "_ircs._tcp.local.", "http": "_papo._tcp.local."}
"""Scheme of a listener to its service type; `papo chat` looks for `_papo._tcp`."""
EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104 -- compared only
log = logging.getLogger(__name__)


class Announcement:
    """The services that this server announces."""

    def __init__(self) -> None:
        self._zeroconf: AsyncZeroconf | None = None

    async def start(self, network: str, web_address: str, opened: Sequence[ListenAt]) -> None:
        """Announce the listeners that other machines can reach. Never raises."""
        services = services_of(network, web_address, opened, lan_addresses())
        if not services:
            return
        try:
            self._zeroconf = AsyncZeroconf()
            for service in services:
                await self._zeroconf.async_register_service(service, allow_name_change=True)
        except (OSError, Error, NonUniqueNameException) as error:
            log.info("the server cannot be announced on the local network: %s", error)
            await self.stop()

    async def stop(self) -> None:
        """Withdraw the announcement."""
        if self._zeroconf is not None:
            zeroconf, self._zeroconf = self._zeroconf, None
            await zeroconf.async_close()


def services_of(
    network: str, web_address: str, opened: Sequence[ListenAt], own: Sequence[str]
) -> list[AsyncServiceInfo]:
    """One for each scheme with a listener that other machines can reach; `own` are this machine's addresses."""
    name = re.sub(r"[^\w -]", "", network)[:40] or "Papo"
    host = re.sub(r"[^A-Za-z0-9-]", "", socket.gethostname().partition(".")[0]) or "papo"
    found = []
    for scheme, kind in KINDS.items():
        hosts: list[str] = []
        ports = []
        for at in opened:
            if at.scheme == scheme and (at.host in EVERYWHERE or at.host in own):
                hosts += own if at.host in EVERYWHERE else [at.host]
                ports.append(at.port)
        if not ports:
            continue
        found.append(
            AsyncServiceInfo(
                kind,
                f"{name}.{kind}",
                port=ports[0],
                addresses=[ip_address(host).packed for host in dict.fromkeys(hosts)],
                properties={"network": network, "web": web_address, "version": __version__},
                server=f"{host}.local.",
            )
        )
    return found
