"""The capabilities Papo offers: CAP LS, what changes an event's bytes, and docs/capabilities.md come from this table.

Names, constants (`caps.ECHO_MESSAGE`, a bit) and documents are in `papo/protocol/data/capabilities.json`; here is what
depends on the settings. A test checks that every constant that is used is in the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from papo.i18n import known_languages
from papo.protocol.capabilities import CAPABILITIES
from papo.server.actions.accounts.second_factor import WAYS
from papo.server.world.nonce import KEPT_S

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat

    def __getattr__(name: str) -> int: ...


BITS = {name: 1 << at for at, name in enumerate(dict.fromkeys(row.constant for row in CAPABILITIES))}
"""Constant to bit. Two names of one capability share it."""
globals().update(BITS)
DEAF = 1 << 62
"""Not a capability: user mode +D removes channel messages from the bytes a client gets."""
METADATA = BITS["METADATA_2"] | BITS["METADATA_3"]


def _mechanisms(chat: Chat) -> str:
    return ",".join(mechanisms(chat))


def mechanisms(chat: Chat) -> tuple[str, ...]:
    """The SASL mechanisms that the settings allow."""
    tokens = ("OAUTHBEARER", "IRCV3BEARER") if chat.config.issuers else ()
    certificates = ("EXTERNAL",) if chat.config.tls.client_certificates else ()
    scram = ("SCRAM-SHA-256",) if chat.config.accounts.scram else ()
    return ("PLAIN", *certificates, *scram, *tokens)


def _registration(chat: Chat) -> str:
    settings = chat.config.accounts
    words = {
        "before-connect": settings.before_connect,
        "email-required": settings.email_required,
        "custom-account-name": settings.custom_names,
    }
    return ",".join(word for word, enabled in words.items() if enabled)


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


def _nothing(_: Chat) -> str:
    return ""


def _always(_: Chat) -> bool:
    return True


_VALUES: dict[str, Callable[[Chat], str]] = {
    "draft/account-registration": _registration,
    "draft/languages": lambda _: ",".join((str(len(known_languages())), *known_languages())),
    "draft/metadata-2": _metadata,
    "draft/metadata-3": _metadata,
    "draft/multiline": _multiline,
    "draft/relaymsg": lambda _: "/",
    "papo.chat/nonce": lambda _: f"duration={KEPT_S}",
    "papo.chat/second-factor": lambda _: ",".join((*WAYS, "passkey")),
    "sasl": _mechanisms,
    "sts": _sts,
}
_CONDITIONS: dict[str, Callable[[Chat], bool]] = {
    "draft/account-registration": _may_register,
    "sts": lambda chat: bool(chat.config.tls.sts_days and chat.tls_port),
}


class Cap(NamedTuple):
    """One row."""

    name: str
    bit: int
    specification: str
    """Name of the document at ircv3.net/specs, or where it is proposed."""
    value: Callable[[Chat], str]
    """What CAP LS 302 shows after the `=`."""
    offered: Callable[[Chat], bool]
    """Whether the settings allow it."""


CAPS = tuple(
    Cap(
        row.name,
        BITS[row.constant],
        row.specification,
        _VALUES.get(row.name, _nothing),
        _CONDITIONS.get(row.name, _always),
    )
    for row in CAPABILITIES
)
BY_NAME = {cap.name: cap for cap in CAPS}
NEVER_ASKED = frozenset({"sts"})
"""Listed, but never requested (IRCv3 sts, "Capabilities")."""
FORMAT_BITS = DEAF
"""What makes an event look different: the Format's part of a client's bits."""
for _row in CAPABILITIES:
    if _row.changes_bytes:
        FORMAT_BITS |= BITS[_row.constant]


def offered(chat: Chat, version: int) -> list[str]:
    """The words of CAP LS: names, with their values from version 302 on."""
    words = []
    for cap in CAPS:
        if not cap.offered(chat) or (version < 302 and cap.name in NEVER_ASKED):
            continue
        value = cap.value(chat) if version >= 302 else ""
        words.append(f"{cap.name}={value}" if value else cap.name)
    return words


def names_of(bits: int) -> list[str]:
    """Names of these capabilities in alphabetical order, one for each bit: the ratified name, if there is one."""
    seen = 0
    names = []
    for cap in sorted(CAPS, key=lambda cap: cap.name.startswith("draft/")):
        if bits & cap.bit and not seen & cap.bit:
            seen |= cap.bit
            names.append(cap.name)
    return sorted(names)
