"""What ends invitation links before their time: the channel is closed, or its maker loses the right to invite.

Leaving ends none: a link belongs to its channel, not to its maker's connection (docs/decisions/0034).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from papo.server.world.events import ChannelRenamed, Kicked, ModesChanged
from papo.server.world.modes import PREFIX_MODES, PRIVATE_MODES, rank_of
from papo.server.world.permissions import is_banned, rank_for_links
from papo.server.world.user import User

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.events import AnyEvent
    from papo.server.world.records import ChannelRecord, Invitation


def revoke(chat: Chat, links: Iterable[Invitation]) -> None:
    """Delete these links, in the commit of what was emitted last."""
    for link in links:
        chat.records.delete_soon("invitation", link.code)


# --- what happens in a channel


def follow(chat: Chat, event: AnyEvent) -> None:
    """Revoke the links that an event ends. Called after every event but messages, if there are links at all."""
    ends = _ENDS.get(type(event))
    if ends is not None:
        revoke(chat, ends(chat, event))


def _renamed(chat: Chat, event: ChannelRenamed) -> list[Invitation]:
    """A link says where it leads."""
    return chat.world.registry.links_into(event.channel)


def _kicked(chat: Chat, event: Kicked) -> list[Invitation]:
    links = chat.world.registry.links_into(event.channel)
    victim = chat.world.users.get(event.victim_uid)
    account_id = "" if victim is None else victim.account_id
    return [link for link in links if event.victim_uid == link.by_uid or (account_id and account_id == link.by_account)]


def _modes_changed(chat: Chat, event: ModesChanged) -> list[Invitation]:
    links = chat.world.registry.links_into(event.channel)
    channel = chat.world.channels.get(event.channel)
    signs = {(sign, letter) for sign, letter, _ in event.changes}
    if channel is None or any(("+", letter) in signs for letter in PRIVATE_MODES):
        return links
    ended = [link for link in links if link.rank < rank_for_links(channel) and link.made_at_ms]
    if any(sign == "-" and letter in PREFIX_MODES for sign, letter in signs):
        ended += _of_demoted(chat, channel, event, links)
    if ("+", "b") in signs or ("-", "e") in signs:
        ended += of_makers(chat, links, lambda maker: is_banned(channel, maker))
    return list({link.code: link for link in ended}.values())


def _of_demoted(chat: Chat, channel: Channel, event: ModesChanged, links: list[Invitation]) -> list[Invitation]:
    ended = []
    for uid in filter(None, event.targets):
        user = chat.world.users.get(uid)
        account_id = "" if user is None else user.account_id
        ended += [
            link
            for link in links
            if (uid == link.by_uid or (account_id and account_id == link.by_account)) and channel.rank(uid) < link.rank
        ]
    return ended


# --- what happens to registered channels, accounts, and users of the server


def follow_record(chat: Chat, before: ChannelRecord | None, after: ChannelRecord | None) -> None:
    """Revoke all links of a registered channel that has another founder or is suspended, and those of lost ranks."""
    if before is None or not (links := chat.world.registry.links_into(before.key)):
        return
    if after is None or after.founder != before.founder or (after.suspended and not before.suspended):
        revoke(chat, links if before.founder else ())
        return
    lost = {
        account_id: rank_of(after.rank_of(account_id))
        for account_id in before.access
        if rank_of(after.rank_of(account_id)) < rank_of(before.rank_of(account_id))
    }
    revoke(chat, [link for link in links if link.by_account in lost and lost[link.by_account] < link.rank])


def revoke_of_account(chat: Chat, account_id: str) -> None:
    """Its owner may sign in no longer, or wants to be forgotten."""
    revoke(chat, [link for link in chat.world.registry.invitations.values() if link.by_account == account_id])


def forget(chat: Chat, account_id: str) -> None:
    """Revoke the account's links, and forget that it has joined with those of others."""
    revoke_of_account(chat, account_id)
    for link in tuple(chat.world.registry.invitations.values()):
        joined = tuple(each for each in link.joined if each[1] != account_id)
        if joined != link.joined:
            chat.records.store_soon(msgspec.structs.replace(link, joined=joined))


def revoke_of_makers(chat: Chat, is_ended: Callable[[User], bool]) -> None:
    """Revoke every link on this server whose maker is one of these, here or gone."""
    revoke(chat, of_makers(chat, list(chat.world.registry.invitations.values()), is_ended))


def of_makers(chat: Chat, links: list[Invitation], is_ended: Callable[[User], bool]) -> list[Invitation]:
    """Those of the links whose maker is one of these: as they are now if they are here, and as they were."""
    accounts = {link.by_account for link in links if link.by_account}
    here: dict[str, list[User]] = {}
    for user in chat.world.users.values() if accounts else ():
        if user.account_id in accounts:
            here.setdefault(user.account_id, []).append(user)
    asked: dict[tuple[str, str, str], bool] = {}
    ended = []
    for link in links:
        who = (link.by_uid, link.by_account, link.source)
        if who not in asked:
            present = chat.world.users.get(link.by_uid)
            makers = [*here.get(link.by_account, ()), *((present,) if present else ()), _as_then(chat, link)]
            asked[who] = any(map(is_ended, makers))
        if asked[who]:
            ended.append(link)
    return ended


def _as_then(chat: Chat, link: Invitation) -> User:
    """The maker as others saw them when they made the link."""
    nick, _, rest = link.source.partition("!")
    username, _, host = rest.partition("@")
    account = chat.world.registry.name_of(link.by_account) or None
    return User(link.by_uid, nick or link.by, username or "*", host, "", account=account, account_id=link.by_account)


_ENDS: dict[type, Callable[[Chat, Any], list[Invitation]]] = {
    ChannelRenamed: _renamed,
    Kicked: _kicked,
    ModesChanged: _modes_changed,
}
