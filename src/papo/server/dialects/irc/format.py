"""Events as IRC lines, for each set of capabilities that changes their bytes. Knows no connection.

`IrcFormat.encode` is called once per event and group of listeners (delivery.fanout): hot path.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from papo.protocol.irc import NO_TAGS, escape, format_tags
from papo.protocol.text import one_line
from papo.protocol.times import iso_time
from papo.protocol.websocket import BINARY, TEXT, frame
from papo.server.dialects.irc import caps
from papo.server.world import events
from papo.server.world.events import AnyEvent, Event


class IrcFormat:
    """One set of capabilities and one framing. Use `irc_format`: it returns the same object for the same arguments."""

    __slots__ = ("bits", "framing", "has_no_tags")

    separator = b""

    def __init__(self, bits: int, framing: str) -> None:
        self.bits = bits
        self.framing = framing
        self.has_no_tags = not bits & (
            caps.MESSAGE_TAGS | caps.SERVER_TIME | caps.ACCOUNT_TAG | caps.OPER_TAG | caps.RELAYMSG
        )

    def frame(self, line: str) -> bytes:
        """A line as bytes: with CRLF on a stream, as one message on a WebSocket.

        A line break inside the line is replaced: no text of a user ever becomes a second line.
        """
        if "\n" in line or "\r" in line:
            line = line.replace("\r", " ").replace("\n", " ")
        if not self.framing:
            return (line + "\r\n").encode()
        return frame(line.encode(), TEXT if self.framing == "text" else BINARY)

    def encode(self, event: AnyEvent) -> bytes | None:
        """The event for this group; None if it is not sent to them."""
        if type(event) is events.MessageSent and event.lines:
            return b"".join(map(self.frame, _multiline(self, event))) or None
        line = LINES[type(event)](self, event)
        return None if line is None else self.frame(line)

    def lines(self, event: AnyEvent) -> list[str]:
        """The lines of the event, as `encode` frames them."""
        if type(event) is events.MessageSent and event.lines:
            return _multiline(self, event)
        line = LINES[type(event)](self, event)
        return [] if line is None else [line]

    def tags(self, event: Event, client_tags: dict[str, str] = NO_TAGS) -> str:
        """`@time=...;msgid=... `, those that the client has asked for; "" if there are none."""
        if self.has_no_tags:
            return ""
        bits = self.bits
        tags = ""
        if bits & caps.SERVER_TIME:
            tags = f"time={iso_time(event.at_ms)};"
        if bits & caps.MESSAGE_TAGS:
            tags = f"{tags}msgid={event.msgid};"
            if event.bot:
                tags += "bot;"
            if client_tags:
                tags = f"{tags}{format_tags(client_tags)};"
        if bits & caps.ACCOUNT_TAG and event.account is not None:
            tags = f"{tags}account={_name_value(event.account)};"
        if event.oper and bits & caps.OPER_TAG:
            tags += f"draft/oper={escape(event.oper)};"
        if type(event) is events.MessageSent and event.relayed_by and bits & (caps.RELAYMSG | caps.MESSAGE_TAGS):
            tags += f"draft/relaymsg={_name_value(event.relayed_by)};"
        return f"@{tags[:-1]} " if tags else ""

    def later_tags(self, event: events.MessageSent) -> str:
        """The tags of a line that is not the first of its message."""
        tags = f"time={iso_time(event.at_ms)};" if self.bits & caps.SERVER_TIME else ""
        if event.tags and self.bits & caps.MESSAGE_TAGS:
            tags = f"{tags}{format_tags(event.tags)};"
        if self.bits & caps.ACCOUNT_TAG and event.account is not None:
            tags = f"{tags}account={_name_value(event.account)};"
        return f"@{tags[:-1]} " if tags else ""


def _name_value(name: str) -> str:
    """A nick or an account as a tag's value: of what values escape, names have the backslash alone. Hot path."""
    return escape(name) if "\\" in name else name


@lru_cache(maxsize=4096)
def irc_format(bits: int, framing: str) -> IrcFormat:
    """The format of a connection with these capabilities."""
    return _format(bits & caps.FORMAT_BITS, framing)


@lru_cache(maxsize=4096)
def _format(bits: int, framing: str) -> IrcFormat:
    return IrcFormat(bits, framing)


