"""HistServ: the message history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.protocol.text import one_line
from papo.protocol.times import iso_time
from papo.server.actions import history, lookup, messages
from papo.server.actions.accounts import accounts
from papo.server.dialects.irc.services.table import command, send_reply, source_of
from papo.server.world.events import MessageSent

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession

HISTSERV = "HistServ"
MAX_PLAYED = 100


def reply(session: IrcSession, text: str, **values: object) -> None:
    """A notice from HistServ, in the user's language."""
    send_reply(session, HISTSERV, text, **values)


@command(HISTSERV, "PLAY target [count]", N_("show the last messages of a channel or a user"))
async def play(session: IrcSession, words: list[str]) -> None:
    """As notices, for clients without chathistory."""
    count = int(words[1]) if len(words) > 1 and words[1].isdigit() and len(words[1]) < 5 else 20
    page = history.view(session.chat, session.me, words[0], max(1, min(count, MAX_PLAYED)), everything=False)
    await session.chat.journal.flush()
    for event in await history.latest(session.chat, page, None):
        if isinstance(event, MessageSent):
            nick = event.source.partition("!")[0]
            text = f"[{iso_time(event.at_ms)[:16].replace('T', ' ')}] <{nick}> {one_line(event.text, 350)}"
            session.notice(text, source_of(session, HISTSERV))


@command(
    HISTSERV,
    "DELETE target msgid [reason...]",
    N_("delete your own message, or any message if you are an operator of the channel"),
)
async def delete(session: IrcSession, words: list[str]) -> None:
    """As REDACT, for clients without it."""
    await messages.redact(session.chat, session, words[0], words[1], " ".join(words[2:]))
    reply(session, N_("The message is deleted"))


@command(HISTSERV, "FORGET account", N_("delete all messages of an account"))
async def forget(session: IrcSession, words: list[str]) -> None:
    """The user's own, or any as an operator of the server."""
    account = lookup.get_account(session.chat, words[0])
    accounts.check_owner(session.chat, session, account)
    if account.id != session.me.account_id:
        await session.chat.audit_first(session.me, "FORGET", account.name)
    count = await accounts.forget_messages(session.chat, session, account)
    reply(session, N_("{count} messages are deleted"), count=count)


@command(HISTSERV, "EXPORT", N_("show how to get a copy of all your messages"))
async def export(session: IrcSession, words: list[str]) -> None:
    """It is too much to send here."""
    del words
    reply(
        session,
        N_("Ask an operator of the server to run: papo account export {name} {name}.zip"),
        name=session.me.account or session.nick,
    )
