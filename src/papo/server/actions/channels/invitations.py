"""Links that let their holders join a channel, for some days and as many times as their maker says.

A link belongs to its channel: who may make one is a mode of the channel, its operators see and revoke them all, and
what ends a link besides its time is in `revocation`. The code is known to its holders alone: what is stored is its
digest.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from papo.protocol.times import DAY_MS
from papo.server.actions.actor import user_of
from papo.server.actions.proofs import Proof, note_failure
from papo.server.world.errors import Code, Refused
from papo.server.world.modes import HALF_OPERATOR, OPERATOR
from papo.server.world.permissions import SERVER, check_link, manages_links, rank_for_links, sees_channel
from papo.server.world.records import Invitation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.user import User

DAYS = 7
MAX_DAYS = 30
MAX_USES = 1_000
MAX_LINKS = 50
"""Links of one channel at a time."""
MAX_OWN_LINKS = 10
"""Of them, those of one member who is no operator (mode A)."""
MAX_JOINED = 20
"""How many of those who joined with a link it remembers: the last."""
CODE_BYTES = 12
_CODE = re.compile(r"[A-Za-z0-9_-]{16}")
ALL = "all"
"""In place of an id: every link that the actor may revoke."""


class NewLink(NamedTuple):
    """A link, and its code, which nobody is told again."""

    invitation: Invitation
    code: str


def id_of(invitation: Invitation) -> str:
    """What a link is called in lists; it says nothing about the code."""
    return hashlib.sha256(f"id {invitation.code}".encode()).hexdigest()[:8]


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()


# --- making, listing, revoking


async def create(chat: Chat, actor: Actor, name: str, days: int = DAYS, max_uses: int = 0) -> NewLink:
    """A new link into a channel; `max_uses` 0 is as many as like. Raises Refused."""
    user = user_of(actor)
    channel = chat.world.channel(name)
    if channel is None or not sees_channel(channel, user):
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    check_link(channel, user)
    if not 1 <= days <= MAX_DAYS or not 0 <= max_uses <= MAX_USES:
        raise Refused(Code.BAD_VALUE, "a link is valid for 1 to 30 days, and for 1 to 1000 people")
    limits = chat.config.limits
    key, often = ("link", user.uid), limits.invites_per_minute
    if limits.enabled and not chat.channel_rates.allow(key, often, 60, chat.monotonic_s()):
        raise Refused(Code.BUSY, "too many links at once; try again in a minute")
    rank = OPERATOR if user.may(SERVER) else min(channel.rank(user.uid), OPERATOR)
    rank = 0 if rank < HALF_OPERATOR else rank  # voice is no right to invite
    _make_room(chat, channel, user, rank)
    code = secrets.token_urlsafe(CODE_BYTES)
    now_ms = chat.now_ms()
    invitation = Invitation(
        code=_digest(code),
        channel=channel.key,
        history_scope=channel.created_at_ms,
        by=user.nick,
        by_uid=user.uid,
        by_account=user.account_id,
        source=user.source,
        rank=rank,
        made_at_ms=now_ms,
        until_ms=now_ms + days * DAY_MS,
        max_uses=max_uses,
    )
    await chat.records.store(invitation)
    return NewLink(invitation, code)


def _make_room(chat: Chat, channel: Channel, user: User, rank: int) -> None:
    """Delete what nobody can use any more. Raises Refused if the channel, or the maker, has too many links even so."""
    remove_dead(chat, chat.world.registry.links_into(channel.key))
    links = of_channel(chat, channel)
    used_up = [link for link in links if _is_used_up(link)]
    if len(links) >= MAX_LINKS and used_up:
        chat.records.delete_soon("invitation", used_up[0].code)
    elif len(links) >= MAX_LINKS:
        raise Refused(Code.TOO_MANY_LINKS, channel.name)
    own = sum(is_maker(link, user) for link in links)
    if rank < HALF_OPERATOR and own >= MAX_OWN_LINKS:
        raise Refused(Code.TOO_MANY_LINKS, channel.name)


def remove_dead(chat: Chat, links: Iterable[Invitation]) -> None:
    """Delete those of the links that have expired, and those whose channel is gone."""
    for link in links:
        if link.until_ms <= chat.clock.believed_ms or _channel_of(chat, link) is None:
            chat.records.delete_soon("invitation", link.code)


def listed(chat: Chat, actor: Actor, name: str) -> list[Invitation]:
    """The links of a channel that the actor may see, oldest first: all, or those they made. Raises Refused.

    An operator of the server who sees them by that power alone is in the audit log.
    """
    user = user_of(actor)
    channel = chat.world.channel(name)
    if channel is None:
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    links = [link for link in of_channel(chat, channel) if link.until_ms > chat.now_ms()]
    if manages_links(channel, user):
        if user.uid not in channel.members and not (channel.founder and channel.founder == user.account_id):
            chat.audit(user, "LINKS", channel.name)
        return links
    own = [link for link in links if is_maker(link, user)]
    if not own and not sees_channel(channel, user):
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    if not own and user.uid not in channel.members:
        raise Refused(Code.NOT_ON_CHANNEL, channel.name)
    return own


async def revoke(chat: Chat, actor: Actor, name: str, wanted: str) -> int:
    """Revoke the link of this id, or `ALL` that the actor may; returns how many. Raises Refused."""
    user = user_of(actor)
    found = [link for link in listed(chat, actor, name) if wanted.lower() in {ALL, id_of(link)}]
    if not found:
        raise Refused(Code.NO_SUCH_LINK, name)
    if user.may("channels"):
        chat.audit(user, "UNLINK", f"{chat.world.channels[found[0].channel].name} {wanted}")
    *others, last = found
    for link in others:
        chat.records.delete_soon("invitation", link.code)
    await chat.records.delete("invitation", last.code)
    return len(found)


def of_channel(chat: Chat, channel: Channel) -> list[Invitation]:
    """All its links, oldest first."""
    links = chat.world.registry.links_into(channel.key)
    return [link for link in links if link.history_scope == channel.created_at_ms]


def joined_by(chat: Chat, invitation: Invitation, viewer: User) -> tuple[tuple[str, str, int], ...]:
    """The last who joined with the link, for those who manage links: other members may not see each other (mode u)."""
    channel = _channel_of(chat, invitation)
    return invitation.joined if channel is not None and manages_links(channel, viewer) else ()


def is_maker(invitation: Invitation, user: User) -> bool:
    """Whether the user has made the link."""
    is_account = bool(user.account_id) and user.account_id == invitation.by_account
    return is_account or (bool(user.uid) and user.uid == invitation.by_uid)


def maker_name(chat: Chat, invitation: Invitation) -> str:
    """The maker's account as it is called now, or the nick that a guest had."""
    return chat.world.registry.name_of(invitation.by_account) or invitation.by


