"""What operators of the server do: become one, disconnect users, ban, write to everyone with +w."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from papo.protocol.text import cut
from papo.server.actions import lifecycle, lookup
from papo.server.actions.accounts.login import cloak_of, vhost_of
from papo.server.actions.actor import check_power, of_server, user_of
from papo.server.actions.channels import revocation
from papo.server.world.errors import Code, Refused
from papo.server.world.events import UserModesSet, WallopsSent
from papo.server.world.masks import matches, normalise
from papo.server.world.modes import SNOMASK
from papo.server.world.names import fold, host_of
from papo.server.world.permissions import POWERS
from papo.server.world.records import Account, Ban

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.user import User

DEFAULT_REASON = "no reason given"


def powers_of(chat: Chat, role: str) -> tuple[str, ...]:
    """What operators of this role may do; nothing if the role is not configured."""
    if role == "admin":
        return POWERS
    return next((known.may for known in chat.config.roles if known.name == role), ())


def may_become_operator(chat: Chat, user: User, hosts: Collection[str]) -> bool:
    """Whether all of the user's connections are from the operator's hosts: each will be the operator's."""
    return all(_is_from(chat, user, session.link.address, hosts) for session in chat.sessions.of(user.uid))


def _is_from(chat: Chat, user: User, address: str, hosts: Collection[str]) -> bool:
    """The host that others see is of the user's first connection, or the account's."""
    account = chat.world.registry.accounts.get(user.account_id)
    known = {address, cloak_of(chat, address), vhost_of(account), user.host if address == user.address else ""} - {""}
    return any(matches(mask, f"{user.username}@{host}") for host in known for mask in hosts)


def become_operator(chat: Chat, actor: Actor, name: str, powers: tuple[str, ...]) -> None:
    """Make the actor an operator of the server by this name. The caller has checked the password."""
    user = user_of(actor)
    changes = tuple(("+", letter) for letter in "os" if letter not in user.modes)
    chat.emit(
        UserModesSet(**chat.stamp(user), changes=changes, snomask=SNOMASK, operator=name, powers=powers), actor.origin
    )


def kill(chat: Chat, actor: Actor, nick: str, reason: str) -> None:
    """Disconnect a user. Raises Refused."""
    check_power(actor, "kill")
    user = user_of(actor)
    victim = lookup.get_user(chat, nick)
    chat.audit(user, "KILL", f"{victim.source} ({reason})")
    lifecycle.notify_operators(chat, "k", f"{user.nick} disconnected {victim.source} ({reason})")
    lifecycle.kill(chat, actor, victim, reason)


def wallops(chat: Chat, actor: Actor, text: str) -> None:
    """Write to every user with mode +w. Raises Refused."""
    check_power(actor, "wallops")
    chat.audit(user_of(actor), "WALLOPS", text)
    chat.emit(WallopsSent(**chat.stamp(user_of(actor)), text=text), actor.origin)


def ban(chat: Chat, actor: Actor, kind: str, mask: str, *, seconds: int, reason: str) -> list[User]:
    """Ban a mask, address or account; returns the users it disconnected. Raises Refused.

    `kind` is `mask`, `address` or `account`; `seconds` 0 is for ever.
    """
    check_power(actor, "ban")
    user = user_of(actor)
    mask = _normalised(kind, mask)
    at_ms = chat.now_ms()
    record = Ban(
        kind=kind,
        mask=mask,
        reason=cut(reason, 200) or DEFAULT_REASON,
        by=user.operator or user.nick,
        at_ms=at_ms,
        until_ms=at_ms + seconds * 1000 if seconds else 0,
    )
    if _covers_user(record, user):
        raise Refused(Code.BAD_VALUE, "that would ban you as well")
    chat.audit(user, "BAN", f"{kind} {mask} {seconds}s ({record.reason})")
    chat.records.store_soon(record)
    banned_users = [
        victim for victim in chat.world.users.values() if _covers_user(record, victim) and not victim.is_operator
    ]
    revocation.revoke_of_makers(chat, lambda maker: not maker.is_operator and _covers_maker(chat, record, maker))
    for victim in banned_users:
        lifecycle.kill(chat, of_server(chat), victim, f"banned: {record.reason}")
    return banned_users


def unban(chat: Chat, actor: Actor, kind: str, mask: str) -> None:
    """Remove a ban. Raises Refused."""
    check_power(actor, "ban")
    key = f"{kind}:{_normalised(kind, mask)}"
    if key not in chat.world.registry.bans:
        raise Refused(Code.BAD_VALUE, "there is no such ban")
    chat.audit(user_of(actor), "UNBAN", key)
    chat.records.delete_soon("ban", key)


def _normalised(kind: str, mask: str) -> str:
    if kind == "address":
        try:
            return str(ip_network(mask, strict=False))
        except ValueError:
            raise Refused(Code.BAD_VALUE, "that is not an address or a network such as 192.0.2.0/24") from None
    if kind == "account":
        return fold(mask)
    mask = normalise(mask)
    if not set(mask) - set("*?!@."):
        raise Refused(Code.BAD_VALUE, "that would ban everyone")
    return fold(mask)


def covers(ban: Ban, *, sources: Iterable[str], address: str, account: str | None) -> bool:
    """Whether the ban covers a user with this address and account, and any of these sources."""
    if ban.kind == "account":
        return account is not None and fold(account) == ban.mask
    if ban.kind == "address":
        return _is_in(ban.mask, address)
    return any(matches(ban.mask, source) for source in sources)


def _covers_user(ban: Ban, user: User) -> bool:
    return covers(ban, sources=user.sources, address=user.address, account=user.account)


def _covers_maker(chat: Chat, ban: Ban, maker: User) -> bool:
    """As `_covers_user`; of the maker of an invitation link who has gone, only the host that others saw is known."""
    if ban.kind != "address" or maker.address:
        return _covers_user(ban, maker)
    network = ip_network(ban.mask)
    if network.num_addresses == 1 and maker.host == cloak_of(chat, str(network.network_address)):
        return True
    try:
        return _is_in(ban.mask, maker.host)
    except ValueError:  # a name, or a cloak of other addresses
        return False


def _is_in(network: str, address: str) -> bool:
    if not address:
        return False
    parsed = ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed) in ip_network(network)


def ban_reason(chat: Chat, *, who: str, address: str, host: str = "", account: Account | None = None) -> str:
    """Why this user may not connect; "" if they may. Forgets bans that have expired.

    `who` is `nick!username`, `host` the one that a gateway or DNS gives for the address. A mask is matched against
    every host that others could see the user with.
    """
    now_ms = chat.now_ms()
    hosts = {host or host_of(address), address, cloak_of(chat, address), "" if account is None else account.vhost}
    sources = [f"{who}@{known}" for known in hosts if known]
    for key, record in tuple(chat.world.registry.bans.items()):
        if 0 < record.until_ms <= now_ms:
            if record.until_ms <= chat.clock.believed_ms:
                with chat.journal.facts():
                    chat.records.delete_soon("ban", key)
        elif covers(record, sources=sources, address=address, account=None if account is None else account.name):
            return record.reason
    return ""
