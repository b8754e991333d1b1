"""The names by which HTTP requests may ask for a server: the defence against DNS rebinding (docs/decisions/0036).

Pure functions on strings. A page of an attacker's site can give its own name this server's address, and is then of the
same origin as the server; but the browser still sends the attacker's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import NamedTuple

LOCAL_SUFFIXES = (".local", ".home.arpa", ".internal", ".lan")
"""Domains that the public DNS does not have: RFC 6762, RFC 8375, ICANN's resolution of July 2024, and what most
routers call their network."""


class Hosts(NamedTuple):
    """What a request from one peer may call this server."""

    names: frozenset[str]
    """The server's own names, in lower case."""
    allow_local: bool = False
    """Whether names that the public DNS does not have are allowed too (`is_local_name`)."""
    allow_all: bool = False
    """Whether every name is allowed: the browser has checked it against the server's certificate."""
    is_proxied: bool = False
    """Whether the peer is a trusted proxy, which says what name its client asked for."""
    refusal: str = ""
    """The sentence for a client that asks for another name (status 421: RFC 9110, section 15.5.20)."""

    def allow(self, authority: str) -> bool:
        """Whether `authority` (NAME, NAME:PORT, [IPV6]:PORT; "" if none was sent) may be answered.

        An address is always allowed: a browser that was given one has asked nobody for it.
        """
        if not authority or self.allow_all:  # HTTP/1.0 without a name: no browser
            return True
        name = host_name(authority)
        if not name:
            return False
        if name in self.names or name == "localhost" or name.endswith(".localhost") or _is_address(name):
            return True
        return self.allow_local and is_local_name(name)

    def asked_for(self, hosts: Sequence[str], x_forwarded_hosts: Sequence[str]) -> str | None:
        """The authority that the client has asked for; None if it, or one on the way to here, may not be answered.

        Each sequence holds the values of the header of that name, as received. A page that asks for an attacker's name
        may add any X-Forwarded-Host, and a proxy may replace Host, so that all of them have to be allowed.
        """
        host = hosts[0] if hosts else ""
        forwarded = [word.strip() for word in ",".join(x_forwarded_hosts).split(",") if word.strip()]
        if not all(self.allow(each) for each in (*hosts, *forwarded)):
            return None
        return forwarded[0] if forwarded and self.is_proxied else host


def host_name(authority: str) -> str:
    """The name or address without its port, brackets and final dot, in lower case; "" if it cannot be read."""
    authority = authority.strip()
    if authority.startswith("["):
        name, bracket, rest = authority[1:].partition("]")
        if not bracket or ":" not in name:
            return ""
    else:
        name, colon, port = authority.partition(":")
        rest = colon + port
    if rest and not (rest[0] == ":" and (rest == ":" or (rest[1:].isascii() and rest[1:].isdigit()))):
        return ""
    return name.lower().removesuffix(".")


def is_local_name(name: str) -> bool:
    """Whether nobody can have the name in the public DNS: it has no dot, or is in one of `LOCAL_SUFFIXES`."""
    return bool(name) and ("." not in name or name.endswith(LOCAL_SUFFIXES))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
