"""Events as the plain words of a classroom dialect. Pure; a dialect is a table of these words (`Words`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from papo.protocol.text import as_action, is_ctcp, one_line, to_ascii, without_formatting
from papo.server.world import events
from papo.server.world.events import AnyEvent

GUEST = "visitante"
"""Who has not said their name yet."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What a dialect says; None where its document has no words for it. `{nick}` and `{text}` are filled in."""

    message: str = "{nick}: {text}"
    joined: str | None = None
    left: str | None = None
    """Somebody left in order."""
    dropped: str | None = None
    """Somebody's connection failed."""
    private: str = "{nick} (particular): {text}"
    """A message to this person alone."""
    kicked: str = "Você foi removido da sala por {nick}: {text}"
    """Said to the one who was removed."""
    not_sent: str = "Mensagem não enviada: {text}"
    renamed: str = "Nome em uso ou inválido: aqui você é {nick}"
    ascii_only: bool = False


def as_is(data: bytes) -> bytes:
    """No framing."""
    return data


class PlainFormat:
    """One way of writing: a dialect's words, lines ended or not, framed or not. Equal ones are the same object."""

    def __init__(self, words: Words, pack: Callable[[bytes], bytes], *, lines: bool) -> None:
        self.words = words
        self.lines = lines
        self.glue = b"\n" if pack is as_is and not lines and not words.message.endswith("\n") else b""
        """Texts without an end would run into each other where several go out at once."""
        self._pack = pack

    def encode(self, event: AnyEvent) -> bytes | None:
        """The event for this group; None where they never hear of it."""
        return LINES[type(event)](self, event)

    def fill(self, words: str | None, source: str, text: str = "") -> bytes | None:
        """The dialect's words about somebody (`nick!user@host`) as bytes."""
        if words is None:
            return None
        nick = source.partition("!")[0]
        return self.bytes_of(words.replace("{nick}", nick, 1).replace("{text}", text, 1))

    def bytes_of(self, text: str) -> bytes:
        """A text as this dialect carries it: in ASCII if it must be, with a newline for those who work by lines."""
        if self.words.ascii_only:
            text = to_ascii(text)
        if self.lines and not text.endswith("\n"):
            text += "\n"
        return self._pack(text.encode())


def _said(form: PlainFormat, event: events.MessageSent) -> bytes | None:
    if event.verb == "TAGMSG":
        reaction = one_line(event.tags.get("+draft/react") or event.tags.get("+react") or "", 32)
        return _remark(form, event.source, f"reagiu com {reaction}") if reaction and event.channel else None
    if event.lines:
        single = (msgspec.structs.replace(event, text=line, lines=()) for line in event.text.split("\n") if line)
        return form.glue.join(filter(None, (_said(form, each) for each in single))) or None
    action = as_action(event.text)
    if action is None and is_ctcp(event.text):
        return None
    text = without_formatting(event.text if action is None else action)
    if event.channel is None:
        return form.fill(form.words.private, event.source, text)
    if action is not None:
        return _remark(form, event.source, text)
    return form.fill(form.words.message, event.source, text)


def _remark(form: PlainFormat, source: str, text: str) -> bytes:
    """Something that somebody does rather than says."""
    end = "\n" if form.words.message.endswith("\n") else ""
    return form.bytes_of(f"* {source.partition('!')[0]} {text}{end}")


def _redacted(form: PlainFormat, event: events.Redacted) -> bytes | None:
    return _remark(form, event.source, "apagou uma mensagem") if event.channel else None


def _edited(form: PlainFormat, event: events.Edited) -> bytes | None:
    text = f"{without_formatting(event.text)} (corrigido)"
    return form.fill(form.words.message if event.channel else form.words.private, event.source, text)


def _joined(form: PlainFormat, event: events.Joined | events.Revealed) -> bytes | None:
    return form.fill(form.words.joined, event.source)


def _renamed(form: PlainFormat, event: events.Renamed) -> bytes | None:
    # Only where somebody unnamed gets a name is it news that the dialects have words for.
    if event.source.startswith(GUEST):
        return form.fill(form.words.joined, event.nick)
    return None


def _parted(form: PlainFormat, event: events.Parted) -> bytes | None:
    return form.fill(form.words.left, event.source)


def _kicked(form: PlainFormat, event: events.Kicked) -> bytes | None:
    return form.fill(form.words.left, event.victim)


def _departed(form: PlainFormat, event: events.UserQuit) -> bytes | None:
    return form.fill(form.words.dropped if event.dropped else form.words.left, event.source)


def _never(form: PlainFormat, event: AnyEvent) -> bytes | None:
    del form, event
    return None


LINES: dict[type, Callable[[PlainFormat, Any], bytes | None]] = {
    events.MessageSent: _said,
    events.Joined: _joined,
    events.Revealed: _joined,
    events.Renamed: _renamed,
    events.Parted: _parted,
    events.Kicked: _kicked,
    events.UserQuit: _departed,
    events.ModesChanged: _never,
    events.TopicSet: _never,
    events.Invited: _never,
    events.InviteSeen: _never,
    events.Knocked: _never,
    events.AwaySet: _never,
    events.RealnameSet: _never,
    events.HostSet: _never,
    events.UserModesSet: _never,
    events.UserConnected: _never,
    events.MarkerSet: _never,
    events.Redacted: _redacted,
    events.Edited: _edited,
    events.LoggedIn: _never,
    events.ChannelRenamed: _never,
    events.MetadataSet: _never,
    events.RecordKept: _never,
    events.RecordDropped: _never,
    events.NodeLost: _never,
    events.NodeBack: _never,
    events.Killed: _never,
    events.WallopsSent: _never,
    events.ServerNoticed: _never,
}
"""One for every event: a test walks them all."""
