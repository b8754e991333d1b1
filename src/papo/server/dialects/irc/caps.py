"""The capabilities Papo offers: CAP LS, what changes an event's bytes, and docs/capabilities.md come from this table.

Source: IRCv3 capability-negotiation, and for each row the document named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat


def _nothing(_: Chat) -> str:
    return ""


def _always(_: Chat) -> bool:
    return True


class Cap(NamedTuple):
    """One row."""

    name: str
    bit: int
    changes_bytes: bool
    """Whether an event looks different to who has it: such bits are part of the Format."""
    specification: str
    """Name of the document at ircv3.net/specs, or where it is proposed."""
    value: Callable[[Chat], str] = _nothing
    """What CAP LS 302 shows behind the `=`."""
    offered: Callable[[Chat], bool] = _always
    """Whether the configuration has it."""


_names = iter(range(64))


def _bit() -> int:
    return 1 << next(_names)


MESSAGE_TAGS = _bit()
SERVER_TIME = _bit()
ACCOUNT_TAG = _bit()
ECHO_MESSAGE = _bit()
BATCH = _bit()
LABELED_RESPONSE = _bit()
STANDARD_REPLIES = _bit()
CAP_NOTIFY = _bit()
MULTI_PREFIX = _bit()
EXTENDED_JOIN = _bit()
AWAY_NOTIFY = _bit()
USERHOST_IN_NAMES = _bit()
NO_IMPLICIT_NAMES = _bit()
INVITE_NOTIFY = _bit()
CHGHOST = _bit()
SETNAME = _bit()
EXTENDED_MONITOR = _bit()
CHATHISTORY = _bit()
EVENT_PLAYBACK = _bit()
READ_MARKER = _bit()
ACCOUNT_NOTIFY = _bit()
SASL = _bit()
STS = _bit()
ACCOUNT_REGISTRATION = _bit()
MULTILINE = _bit()
REDACTION = _bit()
EDIT = _bit()
METADATA_2 = _bit()
METADATA_3 = _bit()
CHANNEL_RENAME = _bit()
EXTENDED_ISUPPORT = _bit()
PRE_AWAY = _bit()
OPER_TAG = _bit()
PERSISTENCE = _bit()
SEARCH = _bit()
USER_QUERY = _bit()
WHOAMI = _bit()
CLIENT_CERT = _bit()
AUTHTOKEN = _bit()
RELAYMSG = _bit()
PLAYBACK = _bit()
SELF_MESSAGE = _bit()
LANGUAGES = _bit()
SOJU_SEARCH = _bit()

DEAF = 1 << 62
"""Not a capability: user mode +D takes channel messages out of the bytes one gets."""
METADATA = METADATA_2 | METADATA_3


def _mechanisms(chat: Chat) -> str:
    return ",".join(mechanisms(chat))


def mechanisms(chat: Chat) -> tuple[str, ...]:
    """SASL mechanisms that work here."""
    tokens = ("OAUTHBEARER", "IRCV3BEARER") if chat.config.issuers else ()
    certificates = ("EXTERNAL",) if chat.config.tls.client_certificates else ()
    return ("PLAIN", *certificates, "SCRAM-SHA-256", *tokens)


def _registration(chat: Chat) -> str:
    settings = chat.config.accounts
    words = {
        "before-connect": settings.before_connect,
        "email-required": settings.email_required,
        "custom-account-name": settings.custom_names,
    }
    return ",".join(word for word, is_so in words.items() if is_so)


def _may_register(chat: Chat) -> bool:
    return chat.config.accounts.registration == "open" and not chat.config.accounts.required


def _multiline(chat: Chat) -> str:
    return f"max-bytes={chat.config.limits.multiline_bytes},max-lines={chat.config.limits.multiline_lines}"


def _metadata(chat: Chat) -> str:
    limits = chat.config.limits
    return (
        f"before-connect,max-subs={limits.metadata_subs},max-keys={limits.metadata_keys},"
        f"max-value-bytes={limits.metadata_value_bytes}"
    )


def _sts(chat: Chat) -> str:
    return f"port={chat.tls_port},duration={chat.config.tls.sts_days * 86_400}"


CAPS = (
    Cap("account-notify", ACCOUNT_NOTIFY, True, "account-notify"),
    Cap("account-tag", ACCOUNT_TAG, True, "account-tag"),
    Cap("away-notify", AWAY_NOTIFY, True, "away-notify"),
    Cap("batch", BATCH, False, "batch"),
    Cap("cap-notify", CAP_NOTIFY, False, "capability-negotiation"),
    Cap("chghost", CHGHOST, True, "chghost"),
    Cap(
        "draft/account-registration", ACCOUNT_REGISTRATION, False, "account-registration", _registration, _may_register
    ),
    Cap("draft/authtoken", AUTHTOKEN, False, "pull request 602"),
    Cap("draft/channel-rename", CHANNEL_RENAME, True, "channel-rename"),
    Cap("draft/chathistory", CHATHISTORY, False, "chathistory"),
    Cap("draft/client-cert", CLIENT_CERT, False, "pull request 584"),
    Cap("draft/event-playback", EVENT_PLAYBACK, False, "chathistory"),
    Cap("draft/extended-isupport", EXTENDED_ISUPPORT, False, "extended-isupport"),
    Cap("draft/languages", LANGUAGES, False, "gist by DanielOaks", lambda _: "2,en,pt_BR"),
    Cap("draft/message-edit", EDIT, True, "pull request 425"),
    Cap("draft/message-redaction", REDACTION, True, "message-redaction"),
    Cap("draft/metadata-2", METADATA_2, False, "metadata", _metadata),
    Cap("draft/metadata-3", METADATA_3, False, "pull request 613", _metadata),
    Cap("draft/multiline", MULTILINE, True, "multiline", _multiline),
    Cap("draft/no-implicit-names", NO_IMPLICIT_NAMES, False, "no-implicit-names"),
    Cap("draft/oper-tag", OPER_TAG, True, "oper-tag"),
    Cap("draft/persistence", PERSISTENCE, False, "pull request 503"),
    Cap("draft/pre-away", PRE_AWAY, True, "pre-away"),
    Cap("draft/read-marker", READ_MARKER, True, "read-marker"),
    Cap("draft/relaymsg", RELAYMSG, True, "pull request 417", lambda _: "/"),
    Cap("draft/search", SEARCH, False, "pull request 496"),
    Cap("draft/user-query", USER_QUERY, False, "pull request 569"),
    Cap("draft/whoami", WHOAMI, False, "pull request 603"),
    Cap("echo-message", ECHO_MESSAGE, False, "echo-message"),
    Cap("extended-join", EXTENDED_JOIN, True, "extended-join"),
    Cap("extended-monitor", EXTENDED_MONITOR, False, "extended-monitor"),
    Cap("invite-notify", INVITE_NOTIFY, True, "invite-notify"),
    Cap("labeled-response", LABELED_RESPONSE, False, "labeled-response"),
    Cap("message-tags", MESSAGE_TAGS, True, "message-tags"),
    Cap("multi-prefix", MULTI_PREFIX, False, "multi-prefix"),
    Cap("no-implicit-names", NO_IMPLICIT_NAMES, False, "no-implicit-names"),
    Cap("sasl", SASL, False, "sasl-3.2", _mechanisms),
    Cap("server-time", SERVER_TIME, True, "server-time"),
    Cap("setname", SETNAME, True, "setname"),
    Cap("soju.im/client-cert", CLIENT_CERT, False, "pull request 584"),
    Cap("soju.im/search", SOJU_SEARCH, False, "soju.im/search"),
    Cap("standard-replies", STANDARD_REPLIES, False, "standard-replies"),
    Cap("sts", STS, False, "sts", _sts, lambda chat: bool(chat.config.tls.sts_days and chat.tls_port)),
    Cap("userhost-in-names", USERHOST_IN_NAMES, False, "userhost-in-names"),
    Cap("znc.in/playback", PLAYBACK, False, "ZNC playback module"),
    Cap("znc.in/self-message", SELF_MESSAGE, False, "ZNC"),
)

BY_NAME = {cap.name: cap for cap in CAPS}
NEVER_ASKED = frozenset({"sts"})
"""Told, and not to be asked for (IRCv3 sts, "Capabilities")."""
FORMAT_BITS = DEAF
for _cap in CAPS:
    if _cap.changes_bytes:
        FORMAT_BITS |= _cap.bit


def offered(chat: Chat, version: int) -> list[str]:
    """For CAP LS: names, from version 302 on with their values."""
    words = []
    for cap in CAPS:
        if not cap.offered(chat) or (version < 302 and cap.name in NEVER_ASKED):
            continue
        value = cap.value(chat) if version >= 302 else ""
        words.append(f"{cap.name}={value}" if value else cap.name)
    return words


def names_of(bits: int) -> list[str]:
    """Names of these capabilities, one for each bit, the ratified name first."""
    seen = 0
    names = []
    for cap in sorted(CAPS, key=lambda cap: cap.name.startswith("draft/")):
        if bits & cap.bit and not seen & cap.bit:
            seen |= cap.bit
            names.append(cap.name)
    return sorted(names)
