"""ChanServ's commands for invitation links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.protocol.times import iso_time
from papo.server.actions.channels import invitations
from papo.server.dialects.irc.services.chanserv import CHANSERV, reply
from papo.server.dialects.irc.services.table import command
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.records import Invitation


@command(
    CHANSERV,
    "LINK #channel [days] [uses]",
    N_("create a link that lets anyone join, for seven days or as many as you say, as often as you say"),
)
async def link(session: IrcSession, words: list[str]) -> None:
    """The same links as those of the web client."""
    chat = session.chat
    days = _number(words[1]) if len(words) > 1 else invitations.DAYS
    uses = _number(words[2]) if len(words) > 2 else 0
    made, code = await invitations.create(chat, session, words[0], days, uses if len(words) < 3 or uses else -1)
    if chat.web_address:
        reply(session, N_("Anyone with this link can join: {address}"), address=f"{chat.web_address}/i/{code}")
    channel = chat.world.channels.get(made.channel)
    name = words[0] if channel is None else channel.name
    reply(session, N_("Anyone can join with /JOIN {channel} {code}"), channel=name, code=code)


def _number(word: str) -> int:
    """-1, which is no number of anything, for what is none."""
    return int(word) if word.isascii() and word.isdigit() and len(word) < 6 else -1


@command(CHANSERV, "LINKS #channel [id]", N_("list the links into a channel, or who joined with one of them"))
async def links(session: IrcSession, words: list[str]) -> None:
    """All to those who manage them, else the user's own; never a code."""
    found = invitations.listed(session.chat, session, words[0])
    wanted = words[1].lower() if len(words) > 1 else ""
    found = [each for each in found if wanted in {"", invitations.id_of(each)}]
    if wanted and not found:
        raise Refused(Code.NO_SUCH_LINK, words[0])
    for each in found:
        reply(
            session,
            N_("{id}: by {name}, until {date}, used {uses}"),
            id=invitations.id_of(each),
            name=invitations.maker_name(session.chat, each),
            date=iso_time(each.until_ms)[:16].replace("T", " "),
            uses=_uses(each),
        )
        for nick, _, at_ms in invitations.joined_by(session.chat, each, session.me) if wanted else ():
            reply(session, N_("  {nick} joined on {date}"), nick=nick, date=iso_time(at_ms)[:16].replace("T", " "))
    reply(session, N_("{count} links"), count=len(found))


def _uses(invitation: Invitation) -> str:
    return f"{invitation.uses}/{invitation.max_uses}" if invitation.max_uses else str(invitation.uses)


@command(CHANSERV, "UNLINK #channel id|ALL", N_("revoke a link into a channel, or all of them"))
async def unlink(session: IrcSession, words: list[str]) -> None:
    """Nobody joins with it from now on."""
    count = await invitations.revoke(session.chat, session, words[0], words[1])
    reply(session, N_("{count} links are revoked"), count=count)
