"""PRIVMSG, NOTICE, TAGMSG, BATCH, RELAYMSG, REDACT, EDIT (modern.ircdocs.horse "Sending Messages"; IRCv3)."""

from __future__ import annotations

import functools
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from papo.protocol import numerics as n
from papo.server.actions import messages
from papo.server.actions.channels.speech import Lines
from papo.server.actions.say import relay, say
from papo.server.dialects.irc import caps, multiline, resend, services
from papo.server.dialects.irc.format import away_text
from papo.server.dialects.irc.verb import verb
from papo.server.dialects.irc.verbs.search import playback
from papo.server.world.errors import Code, Refused
from papo.server.world.events import EDITS, NO_TAGS, is_kept
from papo.server.world.letters import is_title

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.nonce import Nonce


SURELY_FITS = 64
"""Characters of text that fit a line whatever comes before them; hot path."""


@verb("PRIVMSG", only_messages=True)
def privmsg(session: IrcSession, line: Line) -> None:
    """PRIVMSG target[,target] :text: send a message to a channel or a user."""
    params = line.params
    if len(params) < 2 or not params[1]:
        if not params:
            session.numeric(n.ERR_NORECIPIENT, "No recipient given (PRIVMSG)")
        else:
            session.numeric(n.ERR_NOTEXTTOSEND, "No text to send")
        return
    _send(session, line, params[1])


@verb("NOTICE", only_messages=True)
def notice(session: IrcSession, line: Line) -> None:
    """NOTICE target[,target] :text: as PRIVMSG, but nothing answers it automatically, not even an error."""
    if len(line.params) > 1 and line.params[1]:
        _send(session, line, line.params[1])


@verb("TAGMSG", params=1, only_messages=True)
def tagmsg(session: IrcSession, line: Line) -> None:
    """TAGMSG target[,target]: send client tags without text."""
    if not session.bits & caps.MESSAGE_TAGS:
        session.numeric(n.ERR_UNKNOWNCOMMAND, "TAGMSG", "Ask for the message-tags capability first")
        return
    _send(session, line, "")


@verb("BATCH", params=1, only_messages=True)
def batch_(session: IrcSession, line: Line) -> None:
    """BATCH +reference draft/multiline target, then lines, then BATCH -reference: send a message of several lines."""
    sign, reference = line.params[0][:1], line.params[0][1:]
    if sign == "+":
        multiline.open_batch(session, line)
        return
    done = multiline.close_batch(session, reference)
    response = session.context
    if done is not None:
        lines = () if len(done.lines) == 1 else tuple(done.lines)
        try:
            tags = _client_tags(session, done.tags)
            _send_one(session, done.verb, done.target, done.text, tags, lines, resend.checked(done.token, done.target))
        except Refused as refused:
            session.refused(refused, done.verb)
        if session.is_running:
            return  # the response is finished with the request
    session.finish(response)


@verb("RELAYMSG", params=3, only_messages=True)
def relaymsg(session: IrcSession, line: Line) -> None:
    """RELAYMSG #channel name/network :text: send a message of a user of another network; for bridges."""
    channel, name, text = line.params[:3]
    if "/" not in name or not _is_relayed_name(name):
        session.fail("RELAYMSG", "INVALID_NICK", "The name needs a /, and otherwise only characters that nicks have")
        return
    if not text.strip():
        session.fail("RELAYMSG", "BLANK_MSG", "There is nothing to relay")
        return
    tags = _client_tags(session, line.tags)
    try:
        relay(session.chat, session, channel, name, text, tags)
    except Refused as refused:
        if refused.code in {Code.NEED_CHANNEL_OPERATOR, Code.NEED_OPERATOR}:
            session.fail("RELAYMSG", "PRIVS_NEEDED", "Only half-operators of the channel may relay to it")
            return
        raise


def _is_relayed_name(name: str) -> bool:
    if len(name) > 64 or not all(name.partition("/")[::2]) or any(char in " !@,*?:#&+%~" for char in name):
        return False
    return name.isprintable() if name.isascii() else is_title(name)


def _client_tags(session: IrcSession, tags: dict[str, str]) -> dict[str, str]:
    """The client tags that others are sent. Raises Refused if one says that the message changes another one."""
    tags = _allowed(session, tags)
    if not EDITS.isdisjoint(tags):
        raise Refused(Code.NO_EDIT, min(EDITS.intersection(tags)))
    return tags


def _allowed(session: IrcSession, tags: dict[str, str]) -> dict[str, str]:
    """The client tags that are allowed (005 CLIENTTAGDENY)."""
    tags = {key: value for key, value in tags.items() if key[0] == "+"}
    denied = session.chat.config.limits.client_tags_denied
    if not denied or not tags:
        return tags
    names = {name.removeprefix("-"): not name.startswith("-") for name in denied if name != "*"}
    everything = "*" in denied
    return {key: value for key, value in tags.items() if not names.get(key[1:], everything)}


