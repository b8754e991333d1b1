"""What operators of the server do."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from papo.protocol.text import cut
from papo.server.actions import people
from papo.server.actions.people import cloak_of, notice
from papo.server.world.errors import Code, Refused
from papo.server.world.events import WallopsSent
from papo.server.world.masks import matches, normalise
from papo.server.world.names import fold, host_of
from papo.server.world.records import Account, Ban

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.user import User


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
    people.kill(chat, victim, reason, session)


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
    if _is_for(record, user):
        raise Refused(Code.BAD_VALUE, "that would ban you as well")
    chat.audit(user, "BAN", f"{kind} {mask} {seconds}s ({record.reason})")
    chat.records.keep_soon(record)
    gone = [each for each in chat.world.users.values() if _is_for(record, each) and not each.is_operator]
    for each in gone:
        people.kill(chat, each, f"banned: {record.reason}")
    return gone


def unban(chat: Chat, user: User, kind: str, mask: str) -> None:
    """Let them in again. Raises Refused."""
    check_power(user, "ban")
    key = f"{kind}:{_normal(kind, mask)}"
    if key not in chat.world.registry.bans:
        raise Refused(Code.BAD_VALUE, "there is no such ban")
    chat.audit(user, "UNBAN", key)
    chat.records.drop_soon("ban", key)


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


def fits(ban: Ban, *, sources: Iterable[str], address: str, account: str | None) -> bool:
    """Whether the ban is for somebody with this address and account, who goes by any of these sources."""
    if ban.kind == "account":
        return account is not None and fold(account) == ban.mask
    if ban.kind == "address":
        return covers(ban.mask, address)
    return any(matches(ban.mask, source) for source in sources)


def _is_for(ban: Ban, user: User) -> bool:
    return fits(ban, sources=user.sources, address=user.address, account=user.account)


def covers(network: str, address: str) -> bool:
    """Whether the address is in the network."""
    if not address:
        return False
    parsed = ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed) in ip_network(network)


def banned(chat: Chat, *, who: str, address: str, host: str = "", account: Account | None = None) -> str:
    """Why whoever comes may not come in; "" where they may. Bans that have run out are forgotten.

    `who` is `nick!username`, `host` what a gateway or DNS says of the address. A mask is held against every host
    that others could see of them.
    """
    now_ms = chat.now_ms()
    hosts = {host or host_of(address), address, cloak_of(chat, address), "" if account is None else account.vhost}
    sources = [f"{who}@{each}" for each in hosts if each]
    for key, each in tuple(chat.world.registry.bans.items()):
        if 0 < each.until_ms <= now_ms:
            chat.records.drop_soon("ban", key)
        elif fits(each, sources=sources, address=address, account=None if account is None else account.name):
            return each.reason
    return ""
