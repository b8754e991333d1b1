"""Addresses of the web client, and their QR codes. Nothing is sent over the network."""

from __future__ import annotations

import io
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import segno

from papo.config import Config
from papo.config.listen import ListenAt, bracketed
from papo.server.net.addresses import lan_addresses

PAGES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
"""Scheme of a listener to the scheme of its pages: each listener serves both."""


def addresses(config: Config, opened: Sequence[ListenAt], asked: str = "") -> list[str]:
    """URLs to open in a browser, best first: the configured one, the request's own origin, those of the local network.

    `asked` is the origin of a request; "" for none. Loopback is used only if there is nothing else.
    """
    found: dict[str, None] = {}
    if config.web.public_url:
        found[config.web.public_url] = None
    if asked and not _is_loopback(urlsplit(asked).hostname or ""):
        found[asked] = None
    for at in opened:
        if at.scheme not in PAGES:
            continue
        hosts = lan_addresses() if at.host in {"", "0.0.0.0", "::"} else [at.host]  # noqa: S104 -- compared only
        for host in hosts:
            if not _is_loopback(host):
                found[f"{PAGES[at.scheme]}://{bracketed(host)}:{at.port}"] = None
    if not found:
        for at in opened:
            if at.scheme in PAGES:
                found[f"{PAGES[at.scheme]}://{bracketed(at.host or 'localhost')}:{at.port}"] = None
    return list(found) or ([asked] if asked else [])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def qr_svg(url: str) -> str:
    """The QR code as an SVG element."""
    return segno.make(url, error="m").svg_inline(scale=8, border=2, omitsize=True, dark="#111", light="#fff")


def qr_text(url: str) -> str:
    """The QR code for a terminal, in half blocks."""
    out = io.StringIO()
    segno.make(url, error="l").terminal(out, border=1, compact=True)
    return out.getvalue()