def _send(session: IrcSession, line: Line, text: str) -> None:
    verb_name = line.command
    tags = line.tags
    token = ""
    if tags:
        if resend.NONCE in tags and session.bits & caps.NONCE:
            token = resend.checked(tags[resend.NONCE], line.params[0])
        tags = (_allowed(session, tags) or NO_TAGS) if session.bits & caps.MESSAGE_TAGS else NO_TAGS
    if not text and verb_name == "TAGMSG" and not tags:
        return  # nothing is left to send
    target = line.params[0]
    if tags and not EDITS.isdisjoint(tags):
        edited = tags.get("+draft/edit")
        if not edited or not text:
            raise Refused(Code.NO_EDIT, min(EDITS.intersection(tags)))
        _edit(session, target, edited, text, verb_name)
        return
    if "," not in target:
        _send_one(session, verb_name, target, text, tags, (), token)
        return
    if token:
        raise Refused(Code.NONCE_INVALID, "*")  # each of the messages needs one of its own
    targets = list(dict.fromkeys(part for part in target.split(",") if part))
    limit = session.chat.config.limits.targets
    for name in targets[:limit]:
        _send_one(session, verb_name, name, text, tags)
    if len(targets) > limit and verb_name != "NOTICE":
        session.numeric(n.ERR_TOOMANYTARGETS, targets[limit], f"Too many targets: at most {limit} at once")


def _send_one(  # noqa: PLR0917 -- what a message has
    session: IrcSession,
    verb_name: str,
    target: str,
    text: str,
    tags: dict[str, str],
    lines: Lines = (),
    token: str = "",
) -> None:
    """`token`: the client's nonce, "" for none; it means nothing to services, whose commands are not stored."""
    nonce = None
    if token and is_kept(verb_name, tags) and not services.is_service(target):
        nonce = resend.nonce_of_request(session, token, verb_name, target, text, tags)
        if nonce.key in session.chat.nonces:
            send = functools.partial(_send_new, session, verb_name, target, text, tags, lines, nonce)
            session.run_async(resend.answer(session, verb_name, target, nonce, send), verb_name)
            return
    _send_new(session, verb_name, target, text, tags, lines, nonce)


def _send_new(  # noqa: PLR0917 -- what a message has
    session: IrcSession,
    verb_name: str,
    target: str,
    text: str,
    tags: dict[str, str],
    lines: Lines,
    nonce: Nonce | None,
) -> None:
    if len(text) > SURELY_FITS and not lines and session.too_long(verb_name, target, text):
        session.numeric(n.ERR_INPUTTOOLONG, "Not sent: with your name in front, the line would be too long")
        return
    if target[:1] != "#" and _handle_by_service(session, verb_name, target, text):
        return
    try:
        other = say(session.chat, session, target, text, verb=verb_name, tags=tags, lines=lines, nonce=nonce)
    except Refused as refused:
        if verb_name != "NOTICE" or refused.code is Code.BUSY:
            session.refused(refused, verb_name)
        return
    if other is not None and other.away is not None and verb_name == "PRIVMSG":
        session.numeric(n.RPL_AWAY, other.nick, away_text(other.away, session.bits))


def _handle_by_service(session: IrcSession, verb_name: str, target: str, text: str) -> bool:
    """Handle a message to a service or to ZNC's playback; False if it is to neither."""
    if target[:1] == "*" and target.lower() == "*playback":
        session.run_async(playback(session, text), verb_name)
        return True
    if not services.is_service(target):
        return False
    if verb_name == "PRIVMSG":
        services.handle(session, target, text)
    return True


@verb("REDACT", params=2)
def redact(session: IrcSession, line: Line) -> Coroutine[Any, Any, None]:
    """REDACT target msgid [:reason]: delete a message (IRCv3 message-redaction)."""
    target, msgid = line.params[:2]
    reason = line.params[2] if len(line.params) > 2 else ""
    return messages.redact(session.chat, session, target, msgid, reason)


@verb("EDIT", params=3)
def edit(session: IrcSession, line: Line) -> None:
    """EDIT target msgid :text: edit your message (draft/message-edit)."""
    target, msgid, text = line.params[:3]
    if not text:
        session.fail("EDIT", "INVALID_PARAMS", target, msgid, "The text is empty: use REDACT to delete a message")
        return
    _edit(session, target, msgid, text, "EDIT")


def _edit(session: IrcSession, target: str, msgid: str, text: str, verb_name: str) -> None:
    """Edit a message, if the new text fits a line."""
    if session.too_long("EDIT", f"{target} {msgid}", text):
        session.numeric(n.ERR_INPUTTOOLONG, "Not changed: with your name in front, the line would be too long")
        return
    session.run_async(messages.edit(session.chat, session, target, msgid, text), verb_name, target)
