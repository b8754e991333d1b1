"""Names of users and channels: which are valid, and which are the same.

Two names are the same if `fold` gives the same key: 005 says CASEMAPPING=ascii, and UTF8MAPPING for letters beyond
ASCII. Which characters they may have is in `letters`, which of them look alike in `confusables`. A name that was
registered under older rules stays usable: the rules are for new ones.
"""

from __future__ import annotations

import re
import unicodedata

from papo import case_mapping
from papo.server.world.confusables import skeletons
from papo.server.world.letters import is_identifier, is_title, is_unseen

CHANNEL_TYPES = "#"
fold = case_mapping.rfc7613
"""The key of a nick, an account or a channel."""
_NICK_ASCII = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]*")
_NICK_SPECIAL = frozenset("[]\\`_^{|}-")
_NOT_IN_CHANNEL = re.compile(r"[\x00-\x20,\x7f:]")
SERVICES = frozenset({"nickserv", "chanserv", "histserv", "hostserv", "operserv", "memoserv", "botserv"})
_NOT_IN_MASK_PART = re.compile(r"[\x00-\x20\x7f@!*?:,]+")


def is_channel(name: str) -> bool:
    """Whether a target is a channel (and not a user)."""
    return name[:1] == "#"


def valid_nick(nick: str, max_length: int) -> bool:
    """Letters and digits and the specials of RFC 2812, not beginning with a digit or `-`, and not like a service's.

    Beyond ASCII the letters are those of RFC 8265, of one script.
    """
    if not nick or len(nick) > max_length or not SERVICES.isdisjoint(skeletons(nick)):
        return False
    if nick.isascii():
        return _NICK_ASCII.fullmatch(nick) is not None
    if nick[0].isdigit() or nick[0] == "-":
        return False
    return all(char in _NICK_SPECIAL or char.isalnum() for char in nick if char.isascii()) and is_identifier(nick)


def valid_channel(name: str, max_length: int) -> bool:
    """`#`, then at least one character; no space, comma, colon or control, and nothing that is not seen."""
    if not 2 <= len(name) <= max_length or name[0] not in CHANNEL_TYPES or _NOT_IN_CHANNEL.search(name):
        return False
    return name.isascii() or is_title(name[1:])


def to_nick(wanted: str, max_length: int, fallback: str = "guest") -> str:
    """The valid nick nearest to a name: `Ana Maria!` gives `Ana_Maria`."""
    text = unicodedata.normalize("NFKC", visible(wanted[: 4 * max_length]).strip())
    joined = "".join(
        char if char in _NICK_SPECIAL or unicodedata.category(char)[0] in "LMN" else _IN_NICKS.get(char, "")
        for char in text
    )
    kept = joined.replace("\u200c", "").replace("\u200d", "")
    ascii_alone = "".join(char for char in unicodedata.normalize("NFD", kept) if char.isascii())
    for each in (joined, kept, ascii_alone):
        nick = _beginning_as_nicks_do(each.rstrip("_"), max_length)
        if valid_nick(nick, max_length):
            return nick
    return fallback


_IN_NICKS = {" ": "_", "\u200c": "\u200c", "\u200d": "\u200d"}


def _beginning_as_nicks_do(text: str, max_length: int) -> str:
    text = text.lstrip("-")
    while text and unicodedata.category(text[0])[0] == "M":
        text = text[1:]
    return ("_" + text if text[:1].isdigit() else text)[:max_length]


def visible(text: str) -> str:
    """The text without controls and without characters that have no shape, or change the direction of others.

    What joins letters or emoji stays, between them.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = (char for char in text if char in _JOINERS or (char.isprintable() and not is_unseen(char)) or char == " ")
    return "".join(kept).strip("\u200c\u200d").lstrip(_JOINERS)


_JOINERS = "\u200c\u200d\ufe0f"


def valid_username(name: str) -> str:
    """The name as it may appear between `!` and `@`; at most 18 characters, never empty."""
    kept = _NOT_IN_MASK_PART.sub("", name)
    if not (kept.isascii() and kept.isprintable()):  # the other controls of Unicode, some of which a terminal obeys
        kept = "".join(char for char in kept if char.isprintable() and not is_unseen(char))
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
