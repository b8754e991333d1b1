"""Addresses of servers, as users type or click them. No socket."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import unquote, urlsplit

import msgspec

from papo.i18n import _
from papo.protocol.dialects import CLASSROOM, schemes

_PAGES = {"http": "ws", "https": "wss"}
"""The web page of a Papo server: its WebSocket has the same address."""
_NO_NAME = re.compile(r"[\s,\x00-\x1f\x7f]")


class NotAnAddressError(Exception):
    """Its text is a sentence for the user that says what to type."""


class Address(msgspec.Struct, frozen=True):
    """A server, and perhaps a room on it."""

    scheme: str
    host: str
    port: int
    path: str = "/"
    """Of a WebSocket."""
    room: str = ""
    nick: str = ""

    def __str__(self) -> str:
        """As a URL, without room and nick: the same text for the same server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        path = self.path if self.scheme in {"ws", "wss"} and self.path != "/" else ""
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def is_classroom(self) -> bool:
        """Whether the server speaks a classroom dialect."""
        return self.scheme in CLASSROOM

    @property
    def is_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return schemes()[self.scheme].is_tls

    @property
    def is_private(self) -> bool:
        """Whether nobody else can read what is sent: the connection is encrypted, or stays on this machine."""
        return self.is_tls or _is_this_machine(self.host)


def _is_this_machine(host: str) -> bool:
    # A name that only begins like these may be anywhere: localhost.example.org, 127.example.org.
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def read_address(text: str) -> Address:
    """`irc://host:port/#room`, `https://host`, `relay://host`, `host`, `host:port`.

    Raises NotAnAddressError.
    """
    text = text.strip()
    if "://" not in text:
        # A bare host is most often this machine or one nearby; for a server with TLS users type the scheme.
        text = f"irc://{text}"
    scheme, _colon, rest = text.partition("://")
    scheme = scheme.lower()
    known = {name: row for name, row in schemes().items() if name != "irc+unix"}
    if scheme not in known:
        raise NotAnAddressError(
            _("{scheme}:// is not known; use one of {known}").format(scheme=scheme, known=", ".join(known))
        )
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port
    except ValueError:
        raise NotAnAddressError(
            _("{text}: this is not an address; write it as irc://HOST:PORT").format(text=text)
        ) from None
    host = parts.hostname or ""
    if not _is_host(host):
        raise NotAnAddressError(_("{text}: this is not an address; write it as irc://HOST:PORT").format(text=text))
    scheme = _PAGES.get(scheme, scheme)
    usual = known[scheme].client_port or known[scheme].port
    room = _name(parts.path.lstrip("/")) if scheme in {"irc", "ircs"} else ""
    if parts.fragment and not room:
        room = f"#{_name(parts.fragment)}"
    if room and room[0] not in "#&+!":
        room = f"#{room}"
    # The WebSocket of a Papo page is at the root, whatever the path of the page.
    path = parts.path if text.lower().startswith(("ws://", "wss://")) and parts.path else "/"
    return Address(scheme, host, port or usual, path, room, _name(parts.username or ""))


def _is_host(text: str) -> bool:
    """Whether it can be a host's name or address; only an IPv6 address has colons."""
    if not text or not text.isprintable() or set(text) & set(" []@/\\?#"):
        return False
    try:
        return ":" not in text or bool(IPv6Address(text))
    except ValueError:
        return False


def _name(text: str) -> str:
    """A name from an address that anybody may have written: cut at what would end it, or the line it is sent in."""
    return _NO_NAME.split(unquote(text), maxsplit=1)[0]
