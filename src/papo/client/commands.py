"""The slash commands: one table for doing, completing and explaining them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

import msgspec

from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.i18n import N_, _

Dialog: TypeAlias = Literal["help", "person", "rooms", "search", "upload", "login", "servers", "themes", "settings"]


class Frontend(Protocol):
    """What a command needs of the program around it."""

    def show(self, network: Network, buffer: Buffer) -> None:
        """Show a conversation."""

    def dialog(self, name: Dialog, words: str) -> None:
        """Show more than a conversation."""

    def connect(self, address: str) -> None:
        """Go to another server; raises NotAnAddressError."""

    def leave(self, network: Network, reason: str) -> None:
        """Leave a server; the program ends with the last one."""


class Invocation(msgspec.Struct):
    """A command as it was typed."""

    frontend: Frontend
    network: Network
    buffer: Buffer
    words: list[str]
    """Those after the command."""
    rest: str
    """All of them as they were typed."""

    def after_first(self) -> str:
        """The rest without its first word."""
        return self.rest[len(self.words[0]) :].strip() if self.words else ""


class Command(msgspec.Struct, frozen=True):
    """A row of the table. `run` may return what is wrong."""

    name: str
    usage: str
    about: str
    run: Callable[[Invocation], str | None]
    least: int = 0
    """Words that it needs."""
    also: tuple[str, ...] = ()
    offline: bool = False
    """Works without a connection."""
    lesson: bool = False
    """Works with a classroom server too."""
    here: bool = False
    """Is about the conversation it is typed in."""

    @property
    def example(self) -> str:
        """How it is used, in the language of the process: `/kick nick [reason]`."""
        return f"/{self.name} {_(self.usage)}" if self.usage else f"/{self.name}"


def _join(call: Invocation) -> None:
    name = call.words[0]
    if not call.network.is_channel(name):
        name = f"#{name}"
    call.network.join(name, call.words[1] if len(call.words) > 1 else "")


def _part(call: Invocation) -> None:
    buffer = call.buffer
    if buffer.kind == "server" or call.network.address.is_classroom:
        call.frontend.leave(call.network, call.rest)
    elif buffer.kind == "channel" and buffer.joined and call.network.status == "online":
        call.network.session.send("PART", buffer.name, *([call.rest] if call.rest else []))
    else:
        call.network.close(buffer.key)


def _msg(call: Invocation) -> None:
    buffer = call.network.open(call.words[0])
    send.say(call.network, buffer, call.after_first())
    call.frontend.show(call.network, buffer)


def _query(call: Invocation) -> None:
    call.frontend.show(call.network, call.network.open(call.words[0]))


def _nick(call: Invocation) -> None:
    call.network.change_nick(call.words[0])


def _topic(call: Invocation) -> None:
    if call.rest:
        call.network.session.send("TOPIC", call.buffer.name, call.rest)
    else:
        none = _("This channel has no topic. Set one with /topic and the text.")
        call.network.notify("info", call.buffer.topic or none)


def _mode(letters: str) -> Callable[[Invocation], None]:
    def run(call: Invocation) -> None:
        call.network.session.send("MODE", call.buffer.name, letters, call.words[0])

    return run


def _ban(call: Invocation) -> None:
    call.network.session.send("MODE", call.buffer.name, "+b", ban_mask(call.network, call.words[0]))


def _mute(call: Invocation) -> None:
    call.network.session.send("MODE", call.buffer.name, "+b", f"m:{ban_mask(call.network, call.words[0])}")


def _raw_mode(call: Invocation) -> None:
    words = call.words
    own = not words or words[0][0] in "+-"
    # Where the server itself speaks the modes are our own.
    call.network.session.send("MODE", *([call.buffer.name or call.network.nick, *words] if own else words))


def _kick(call: Invocation) -> None:
    call.network.session.send("KICK", call.buffer.name, call.words[0], call.after_first() or call.words[0])


def _invite(call: Invocation) -> None:
    where = call.words[1] if len(call.words) > 1 else call.buffer.name
    call.network.session.send("INVITE", call.words[0], where)


def _rename(call: Invocation) -> None:
    call.network.session.send("RENAME", call.buffer.name, call.words[0], call.after_first() or "-")


def _away(call: Invocation) -> None:
    call.network.session.send("AWAY", *([call.rest] if call.rest else []))


def _notice(call: Invocation) -> None:
    call.network.session.send("NOTICE", call.words[0], call.after_first())


def _oper(call: Invocation) -> None:
    call.network.session.send("OPER", call.words[0], call.words[1])


def _login(call: Invocation) -> None:
    if len(call.words) > 1:
        call.network.session.registration.log_in(call.words[0], call.after_first())
    else:
        call.frontend.dialog("login", call.rest)


def _list(call: Invocation) -> None:
    call.network.channel_list = None
    call.network.session.send("LIST")
    call.frontend.dialog("rooms", "")


def _say_action(call: Invocation) -> str | None:
    if call.buffer.kind == "server":
        return nobody_reads()
    send.say(call.network, call.buffer, f"\x01ACTION {call.rest}\x01")
    return None


def _hush(call: Invocation) -> None:
    network, buffer = call.network, call.buffer
    buffer.muted = not buffer.muted
    (network.muted.add if buffer.muted else network.muted.discard)(buffer.key)
    network.listener.buffers_changed(network)
    network.changed()


def _quote(call: Invocation) -> None:
    call.network.session.write(" ".join(call.rest.splitlines()))


def _dialog(name: Dialog) -> Callable[[Invocation], None]:
    return lambda call: call.frontend.dialog(name, call.rest)


COMMANDS: tuple[Command, ...] = (
    Command("join", N_("#channel [key]"), N_("Join a channel, or make it."), _join, least=1, also=("j", "entrar")),
    Command(
        "part",
        N_("[reason]"),
        N_("Leave this channel, or close this conversation."),
        _part,
        also=("leave",),
        offline=True,
    ),
    Command("msg", N_("nick text"), N_("Write to one person."), _msg, least=2, also=("w", "tell"), offline=True),
    Command("query", N_("nick"), N_("Open a conversation with one person."), _query, least=1, also=("dm",)),
    Command("me", N_("text"), N_("Say what you are doing: /me waves."), _say_action, least=1, offline=True),
    Command("notice", N_("target text"), N_("Send a notice, which nothing answers automatically."), _notice, least=2),
    Command("nick", N_("name"), N_("Take another nick."), _nick, least=1),
    Command("topic", N_("[text]"), N_("Set the topic of this channel."), _topic, here=True),
    Command("rename", N_("#name [reason]"), N_("Give this channel another name."), _rename, least=1, here=True),
    Command("away", N_("[text]"), N_("Go away; without a text, come back."), _away),
    Command("invite", N_("nick"), N_("Invite somebody into this channel."), _invite, least=1, here=True),
    Command("kick", N_("nick [reason]"), N_("Put somebody out of this channel."), _kick, least=1, here=True),
    Command("ban", N_("nick"), N_("Keep somebody out of this channel."), _ban, least=1, here=True),
    Command("unban", N_("mask"), N_("Let somebody in again."), _mode("-b"), least=1, here=True),
    Command("mute", N_("nick"), N_("Let somebody read, and not write."), _mute, least=1, here=True),
    Command("op", N_("nick"), N_("Make somebody an operator of this channel."), _mode("+o"), least=1, here=True),
    Command("deop", N_("nick"), N_("Take that away again."), _mode("-o"), least=1, here=True),
    Command("voice", N_("nick"), N_("Let somebody speak where only some may."), _mode("+v"), least=1, here=True),
    Command("devoice", N_("nick"), N_("Take that away again."), _mode("-v"), least=1, here=True),
    Command("mode", N_("[target] letters [words]"), N_("Change modes, as IRC has them."), _raw_mode),
    Command("whois", N_("nick"), N_("Who somebody is."), _dialog("person"), least=1),
    Command("list", "", N_("Show all channels."), _list, also=("channels",)),
    Command("search", N_("[words]"), N_("Find what was said."), _dialog("search")),
    Command(
        "upload", N_("path"), N_("Send a file into this conversation."), _dialog("upload"), least=1, also=("send",)
    ),
    Command(
        "clear",
        "",
        N_("Clear the screen; nothing is deleted."),
        lambda call: call.buffer.clear(),
        offline=True,
        lesson=True,
    ),
    Command(
        "hush", "", N_("Be called no more for this conversation, or again."), _hush, also=("silenciar",), offline=True
    ),
    Command("login", N_("[account] [password]"), N_("Sign in to an account."), _login, also=("identify",)),
    Command("oper", N_("name password"), N_("Become an operator of the server."), _oper, least=2),
    Command(
        "connect",
        N_("address"),
        N_("Go to another server as well."),
        lambda call: call.frontend.connect(call.rest),
        least=1,
        offline=True,
        lesson=True,
        also=("server",),
    ),
    Command(
        "reconnect",
        "",
        N_("Connect again, now."),
        lambda call: call.network.reconnect(),
        also=("reconectar",),
        offline=True,
        lesson=True,
    ),
    Command("quote", N_("line"), N_("Send a line of IRC as it is."), _quote, least=1, also=("raw",)),
    Command(
        "quit",
        N_("[reason]"),
        N_("Leave the server."),
        lambda call: call.frontend.leave(call.network, call.rest),
        also=("sair", "close", "exit"),
        offline=True,
        lesson=True,
    ),
    Command(
        "help", "", N_("Show shortcuts and commands."), _dialog("help"), also=("ajuda",), offline=True, lesson=True
    ),
)


def find(name: str) -> Command | None:
    """A command by one of its names, without the slash."""
    wanted = name.lower()
    return next((each for each in COMMANDS if wanted == each.name or wanted in each.also), None)


def nobody_reads() -> str:
    """What is wrong with talking to the server itself."""
    return _("Nobody reads this. Choose a conversation first, or type /join #channel.")


def ban_mask(network: Network, nick: str) -> str:
    """Everybody from the same place as this nick."""
    if re.search(r"[!@*:]", nick):
        return nick
    known = network.find_user(nick)
    host = known.host.partition("@")[2] if known is not None else ""
    return f"*!*@{host}" if host else f"{nick}!*@*"


def enter(frontend: Frontend, network: Network, buffer: Buffer, text: str, *, reply_to: str = "") -> str:
    """Do what was typed: a command, or something to say; `//text` says `/text`. Gives what was wrong, or ""."""
    if not text.startswith("/") or text.startswith("//") or "\n" in text:
        if buffer.kind == "server":
            return nobody_reads()
        if buffer.kind == "channel" and not buffer.joined and network.status == "online":
            return _("You are not in this channel.")
        if network.address.is_classroom and network.status != "online":
            return _("You are offline; a server of this kind keeps nothing for later.")
        send.say(network, buffer, text[1:] if text.startswith("//") else text, reply_to=reply_to)
        return ""
    name, _space, rest = text[1:].partition(" ")
    command = find(name)
    if command is None:
        return _("There is no command /{name}. Type /help to see them, or // to begin a message with a slash.").format(
            name=name
        )
    if network.address.is_classroom and not command.lesson and command.name not in {"part", "me"}:
        return _("A server of this kind knows no /{name}.").format(name=command.name)
    words = rest.split()
    if len(words) < command.least:
        return _("Use it so: /{name} {usage}").format(name=command.name, usage=_(command.usage))
    if network.status != "online" and not command.offline:
        return _("You are offline; try again when the connection is back.")
    if command.here and buffer.kind == "server" and not (command.run is _invite and len(words) > 1):
        return nobody_reads()
    return command.run(Invocation(frontend, network, buffer, words, rest.strip())) or ""