# --- using


def find(chat: Chat, code: str) -> tuple[Invitation, Channel] | None:
    """The link with this code and its channel; None if there is none, or it opens nothing now."""
    invitation = chat.world.registry.invitations.get(_digest(code))
    if invitation is None:
        invitation = chat.world.registry.invitations.get(code)
        if invitation is None or invitation.made_at_ms:
            return None  # the digest of a code is not the code
    channel = _channel_of(chat, invitation)
    if channel is None or not _is_open(chat, invitation, channel):
        return None
    return invitation, channel


def into(chat: Chat, channel: Channel, code: str) -> Invitation | None:
    """The link of this code if it leads into the channel: who has it needs no key and no INVITE."""
    found = find(chat, code) if code else None
    return found[0] if found is not None and found[1] is channel else None


def note_guess(chat: Chat, code: str, address: str) -> None:
    """Count and log a code that is no link's, once an hour from an address: the same code again is no other guess.

    There are 2**96 codes, so nobody is kept from a right one by their neighbours' wrong ones.
    """
    digest = _digest(code)
    if _CODE.fullmatch(code) and digest not in chat.world.registry.invitations:
        note_failure(chat, Proof.INVITATION, address=address, tried=digest)


def _channel_of(chat: Chat, invitation: Invitation) -> Channel | None:
    channel = chat.world.channels.get(invitation.channel)
    return None if channel is None or channel.created_at_ms != invitation.history_scope else channel


def _is_used_up(invitation: Invitation) -> bool:
    return 0 < invitation.max_uses <= invitation.uses


def _is_open(chat: Chat, invitation: Invitation, channel: Channel) -> bool:
    record = chat.world.registry.channels.get(channel.key)
    if invitation.until_ms <= chat.now_ms() or _is_used_up(invitation) or (record is not None and record.suspended):
        return False
    if not invitation.made_at_ms:
        return not channel.history_scope  # everybody may join
    return invitation.rank >= rank_for_links(channel)


def count_use(chat: Chat, invitation: Invitation, user: User) -> None:
    """The user joins with the link, in the commit of their JOIN."""
    joined = (*invitation.joined, (user.nick, user.account_id, chat.now_ms()))[-MAX_JOINED:]
    chat.records.store_soon(msgspec.structs.replace(invitation, uses=invitation.uses + 1, joined=joined))
