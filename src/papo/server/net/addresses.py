"""This machine's own addresses, and the listeners that follow from them. Nothing is sent over the network."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from papo.config.listen import ListenAt, default_schemes, parse
from papo.config.settings import Listen
from papo.protocol.dialects import schemes

LOOPBACK = ("127.0.0.1", "::1")

# Addresses reserved for documentation (RFC 5737, RFC 3849): a datagram socket that is "connected" to one learns
# which of our own addresses the route would use, and sends nothing.
_FAR = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))

Probe = Callable[[], Iterable[str]]


def lan_addresses(probes: Iterable[Probe] | None = None) -> list[str]:
    """The machine's own addresses on its networks: IPv4 first, each once, no loopback, no link-local.

    Args:
        probes: functions that return addresses, asked in order; None for the operating system's.
    """
    found: dict[str, None] = {}
    for probe in probes if probes is not None else (by_route, by_name, by_interface):
        if probe is by_interface and found:
            break  # it also finds bridges of containers and the like, which are of no use to other machines
        for text in probe():
            address = _usable(text)
            if address is not None:
                found[str(address)] = None
    return sorted(found, key=lambda text: ":" in text)


def _usable(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast:
        return None  # a link-local IPv6 address means nothing without the interface's name
    return address


def by_route() -> list[str]:
    """The source addresses of datagrams to distant networks."""
    found = []
    for family, far in _FAR:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            found.append(str(probe.getsockname()[0]))
    return found


def by_name() -> list[str]:
    """The addresses of the machine's own name, if it resolves it itself.

    A name without a dot, or under .local, is resolved by the hosts file or by the machine; a full domain name might be
    sent to a distant DNS server that does not answer, so it is not resolved.
    """
    name = socket.gethostname()
    if "." in name.removesuffix(".local"):
        return []
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []


def by_interface() -> list[str]:
    """The addresses of all network interfaces: a network with a switch and no router has no default route."""
    import ifaddr  # noqa: PLC0415 - most machines have a route

    return [str(ip.ip if ip.is_IPv4 else ip.ip[0]) for adapter in ifaddr.get_adapters() for ip in adapter.ips]


def has_ipv6() -> bool:
    """Whether a listener on ::1 can be opened."""
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def listeners(
    listen: Listen, *, lan: Callable[[], list[str]] = lan_addresses, ipv6: Callable[[], bool] = has_ipv6
) -> list[ListenAt]:
    """What to open: `listen.at`, or else the usual ports on loopback, and with `listen.lan` on `lan()` as well.

    Raises:
        ConfigError: a URL in `listen.at` cannot be read.
    """
    if listen.at:
        return [parse(url) for url in listen.at]
    hosts = [host for host in LOOPBACK if ":" not in host or ipv6()]
    if listen.lan:
        hosts += lan()
    return [
        ListenAt(scheme=scheme, host=host, port=schemes()[scheme].port)
        for scheme in default_schemes()
        for host in hosts
    ]
