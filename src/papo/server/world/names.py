"""Names of users and channels: which are valid, and which are the same.

Two names are the same if `fold` gives the same key. IRC clients are told CASEMAPPING=ascii; beyond
ASCII, Papo also folds case and composition, so `JOÃO` and `joão` are one user.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

CHANNEL_TYPES = "#"
_NICK_ASCII = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]*")
_NICK_SPECIAL = frozenset("[]\\`_^{|}-")
_NOT_IN_CHANNEL = re.compile(r"[\x00-\x20,\x7f:]")
SERVICES = frozenset({"nickserv", "chanserv", "histserv", "hostserv", "operserv", "memoserv", "botserv"})
_NOT_IN_MASK_PART = re.compile(r"[\x00-\x20\x7f@!*?:,]+")


@lru_cache(maxsize=65536)
def fold(name: str) -> str:
    """The key of a nick or channel name."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())


def is_channel(name: str) -> bool:
    """Whether a target is a channel (and not a user)."""
    return name[:1] == "#"


def valid_nick(nick: str, max_length: int) -> bool:
    """Letters and digits of any script and the specials of RFC 2812, not beginning with a digit or `-`."""
    if not nick or len(nick) > max_length or fold(nick) in SERVICES:
        return False
    if nick.isascii():
        return _NICK_ASCII.fullmatch(nick) is not None
    if nick[0].isdigit() or nick[0] == "-" or unicodedata.category(nick[0])[0] == "M":
        return False
    return nick == unicodedata.normalize("NFC", nick) and all(
        char in _NICK_SPECIAL or unicodedata.category(char)[0] in "LMN" for char in nick
    )


def valid_channel(name: str, max_length: int) -> bool:
    """`#`, then at least one character; no space, comma, colon, control or invisible character."""
    if not 2 <= len(name) <= max_length or name[0] not in CHANNEL_TYPES or _NOT_IN_CHANNEL.search(name):
        return False
    return name.isascii() or all(
        unicodedata.category(char) not in {"Cc", "Cf", "Zs", "Zl", "Zp", "Cs"} for char in name
    )


def to_nick(wanted: str, max_length: int, fallback: str = "guest") -> str:
    """The valid nick nearest to a name: `Ana Maria!` gives `Ana_Maria`."""
    text = unicodedata.normalize("NFC", wanted.strip())
    kept = "".join(
        char if char in _NICK_SPECIAL or unicodedata.category(char)[0] in "LMN" else "_" if char == " " else ""
        for char in text
    ).rstrip("_")[:max_length]
    while kept and not valid_nick(kept, max_length):
        if kept[0].isdigit() or kept[0] == "-" or unicodedata.category(kept[0])[0] == "M":
            kept = ("_" + kept)[:max_length] if kept[0].isdigit() else kept[1:]
        else:
            kept = ""
    return kept or fallback


def valid_username(name: str) -> str:
    """The name as it may appear between `!` and `@`; at most 18 characters, never empty."""
    kept = _NOT_IN_MASK_PART.sub("", name)
    if not kept.isprintable():  # the other controls of Unicode, some of which a terminal obeys
        kept = "".join(char for char in kept if char.isprintable())
    return kept[:18] or "user"


_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def valid_host(host: str) -> bool:
    """Whether it is a host name that contains a dot (RFC 1123, section 2.1)."""
    if "." not in host or len(host) > 253:
        return False
    labels = host.removesuffix(".").split(".")
    return all(_LABEL.fullmatch(label) for label in labels)


def host_of(address: str) -> str:
    """An address as a host name: IPv6 never begins with a colon, which IRC would misread."""
    if not address:
        return "localhost"
    return "0" + address if address[0] == ":" else address
