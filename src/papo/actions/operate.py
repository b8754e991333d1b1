"""What operators of the server do."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from papo.actions.accounts import expel
from papo.actions.people import notice
from papo.wire.text import cut
from papo.world.events import Killed, RecordDropped, RecordKept, WallopsSent
from papo.world.masks import matches, normalise
from papo.world.names import fold
from papo.world.records import Ban
from papo.world.refused import Code, Refused

if TYPE_CHECKING:
    from papo.delivery.chat import Chat
    from papo.delivery.session import Session
    from papo.world.user import User


POWERS = (
    "accounts", "audit", "ban", "channels", "hosts", "join", "kill", "modes", "relay", "reload", "see", "stop",
    "wallops",
)  # fmt: skip
"""What a role may; "admin" has all of them."""


def check_power(user: User, power: str) -> None:
    """Raises Refused unless the person is an operator of the server whose role has this power."""
    if not user.may(power):
        raise Refused(Code.NEED_OPERATOR)


def powers_of(chat: Chat, role: str) -> tuple[str, ...]:
    """What operators of this role may; a role that is not there may nothing."""
    if role == "admin":
        return POWERS
    return next((each.may for each in chat.config.roles if each.name == role), ())


def may_become_operator(user: User, hosts: list[str]) -> bool:
    """Whether the person connects from where the operator block allows; an empty list allows nowhere."""
    by_address = f"{user.username}@{user.address}"
    return any(matches(mask, f"{user.username}@{user.host}") or matches(mask, by_address) for mask in hosts)


def kill(chat: Chat, session: Session, nick: str, reason: str) -> None:
    """Disconnect somebody, wherever they are connected. Raises Refused."""
    user = session.user
    assert user is not None
    check_power(user, "kill")
    victim = chat.world.user(nick)
    if victim is None:
        raise Refused(Code.NO_SUCH_NICK, nick)
    chat.audit(user, "KILL", f"{victim.source} ({reason})")
    notice(chat, "k", f"{user.nick} disconnected {victim.source} ({reason})")
    chat.emit(Killed(**chat.stamp(user), victim_uid=victim.uid, victim=victim.nick, reason=reason), session)


def wallops(chat: Chat, session: Session, text: str) -> None:
    """Write to everybody with user mode +w. Raises Refused."""
    user = session.user
    assert user is not None
    check_power(user, "wallops")
    chat.emit(WallopsSent(**chat.stamp(user), text=text), session)


def ban(chat: Chat, user: User, kind: str, mask: str, *, seconds: int, reason: str) -> list[User]:
    """Keep somebody out: by mask, address or account; returns who was disconnected. Raises Refused."""
    check_power(user, "ban")
    mask = _normal(kind, mask)
    at_ms = chat.now_ms()
    record = Ban(
        kind=kind,
        mask=mask,
        reason=cut(reason, 200) or "no reason given",
        by=user.operator,
        at_ms=at_ms,
        until_ms=at_ms + seconds * 1000 if seconds else 0,
    )
    if fits(record, user):
        raise Refused(Code.BAD_VALUE, "that would ban you as well")
    chat.audit(user, "BAN", f"{kind} {mask} {seconds}s ({record.reason})")
    chat.emit(RecordKept(**chat.server_stamp(), record=record))
    gone = [each for each in chat.world.users.values() if fits(record, each) and not each.is_operator]
    for each in gone:
        expel(chat, each, f"banned: {record.reason}")
    return gone


def unban(chat: Chat, user: User, kind: str, mask: str) -> None:
    """Let them in again. Raises Refused."""
    check_power(user, "ban")
    key = f"{kind}:{_normal(kind, mask)}"
    if key not in chat.world.registry.bans:
        raise Refused(Code.BAD_VALUE, "there is no such ban")
    chat.audit(user, "UNBAN", key)
    chat.emit(RecordDropped(**chat.server_stamp(), kind="ban", key=key))


def _normal(kind: str, mask: str) -> str:
    if kind == "address":
        try:
            return str(ip_network(mask, strict=False))
        except ValueError:
            raise Refused(Code.BAD_VALUE, "that is no address or network such as 192.0.2.0/24") from None
    if kind == "account":
        return fold(mask)
    mask = normalise(mask)
    if not set(mask) - set("*?!@."):
        raise Refused(Code.BAD_VALUE, "that would ban everybody")
    return fold(mask)


def fits(ban: Ban, user: User) -> bool:
    """Whether the ban is for this person."""
    if ban.kind == "account":
        return user.account is not None and fold(user.account) == ban.mask
    if ban.kind == "address":
        return covers(ban.mask, user.address)
    return matches(ban.mask, user.source) or matches(ban.mask, f"{user.nick}!{user.username}@{user.address}")


def covers(network: str, address: str) -> bool:
    """Whether the address is in the network."""
    if not address:
        return False
    parsed = ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed) in ip_network(network)


def banned(chat: Chat, *, address: str, source: str, account: str | None) -> str:
    """Why whoever comes may not come in; "" where they may. Bans that have run out are forgotten."""
    now_ms = chat.now_ms()
    for key, each in tuple(chat.world.registry.bans.items()):
        if 0 < each.until_ms <= now_ms:
            chat.emit(RecordDropped(**chat.server_stamp(), kind="ban", key=key))
        elif each.kind == "address":
            if covers(each.mask, address):
                return each.reason
        elif each.kind == "account":
            if account is not None and fold(account) == each.mask:
                return each.reason
        elif matches(each.mask, source):
            return each.reason
    return ""
