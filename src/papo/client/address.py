"""Where a server is: what people type or click, taken apart. Knows no socket."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import msgspec

from papo.i18n import _

IRC_PORTS = {"irc": 6667, "ircs": 6697, "ws": 80, "wss": 443}
CLASSROOM_PORTS = {"relay": 12345, "nick-ascii": 55555, "nick": 9090, "framed": 5050, "handshake": 12346}
_PAGES = {"http": "ws", "https": "wss"}
"""A web page of a Papo server: its WebSocket is at the same address."""
_NO_NAME = re.compile(r"[\s,\x00-\x1f\x7f]")


class NotAnAddressError(Exception):
    """The text says what to do."""


class Address(msgspec.Struct, frozen=True):
    """A server, and perhaps a room in it."""

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
        """Whether a classroom dialect is spoken there."""
        return self.scheme in CLASSROOM_PORTS

    @property
    def is_tls(self) -> bool:
        """Whether the way there is encrypted."""
        return self.scheme in {"ircs", "wss"}

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent: TLS, or this machine."""
        return self.is_tls or _is_this_machine(self.host)


def _is_this_machine(host: str) -> bool:
    # A name that only begins so may be anybody's: localhost.example.org, 127.example.org.
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
        # Where only a host is given it is this machine or one of the neighbourhood more often than not; a server that
        # wants TLS says so with its scheme.
        text = f"irc://{text}"
    scheme, _colon, rest = text.partition("://")
    scheme = scheme.lower()
    known = {**IRC_PORTS, **CLASSROOM_PORTS, **dict.fromkeys(_PAGES, 0)}
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
    if not parts.hostname or " " in parts.hostname or not parts.hostname.isprintable():
        raise NotAnAddressError(_("{text}: this is not an address; write it as irc://HOST:PORT").format(text=text))
    scheme = _PAGES.get(scheme, scheme)
    usual = {**IRC_PORTS, **CLASSROOM_PORTS}[scheme]
    room = _name(parts.path.lstrip("/")) if scheme in {"irc", "ircs"} else ""
    if parts.fragment and not room:
        room = f"#{_name(parts.fragment)}"
    if room and room[0] not in "#&+!":
        room = f"#{room}"
    # The page itself is no place to talk; the WebSocket of Papo's pages is at their root.
    path = parts.path if text.lower().startswith(("ws://", "wss://")) and parts.path else "/"
    return Address(scheme, parts.hostname, port or usual, path, room, _name(parts.username or ""))


def _name(text: str) -> str:
    """A name out of an address that anybody may have written: nothing that could end it, or the line it gets into."""
    return _NO_NAME.split(unquote(text), maxsplit=1)[0]
