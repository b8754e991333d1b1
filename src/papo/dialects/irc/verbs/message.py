"""PRIVMSG, NOTICE, TAGMSG (modern.ircdocs.horse "Sending Messages"; IRCv3 message-tags)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.actions.say import say
from papo.dialects.irc import caps
from papo.dialects.irc import numerics as n
from papo.dialects.irc.verb import verb
from papo.world.events import NO_TAGS
from papo.world.refused import Code, Refused

if TYPE_CHECKING:
    from papo.dialects.irc.session import IrcSession
    from papo.wire.irc import Line


SURELY_FITS = 64
"""Characters of text that fit a line whatever stands before them; hot path."""


@verb("PRIVMSG")
def privmsg(session: IrcSession, line: Line) -> None:
    """PRIVMSG target[,target] :text: say something to a channel or a person."""
    params = line.params
    if len(params) < 2 or not params[1]:
        if not params:
            session.numeric(n.ERR_NORECIPIENT, "No recipient given (PRIVMSG)")
        else:
            session.numeric(n.ERR_NOTEXTTOSEND, "No text to send")
        return
    _send(session, line, params[1])


@verb("NOTICE")
def notice(session: IrcSession, line: Line) -> None:
    """NOTICE target[,target] :text: as PRIVMSG, for programs: nothing is answered automatically, errors included."""
    if len(line.params) > 1 and line.params[1]:
        _send(session, line, line.params[1])


@verb("TAGMSG", params=1, cost=0.5)
def tagmsg(session: IrcSession, line: Line) -> None:
    """TAGMSG target[,target]: a message of client tags alone."""
    if not session.bits & caps.MESSAGE_TAGS:
        session.numeric(n.ERR_UNKNOWNCOMMAND, "TAGMSG", "Ask for the message-tags capability first")
        return
    _send(session, line, "")


def _too_long(session: IrcSession, verb_name: str, target: str, text: str) -> bool:
    """Whether others could not get the whole of it in one line: refused with 417 rather than cut in silence."""
    line = f":{session.me.source} {verb_name} {target} :{text}\r\n"
    return len(line.encode()) > session.chat.config.limits.line_bytes


def _send(session: IrcSession, line: Line, text: str) -> None:
    verb_name = line.command
    tags = line.tags
    if tags:
        allowed = session.bits & caps.MESSAGE_TAGS
        tags = {key: value for key, value in tags.items() if key[0] == "+"} if allowed else NO_TAGS
    target = line.params[0]
    if "," not in target:
        _send_one(session, verb_name, target, text, tags or NO_TAGS)
        return
    targets = list(dict.fromkeys(part for part in target.split(",") if part))
    limit = session.chat.config.limits.targets
    for each in targets[:limit]:
        _send_one(session, verb_name, each, text, tags or NO_TAGS)
    if len(targets) > limit and verb_name != "NOTICE":
        session.numeric(n.ERR_TOOMANYTARGETS, targets[limit], f"Too many targets: at most {limit} at once")


def _send_one(session: IrcSession, verb_name: str, target: str, text: str, tags: dict[str, str]) -> None:
    if len(text) > SURELY_FITS and _too_long(session, verb_name, target, text):
        session.numeric(n.ERR_INPUTTOOLONG, "Not sent: with your name before it, the line would be too long")
        return
    try:
        other = say(session.chat, session, target, text, verb=verb_name, tags=tags)
    except Refused as refused:
        if verb_name != "NOTICE" or refused.code is Code.BUSY:
            session.refused(refused)
        return
    if other is not None and other.away is not None and verb_name == "PRIVMSG":
        session.numeric(n.RPL_AWAY, other.nick, other.away)
