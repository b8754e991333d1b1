"""Where to listen, as one URL per listener: `SCHEME://HOST:PORT[?option=value]`. It opens nothing."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from papo.config.errors import ConfigError
from papo.i18n import _
from papo.protocol.dialects import CLASSROOM, schemes


def default_schemes() -> list[str]:
    """The schemes of a server that was given no listeners; each is on its own port."""
    return ["irc", "ircs", "http", *CLASSROOM]


class ListenAt(msgspec.Struct, frozen=True, kw_only=True):
    """One listener."""

    scheme: str
    """A key of `papo.protocol.dialects.schemes()`."""
    host: str = ""
    """An address without brackets, a host name, or "" for all addresses; "" for irc+unix as well."""
    port: int = 0
    """0 lets the operating system choose; 0 for irc+unix as well."""
    path: str = ""
    """The socket's file, for irc+unix only."""
    options: dict[str, str] = {}
    """room: a channel, with its #. replay: how many lines of history a new user gets. header: "true" or "false".
    origin: a web site that may connect. mode: the permissions of the socket file, octal."""

    @property
    def is_tls(self) -> bool:
        """True if the listener needs a certificate."""
        return schemes()[self.scheme].is_tls

    @property
    def url(self) -> str:
        """As it is written in the settings; `parse(at.url) == at`."""
        where = self.path if self.scheme == "irc+unix" else f"{bracketed(self.host) or '*'}:{self.port}"
        options = "&".join(
            f"{name}={value.replace('%', '%25').replace('&', '%26')}" for name, value in self.options.items()
        )
        return f"{self.scheme}://{where}" + (f"?{options}" if options else "")


def bracketed(host: str) -> str:
    """A host as in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host


def parse(url: str) -> ListenAt:
    """Read one listener.

    Raises:
        ConfigError: begins with the URL, says which part is wrong and what it may be.
    """
    scheme, separator, rest = url.strip(" ").partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in schemes():
        raise ConfigError(
            _("{url}: expected SCHEME://HOST:PORT with one of the schemes {schemes}").format(
                url=url, schemes=", ".join(schemes())
            )
        )
    where, _mark, query = rest.partition("?")
    options = parse_options(url, scheme, query)
    if scheme == "irc+unix":
        if not where.startswith("/"):
            raise ConfigError(_("{url}: expected the whole path, as in irc+unix:///run/papo.sock").format(url=url))
        return ListenAt(scheme=scheme, path=where, options=options)
    host, port = parse_host(url, where.rstrip("/"))
    return ListenAt(scheme=scheme, host=host, port=schemes()[scheme].port if port is None else port, options=options)


def parse_host(url: str, where: str) -> tuple[str, int | None]:
    """(host, port) of HOST:PORT, HOST, [IPV6]:PORT or [IPV6]. The host `*`, or none, is "": all addresses."""
    if where.startswith("["):
        host, bracket, rest = where[1:].partition("]")
        if not bracket or ":" not in host or rest[:1] not in ("", ":"):
            raise ConfigError(_("{url}: expected an IPv6 address in brackets, as in irc://[::1]:6667").format(url=url))
        port = rest[1:]
    else:
        if where.count(":") > 1:
            raise ConfigError(_("{url}: expected an IPv6 address in brackets, as in irc://[::1]:6667").format(url=url))
        host, _colon, port = where.partition(":")
    if any(character in host for character in "/@ #") or not host.isprintable():
        raise ConfigError(_("{url}: expected nothing but HOST:PORT after ://").format(url=url))
    if not port:
        return ("" if host == "*" else host), None
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ConfigError(_("{url}: expected a port from 0 to 65535, not {port}").format(url=url, port=port))
    return ("" if host == "*" else host), int(port)


def parse_options(url: str, scheme: str, query: str) -> dict[str, str]:
    """`a=b&c=d`, percent-decoded and checked. A `#` needs no escape: there are no fragments."""
    options: dict[str, str] = {}
    known = schemes()[scheme].options
    for part in filter(None, query.split("&")):
        name, _equals, value = part.partition("=")
        if name not in known:
            if not known:
                raise ConfigError(_("{url}: {scheme} has no options").format(url=url, scheme=scheme))
            raise ConfigError(
                _("{url}: {scheme} has no option {name}, only {known}").format(
                    url=url, scheme=scheme, name=name, known=", ".join(known)
                )
            )
        if "%" in value:
            from urllib.parse import unquote  # noqa: PLC0415 - 5 ms, and few listeners need it

            value = unquote(value)
        options[name] = _CHECKS[name](url, value)
    return options


def _room(url: str, value: str) -> str:
    room = value if value.startswith("#") else f"#{value}"
    if len(room) < 2 or len(room) > 64 or any(character in room for character in " ,:\a\r\n\0"):
        raise ConfigError(_("{url}: expected the name of a room, such as room=papo").format(url=url))
    return room


def _replay(url: str, value: str) -> str:
    if not (value.isascii() and value.isdigit() and int(value) <= 1000):
        raise ConfigError(_("{url}: expected a number of lines from 0 to 1000, as in replay=10").format(url=url))
    return str(int(value))


def _header(url: str, value: str) -> str:
    if value not in ("true", "false"):
        raise ConfigError(_("{url}: expected header=true or header=false").format(url=url))
    return value


def _open(url: str, value: str) -> str:
    if value not in ("true", "false"):
        raise ConfigError(_("{url}: expected open=true or open=false").format(url=url))
    return value


def _origin(url: str, value: str) -> str:
    scheme, separator, host = value.partition("://")
    if scheme not in ("http", "https") or not separator or not host or any(character in host for character in "/?# "):
        raise ConfigError(_("{url}: expected a web site, as in origin=https://chat.example.org").format(url=url))
    return value


def _mode(url: str, value: str) -> str:
    if not (3 <= len(value) <= 4 and all(digit in "01234567" for digit in value)):
        raise ConfigError(_("{url}: expected octal permissions, as in mode=660").format(url=url))
    return value


_CHECKS: dict[str, Callable[[str, str], str]] = {
    "room": _room,
    "replay": _replay,
    "header": _header,
    "open": _open,
    "origin": _origin,
    "mode": _mode,
}
"""Option to the function that checks its value."""
