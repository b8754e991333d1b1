"""The tables of channel and user modes. The letters follow Ergo and InspIRCd if those agree."""

from __future__ import annotations

RANKS = {"v": 1, "h": 2, "o": 3, "a": 4, "q": 5}
"""Prefix modes and their ranks; 0 is a plain member."""
VOICE, HALF_OPERATOR, OPERATOR, ADMIN, FOUNDER = 1, 2, 3, 4, 5

PREFIX_MODES = "qaohv"
PREFIXES = "~&@%+"
PREFIX_OF_MODE = dict(zip(PREFIX_MODES, PREFIXES, strict=True))
RANK_OF_PREFIX = {prefix: RANKS[letter] for letter, prefix in PREFIX_OF_MODE.items()}

LIST_MODES = "beI"
"""Bans, exceptions to bans, exceptions to invite-only: a mask each."""
KEY_MODES = "k"
"""A parameter to set and to unset."""
PARAMETER_MODES = "fjlLW"
"""A parameter to set only: forward, join throttle, limit, forward when full, seconds between two messages."""
RATE_MODES = "jW"
"""Those of them that limit how often (see `actions.channels.rates`)."""

CHANNEL_FLAGS = {
    "A": "members may make invitation links, also into a channel with +i",
    "C": "no CTCP but ACTION",
    "c": "no colours: messages with formatting are refused",
    "D": "delayed join: people appear when they first speak",
    "K": "no KNOCK",
    "M": "only accounts may speak",
    "N": "no nick changes",
    "P": "permanent: stays when empty and over restarts (operators of the server only)",
    "Q": "no KICK",
    "R": "only accounts may join",
    "S": "colours are taken out of messages",
    "T": "no NOTICE",
    "U": "what moderation would refuse goes to operators",
    "V": "no INVITE",
    "i": "invite only",
    "m": "moderated: only voices speak",
    "n": "no messages from outside",
    "p": "private: not in LIST",
    "s": "secret: not in LIST, NAMES, WHOIS",
    "t": "only operators set the topic",
    "u": "auditorium: plain members see operators only",
    "z": "TLS only: no connection without it joins, hears or reads",
}

PRIVATE_MODES = frozenset("ikspRz")
"""With one of these not everyone may join and read: what is sent then belongs to that very channel."""

USER_MODES = {
    "B": "is a bot",
    "D": "gets no channel messages (deaf)",
    "I": "hides idle time and channels in WHOIS",
    "R": "only accounts may send private messages",
    "T": "refuses CTCP but ACTION",
    "Z": "is connected over TLS (set by the server)",
    "i": "invisible: listed only to people in a shared channel",
    "o": "operator of the server",
    "r": "logged in (set by the server)",
    "s": "gets server notices",
    "w": "gets WALLOPS",
}
USER_CAN_SET = frozenset("BDIRTiw")
USER_CAN_UNSET = frozenset("BDIRTiwos")
SNOMASK = "ack"
"""Kinds of server notices: alarms, connections, kills. Operators get all unless they choose."""


def sorted_prefix(letters: str) -> str:
    """Prefix modes, highest first, each once."""
    return "".join(letter for letter in PREFIX_MODES if letter in letters)


def rank_of(prefix: str) -> int:
    """The rank of the highest of these prefix modes."""
    return RANKS[prefix[0]] if prefix else 0


def prefixes_of(modes: str) -> str:
    """`ov` gives `@+`."""
    return "".join(PREFIX_OF_MODE[letter] for letter in modes)
