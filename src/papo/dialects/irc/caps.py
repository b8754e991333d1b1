"""The capabilities Papo offers: CAP LS, what changes an event's bytes, and the docs page come from this table.

Source: IRCv3 capability-negotiation, and for each row the document named.
"""

from __future__ import annotations

from typing import NamedTuple


class Cap(NamedTuple):
    """One row."""

    name: str
    bit: int
    changes_bytes: bool
    """Whether an event looks different to who has it: such bits are part of the Format."""
    specification: str
    """Name of the document at ircv3.net/specs."""


MESSAGE_TAGS = 1 << 0
SERVER_TIME = 1 << 1
ACCOUNT_TAG = 1 << 2
ECHO_MESSAGE = 1 << 3
BATCH = 1 << 4
LABELED_RESPONSE = 1 << 5
STANDARD_REPLIES = 1 << 6
CAP_NOTIFY = 1 << 7
MULTI_PREFIX = 1 << 8
EXTENDED_JOIN = 1 << 9
AWAY_NOTIFY = 1 << 10
USERHOST_IN_NAMES = 1 << 11
NO_IMPLICIT_NAMES = 1 << 12
INVITE_NOTIFY = 1 << 13
CHGHOST = 1 << 14
SETNAME = 1 << 15
EXTENDED_MONITOR = 1 << 16
CHATHISTORY = 1 << 17
EVENT_PLAYBACK = 1 << 18
READ_MARKER = 1 << 19
ACCOUNT_NOTIFY = 1 << 20

DEAF = 1 << 40
"""Not a capability: user mode +D takes channel messages out of the bytes one gets."""

CAPS = (
    Cap("account-notify", ACCOUNT_NOTIFY, True, "account-notify"),
    Cap("account-tag", ACCOUNT_TAG, True, "account-tag"),
    Cap("away-notify", AWAY_NOTIFY, True, "away-notify"),
    Cap("batch", BATCH, False, "batch"),
    Cap("cap-notify", CAP_NOTIFY, False, "capability-negotiation"),
    Cap("chghost", CHGHOST, True, "chghost"),
    Cap("draft/chathistory", CHATHISTORY, False, "chathistory"),
    Cap("draft/event-playback", EVENT_PLAYBACK, False, "chathistory"),
    Cap("draft/no-implicit-names", NO_IMPLICIT_NAMES, False, "no-implicit-names"),
    Cap("draft/read-marker", READ_MARKER, True, "read-marker"),
    Cap("echo-message", ECHO_MESSAGE, False, "echo-message"),
    Cap("extended-join", EXTENDED_JOIN, True, "extended-join"),
    Cap("extended-monitor", EXTENDED_MONITOR, False, "extended-monitor"),
    Cap("invite-notify", INVITE_NOTIFY, True, "invite-notify"),
    Cap("labeled-response", LABELED_RESPONSE, False, "labeled-response"),
    Cap("message-tags", MESSAGE_TAGS, True, "message-tags"),
    Cap("multi-prefix", MULTI_PREFIX, False, "multi-prefix"),
    Cap("no-implicit-names", NO_IMPLICIT_NAMES, False, "no-implicit-names"),
    Cap("server-time", SERVER_TIME, True, "server-time"),
    Cap("setname", SETNAME, True, "setname"),
    Cap("standard-replies", STANDARD_REPLIES, False, "standard-replies"),
    Cap("userhost-in-names", USERHOST_IN_NAMES, False, "userhost-in-names"),
)

BY_NAME = {cap.name: cap for cap in CAPS}
FORMAT_BITS = DEAF
for _cap in CAPS:
    if _cap.changes_bytes:
        FORMAT_BITS |= _cap.bit


def names_of(bits: int) -> list[str]:
    """Names of these capabilities, one for each bit, the ratified name first."""
    seen = 0
    names = []
    for cap in sorted(CAPS, key=lambda cap: cap.name.startswith("draft/")):
        if bits & cap.bit and not seen & cap.bit:
            seen |= cap.bit
            names.append(cap.name)
    return sorted(names)