def _message_sent(form: IrcFormat, event: events.MessageSent) -> str | None:
    if form.bits & caps.DEAF and event.channel:
        return None
    if event.verb == "TAGMSG":
        if not form.bits & caps.MESSAGE_TAGS:
            return _reaction(form, event)
        return f"{form.tags(event, event.tags)}:{event.source} TAGMSG {event.target}"
    if form.has_no_tags:
        return f":{event.source} {event.verb} {event.target} :{event.text}"
    return f"{form.tags(event, event.tags)}:{event.source} {event.verb} {event.target} :{event.text}"


def _reaction(form: IrcFormat, event: events.MessageSent) -> str | None:
    """A TAGMSG for clients without tags: a reaction in words, nothing for what is not stored (typing)."""
    reaction = one_line(event.tags.get("+draft/react") or event.tags.get("+react") or "", 64)
    if not reaction:
        return None
    return f"{form.tags(event)}:{event.source} NOTICE {event.target} :reacted with {reaction}"


def _multiline(form: IrcFormat, event: events.MessageSent) -> list[str]:
    """A message of several lines: one batch, or one message for each line that is not empty (IRCv3 multiline)."""
    if form.bits & caps.DEAF and event.channel:
        return []
    head = f":{event.source} {event.verb} {event.target} :"
    if not form.bits & caps.MULTILINE:
        kept = [line for _, line in event.lines if line]
        # Only the first line has the msgid.
        later = form.later_tags(event)
        return [f"{later if at else form.tags(event, event.tags)}{head}{line}" for at, line in enumerate(kept)]
    reference = event.msgid
    inside = [
        f"@batch={reference}{';draft/multiline-concat' if joined else ''} {head}{line}" for joined, line in event.lines
    ]
    return [
        f"{form.tags(event, event.tags)}:{event.source} BATCH +{reference} draft/multiline {event.target}",
        *inside,
        f":{event.source} BATCH -{reference}",
    ]


def _redacted(form: IrcFormat, event: events.Redacted) -> str | None:
    if form.bits & caps.DEAF and event.channel:
        return None
    if form.bits & caps.REDACTION:
        reason = f" :{event.reason}" if event.reason else ""
        return f"{form.tags(event)}:{event.source} REDACT {event.target} {event.of}{reason}"
    reason = f" ({event.reason})" if event.reason else ""
    return f"{form.tags(event)}:{event.source} NOTICE {event.target} :deleted a message{reason}"


def _edited(form: IrcFormat, event: events.Edited) -> str | None:
    if form.bits & caps.DEAF and event.channel:
        return None
    if form.bits & caps.EDIT:
        return f"{form.tags(event)}:{event.source} EDIT {event.target} {event.of} :{event.text}"
    tags = form.tags(event, {"+draft/edit": event.of})
    return f"{tags}:{event.source} {event.verb} {event.target} :{event.text} (edited)"


def _logged_in(form: IrcFormat, event: events.LoggedIn) -> str | None:
    if not form.bits & caps.ACCOUNT_NOTIFY:
        return None
    return f"{form.tags(event)}:{event.source} ACCOUNT {event.now or '*'}"


def _channel_renamed(form: IrcFormat, event: events.ChannelRenamed) -> str | None:
    if not form.bits & caps.CHANNEL_RENAME:
        return None
    return f"{form.tags(event)}:{event.source} RENAME {event.name} {event.new} :{event.reason}"


def _joined(form: IrcFormat, event: events.Joined | events.JoinRevealed) -> str | None:
    line = f"{form.tags(event)}:{event.source} JOIN {event.name}"
    if form.bits & caps.EXTENDED_JOIN:
        return f"{line} {event.account or '*'} :{event.realname}"
    return line


def _parted(form: IrcFormat, event: events.Parted) -> str | None:
    reason = f" :{event.reason}" if event.reason else ""
    return f"{form.tags(event)}:{event.source} PART {event.name}{reason}"


def _kicked(form: IrcFormat, event: events.Kicked) -> str | None:
    return f"{form.tags(event)}:{event.source} KICK {event.name} {event.victim} :{event.reason}"


def _user_quit(form: IrcFormat, event: events.UserQuit) -> str | None:
    return f"{form.tags(event)}:{event.source} QUIT :{event.reason}"


def _renamed(form: IrcFormat, event: events.Renamed) -> str | None:
    return f"{form.tags(event)}:{event.source} NICK {event.nick}"


def mode_words(changes: tuple[tuple[str, str, str | None], ...]) -> str:
    """`+o-v ana bia`."""
    letters = ""
    last = ""
    parameters = []
    for sign, letter, parameter in changes:
        if sign != last:
            letters += sign
            last = sign
        letters += letter
        if parameter is not None:
            parameters.append(parameter)
    return " ".join([letters, *parameters])


