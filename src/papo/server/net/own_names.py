"""The names of this server and of its machine, by which HTTP requests may ask for it. Nothing is sent for it."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from papo.config.listen import ListenAt
from papo.i18n import N_
from papo.protocol.hosts import Hosts
from papo.protocol.proxy import is_trusted, plain_address

if TYPE_CHECKING:
    from papo.config import Config

WRONG_NAME = N_(
    "This server does not go by this name; if it should, name it in web.public_url or web.origins in the settings"
)
_UNSET = "papo.local"
"""The server's name if nobody has set one. No machine is called that, so anybody on the network may say it is."""


def hosts_for(config: Config, opened: Sequence[ListenAt], peer: str, *, is_tls: bool) -> Hosts:
    """What requests from this address may call the server.

    `peer` is the address of the socket's other end. `is_tls`: it speaks TLS with us, not with a proxy; then a browser
    has found the name in our certificate before it asked.

    Names that the public DNS does not have are nobody's on the internet, but mDNS and LLMNR let anybody on the local
    network answer for them. Such a person reaches what listens there without a trick, but not what listens on loopback.
    """
    is_proxied = is_trusted(peer, config.proxy.trusted)
    return Hosts(
        _own_names(config, opened),
        allow_local=is_proxied or not _is_loopback(peer),
        allow_all=is_tls,
        is_proxied=is_proxied,
        refusal=WRONG_NAME,
    )


def _own_names(config: Config, opened: Sequence[ListenAt]) -> frozenset[str]:
    machine = socket.gethostname().lower()
    first = machine.partition(".")[0]
    urls = [config.web.public_url, *config.web.origins, *(at.options.get("origin", "") for at in opened)]
    names = {machine, first, f"{first}.local", *(at.host.lower() for at in opened)}
    names |= {urlsplit(url).hostname or "" for url in urls}
    if config.server.name != _UNSET:
        names.add(config.server.name.lower())
    return frozenset(name.removesuffix(".") for name in names if name)


def _is_loopback(peer: str) -> bool:
    try:
        return plain_address(peer).is_loopback
    except ValueError:
        return True
