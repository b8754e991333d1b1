"""HistServ: what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.protocol.text import one_line
from papo.protocol.times import iso_time
from papo.server.actions import accounts, history, lookup, messages
from papo.server.dialects.irc.services.table import command, source_of, tell
from papo.server.world.events import MessageSent

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession

HISTSERV = "HistServ"
MAX_PLAYED = 100


def say(session: IrcSession, text: str, **values: object) -> None:
    """A sentence of HistServ."""
    tell(session, HISTSERV, text, **values)


@command(HISTSERV, "PLAY target [count]", N_("show the last messages of a channel or person"))
async def play(session: IrcSession, words: list[str]) -> None:
    """As notices, for programs that know no history."""
    count = int(words[1]) if len(words) > 1 and words[1].isdigit() and len(words[1]) < 5 else 20
    page = history.view(session.chat, session.me, words[0], max(1, min(count, MAX_PLAYED)), everything=False)
    await session.chat.journal.settled()
    for event in await history.latest(session.chat, page, None):
        if isinstance(event, MessageSent):
            nick = event.source.partition("!")[0]
            text = f"[{iso_time(event.at_ms)[:16].replace('T', ' ')}] <{nick}> {one_line(event.text, 350)}"
            session.notice(text, source_of(session, HISTSERV))


@command(
    HISTSERV,
    "DELETE target msgid [reason...]",
    N_("delete a message: your own, or as operator of the channel anybody's"),
)
async def delete(session: IrcSession, words: list[str]) -> None:
    """As REDACT."""
    await messages.redact(session.chat, session, words[0], words[1], " ".join(words[2:]))
    say(session, N_("The message is deleted"))


@command(HISTSERV, "FORGET account", N_("delete everything that an account said"))
async def forget(session: IrcSession, words: list[str]) -> None:
    """One's own, or as operator anybody's."""
    account = lookup.get_account(session.chat, words[0])
    accounts.check_owner(session, account)
    if account.id != session.me.account_id:
        session.chat.audit(session.me, "FORGET", account.name)
    count = await accounts.forget_messages(session.chat, session, account)
    say(session, N_("{count} messages are deleted"), count=count)


@command(HISTSERV, "EXPORT", N_("how to get a copy of all that you said"))
async def export(session: IrcSession, words: list[str]) -> None:
    """Too much for a chat."""
    del words
    say(
        session,
        N_("Ask the operators of the server: papo account export {name}"),
        name=session.me.account or session.nick,
    )
