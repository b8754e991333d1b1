"""AWAY, SETNAME, ACCEPT, USERHOST, ISON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.actions import users
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.verb import verb
from papo.server.world.errors import Code, Refused
from papo.server.world.names import visible

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession


@verb("AWAY", before_registration=True)
def away(session: IrcSession, line: Line) -> None:
    """AWAY [:message]: mark yourself as away, or as back; `AWAY *` if nobody is at the client (draft/pre-away)."""
    message = line.params[0] if line.params else ""
    if session.registration is not None:
        if not session.bits & caps.PRE_AWAY:
            session.numeric(n.ERR_NOTREGISTERED, "You have not registered")
            return
        session.registration.away = message or None
    elif message == "*" and len(session.chat.sessions.of(session.me.uid)) > 1:
        pass  # nobody is at this client, and the user has another one
    else:
        users.set_away(session.chat, session, message or None)
    if message:
        session.numeric(n.RPL_NOWAWAY, "You have been marked as being away")
    else:
        session.numeric(n.RPL_UNAWAY, "You are no longer marked as being away")


@verb("SETNAME", params=1)
def setname(session: IrcSession, line: Line) -> None:
    """SETNAME :real name: change your real name (IRCv3 setname)."""
    realname = visible(line.params[0]).strip()
    if not realname or len(realname.encode()) > session.chat.config.limits.realname_length:
        session.fail("SETNAME", "INVALID_REALNAME", "That real name is empty or too long")
        return
    users.set_realname(session.chat, session, realname)


@verb("ACCEPT", params=1)
def accept_(session: IrcSession, line: Line) -> None:
    """ACCEPT nick[,-nick...] | *: users without an account who may write to you in spite of user mode +R."""
    world = session.chat.world
    for word in line.params[0].split(","):
        if word == "*":
            for uid in world.accepted.get(session.me.uid, ()):
                if other := world.users.get(uid):
                    session.numeric_words(n.RPL_ACCEPTLIST, other.nick)
            session.numeric(n.RPL_ENDOFACCEPT, "End of ACCEPT list")
            continue
        nick = word.removeprefix("-")
        found = world.user(nick)
        if found is None:
            session.refused(Refused(Code.NO_SUCH_NICK, nick))
        else:
            users.accept(session.chat, session, found, on=nick == word)


@verb("USERHOST", params=1)
def userhost(session: IrcSession, line: Line) -> None:
    """USERHOST nick [nick...]: hosts of up to five users."""
    words = []
    for nick in line.params[:5]:
        user = session.chat.world.user(nick)
        if user is not None:
            operator = "*" if user.is_operator else ""
            words.append(f"{user.nick}{operator}={'+' if user.away is None else '-'}{user.username}@{user.host}")
    session.numeric(n.RPL_USERHOST, " ".join(words))


@verb("ISON", params=1)
def ison(session: IrcSession, line: Line) -> None:
    """ISON nick [nick...]: which of them are online."""
    nicks = " ".join(line.params).split()
    found = [user.nick for nick in nicks[:50] if (user := session.chat.world.user(nick))]
    session.numeric(n.RPL_ISON, " ".join(found))
