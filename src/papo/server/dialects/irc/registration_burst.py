"""The registration burst: what a client is sent when it has registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.actions import always_on
from papo.server.dialects.irc import caps, isupport
from papo.server.dialects.irc.metadata import set_line

if TYPE_CHECKING:
    from papo.server.dialects.irc.replies import Replies


def registration_burst(session: Replies) -> list[str]:
    """From 001 to the end of the message of the day, and what capabilities add. Hot path when many reconnect."""
    chat = session.chat
    nick = session.nick
    texts = isupport.texts(chat)
    modes = "".join(sorted(session.me.modes))
    server = chat.config.server.name
    welcome = f"Welcome to the {chat.config.server.network} IRC Network {session.me.source}"
    lines = [
        f":{server} {n.RPL_WELCOME} {nick} :{welcome}",
        *(f":{server} {line.replace(chr(0), nick, 1)}" for line in texts.head),
        *isupport_lines(session),
    ]
    if session.bits & caps.WHOAMI:
        lines.append(f":{session.me.source} SETNAME :{session.me.realname}")
    if session.bits & caps.METADATA:
        lines += profile_lines(session)
    if session.bits & caps.PERSISTENCE and session.me.account is not None:
        lines.append(persistence_line(session))
    lines += [f":{server} {numeric} {nick} {text}" for numeric, text in lusers(session)]
    lines += [f":{server} {line.replace(chr(0), nick, 1)}" for line in texts.motd]
    if modes:
        lines.append(f":{session.me.source} MODE {nick} +{modes}")
    if session.bits & caps.USER_QUERY:
        lines += query_lines(session)
    return lines


def isupport_lines(session: Replies) -> list[str]:
    """005, as a batch if the client asked for it (IRCv3 extended-isupport)."""
    server = session.chat.config.server.name
    lines = [f":{server} {line.replace(chr(0), session.nick, 1)}" for line in isupport.texts(session.chat).isupport]
    both = caps.BATCH | caps.EXTENDED_ISUPPORT
    if session.bits & both != both:
        return lines
    reference = session.chat.ids.uid()
    return [
        f":{server} BATCH +{reference} draft/isupport",
        *(f"@batch={reference} {line}" for line in lines),
        f":{server} BATCH -{reference}",
    ]


def profile_lines(session: Replies) -> list[str]:
    """The user's own metadata as a batch (IRCv3 metadata)."""
    server = session.chat.config.server.name
    reference = session.chat.ids.uid()
    values = session.chat.world.profiles.get(session.me.identity, {})
    return [
        f":{server} BATCH +{reference} metadata {session.nick}",
        *(f"@batch={reference} {_profile_line(session, key, value)}" for key, value in values.items()),
        f":{server} BATCH -{reference}",
    ]


def _profile_line(session: Replies, key: str, value: str) -> str:
    if session.bits & caps.METADATA_3:
        return set_line(session, session.nick, key, value)
    return f":{session.chat.config.server.name} METADATA {session.nick} {key} * :{value}"


def persistence_line(session: Replies) -> str:
    """PERSISTENCE STATUS: what the account has chosen, and what is in effect (draft/persistence)."""
    account = session.chat.world.registry.accounts.get(session.me.account_id)
    wished = {None: "DEFAULT", True: "ON", False: "OFF"}[None if account is None else account.always_on]
    actual = "ON" if always_on.applies_to(session.chat, account) else "OFF"
    return f":{session.chat.config.server.name} PERSISTENCE STATUS {wished} {actual}"


def query_lines(session: Replies) -> list[str]:
    """The private conversations that are open on the user's devices (draft/user-query)."""
    account = session.chat.world.registry.accounts.get(session.me.account_id)
    return [f":{session.me.source} USERQUERY OPEN {nick}" for nick in (account.open if account else ())]


def lusers(session: Replies) -> list[tuple[str, str]]:
    """LUSERS: (numeric, rest of the line)."""
    world = session.chat.world
    users = len(world.users)
    unknown = session.chat.unregistered()
    return [
        (n.RPL_LUSERCLIENT, f":There are {users - world.invisible} users and {world.invisible} invisible on 1 servers"),
        (n.RPL_LUSEROP, f"{len(world.operators)} :IRC Operators online"),
        (n.RPL_LUSERUNKNOWN, f"{unknown} :unregistered connections"),
        (n.RPL_LUSERCHANNELS, f"{len(world.channels)} :channels formed"),
        (n.RPL_LUSERME, f":I have {users} clients and 0 servers"),
        (n.RPL_LOCALUSERS, f"{users} {world.max_users} :Current local users {users}, max {world.max_users}"),
        (n.RPL_GLOBALUSERS, f"{users} {world.max_users} :Current global users {users}, max {world.max_users}"),
    ]