def _modes_changed(form: IrcFormat, event: events.ModesChanged) -> str | None:
    return f"{form.tags(event)}:{event.source} MODE {event.name} {mode_words(event.changes)}"


def _topic_set(form: IrcFormat, event: events.TopicSet) -> str | None:
    return f"{form.tags(event)}:{event.source} TOPIC {event.name} :{event.topic}"


def _invited(form: IrcFormat, event: events.Invited) -> str | None:
    return f"{form.tags(event)}:{event.source} INVITE {event.guest} {event.name}"


def _invite_notified(form: IrcFormat, event: events.InviteNotified) -> str | None:
    if not form.bits & caps.INVITE_NOTIFY:
        return None
    return f"{form.tags(event)}:{event.source} INVITE {event.guest} {event.name}"


def _knocked(form: IrcFormat, event: events.Knocked) -> str | None:
    text = f"[Knock] {event.source} asks to be let in ({event.reason})"
    return f"{form.tags(event)}:{event.source} NOTICE @{event.name} :{text}"


def away_text(message: str, bits: int) -> str:
    """An away message for a client with these capabilities: `*` is no text of the user (draft/pre-away)."""
    return "not connected at the moment" if message == "*" and not bits & caps.PRE_AWAY else message


def _away_set(form: IrcFormat, event: events.AwaySet) -> str | None:
    if not form.bits & caps.AWAY_NOTIFY:
        return None
    message = away_text(event.message, form.bits) if event.message else ""
    return f"{form.tags(event)}:{event.source} AWAY" + (f" :{message}" if message else "")


def _realname_set(form: IrcFormat, event: events.RealnameSet) -> str | None:
    if not form.bits & caps.SETNAME:
        return None
    return f"{form.tags(event)}:{event.source} SETNAME :{event.realname}"


def _host_set(form: IrcFormat, event: events.HostSet) -> str | None:
    if not form.bits & caps.CHGHOST:
        return None
    return f"{form.tags(event)}:{event.source} CHGHOST {event.username} {event.host}"


def _user_modes_set(form: IrcFormat, event: events.UserModesSet) -> str | None:
    if not event.changes:
        return None
    nick = event.source.partition("!")[0]
    words = mode_words(tuple((sign, letter, None) for sign, letter in event.changes))
    return f"{form.tags(event)}:{event.source} MODE {nick} {words}"


def _marker_set(form: IrcFormat, event: events.MarkerSet) -> str | None:
    if not form.bits & caps.READ_MARKER:
        return None
    return f":{event.source} MARKREAD {event.target} timestamp={iso_time(event.read_at_ms)}"


def _wallops_sent(form: IrcFormat, event: events.WallopsSent) -> str | None:
    return f"{form.tags(event)}:{event.source} WALLOPS :{event.text}"


def _server_noticed(form: IrcFormat, event: events.ServerNoticed) -> str | None:
    return f"{form.tags(event)}:{event.source} NOTICE * :*** {event.text}"


def _silent(form: IrcFormat, event: AnyEvent) -> str | None:
    del form, event
    return None


LINES: dict[type, Callable[[IrcFormat, Any], str | None]] = {
    events.MessageSent: _message_sent,
    events.Joined: _joined,
    events.JoinRevealed: _joined,
    events.Parted: _parted,
    events.Kicked: _kicked,
    events.UserQuit: _user_quit,
    events.Renamed: _renamed,
    events.ModesChanged: _modes_changed,
    events.TopicSet: _topic_set,
    events.Invited: _invited,
    events.InviteNotified: _invite_notified,
    events.Knocked: _knocked,
    events.AwaySet: _away_set,
    events.RealnameSet: _realname_set,
    events.HostSet: _host_set,
    events.UserModesSet: _user_modes_set,
    events.UserConnected: _silent,
    events.MarkerSet: _marker_set,
    events.Redacted: _redacted,
    events.Edited: _edited,
    events.LoggedIn: _logged_in,
    events.ChannelRenamed: _channel_renamed,
    events.MetadataSet: _silent,
    events.RecordStored: _silent,
    events.RecordDeleted: _silent,
    events.NodeLost: _silent,
    events.NodeBack: _silent,
    events.Killed: _silent,
    events.WallopsSent: _wallops_sent,
    events.ServerNoticed: _server_noticed,
    events.AccountNoticed: _silent,
    events.SessionsEnded: _silent,
}
"""One for every event; a test checks it."""
