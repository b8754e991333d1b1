"""What the slash commands do. Their names, arguments and explanations are in papo/protocol/data/commands.json."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

import msgspec

from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.i18n import _
from papo.protocol.commands import COMMANDS, Command

Dialog: TypeAlias = Literal["help", "user", "channels", "search", "upload", "login", "servers", "themes", "settings"]


class Frontend(Protocol):
    """What a command needs of the program around it."""

    def show(self, network: Network, buffer: Buffer) -> None:
        """Show a conversation."""

    def dialog(self, name: Dialog, words: str) -> None:
        """Open a dialog; `words` are the command's arguments as they were typed."""

    def connect(self, address: str) -> None:
        """Connect to another server as well. Raises NotAnAddressError."""

    def leave(self, network: Network, reason: str) -> None:
        """Leave a server. The program ends with the last one."""


class Invocation(msgspec.Struct):
    """A command as it was typed."""

    frontend: Frontend
    network: Network
    buffer: Buffer
    words: list[str]
    """Those after the command."""
    rest: str
    """All of them, with their spaces."""

    def after_first(self) -> str:
        """The rest without its first word."""
        return self.rest[len(self.words[0]) :].strip() if self.words else ""


Run: TypeAlias = Callable[[Invocation], str | None]
"""May return why it cannot be done."""


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
    # In the server's own buffer the modes are the user's.
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
    call.frontend.dialog("channels", "")


def _say_action(call: Invocation) -> str | None:
    if call.buffer.kind == "server":
        return nobody_reads()
    send.say(call.network, call.buffer, f"\x01ACTION {call.rest}\x01")
    return None


def _quote(call: Invocation) -> None:
    call.network.session.write(" ".join(call.rest.splitlines()))


def _dialog(name: Dialog) -> Callable[[Invocation], None]:
    return lambda call: call.frontend.dialog(name, call.rest)


RUN: dict[str, Run] = {
    "join": _join,
    "part": _part,
    "msg": _msg,
    "query": _query,
    "me": _say_action,
    "notice": _notice,
    "nick": lambda call: call.network.change_nick(call.words[0]),
    "topic": _topic,
    "rename": _rename,
    "away": _away,
    "invite": _invite,
    "kick": _kick,
    "ban": _ban,
    "unban": _mode("-b"),
    "mute": _mute,
    "op": _mode("+o"),
    "deop": _mode("-o"),
    "voice": _mode("+v"),
    "devoice": _mode("-v"),
    "mode": _raw_mode,
    "whois": _dialog("user"),
    "list": _list,
    "search": _dialog("search"),
    "upload": _dialog("upload"),
    "clear": lambda call: call.buffer.clear(),
    "hush": lambda call: call.network.toggle_notifications(call.buffer),
    "login": _login,
    "oper": _oper,
    "connect": lambda call: call.frontend.connect(call.rest),
    "reconnect": lambda call: call.network.reconnect(),
    "quote": _quote,
    "quit": lambda call: call.frontend.leave(call.network, call.rest),
    "help": _dialog("help"),
}
"""By the command's name."""


def find(name: str) -> Command | None:
    """A command by its name or an alias, in any case, without the slash."""
    wanted = name.lower()
    return next((each for each in COMMANDS if wanted == each.name or wanted in each.aliases), None)


def example(command: Command) -> str:
    """How a command is used, in the language of the process: `/kick nick [reason]`."""
    return f"/{command.name} {_(command.usage)}" if command.usage else f"/{command.name}"


def nobody_reads() -> str:
    """Why nothing can be said in the server's own buffer."""
    return _("Nobody reads this. Choose a conversation first, or type /join #channel.")


def ban_mask(network: Network, nick: str) -> str:
    """A mask for everybody with the host of this nick, or for the nick if the host is not known."""
    if re.search(r"[!@*:]", nick):
        return nick
    user = network.find_user(nick)
    host = user.host.partition("@")[2] if user is not None else ""
    return f"*!*@{host}" if host else f"{nick}!*@*"


def enter(frontend: Frontend, network: Network, buffer: Buffer, text: str, *, reply_to: str = "") -> str:
    """Run a command or send a message; `//text` sends `/text`. Returns why it cannot be done, or ""."""
    if not text.startswith("/") or text.startswith("//") or "\n" in text:
        if buffer.kind == "server":
            return nobody_reads()
        if buffer.kind == "channel" and not buffer.joined and network.status == "online":
            return _("You are not in this channel.")
        if network.address.is_classroom and network.status != "online":
            return _("You are offline; this kind of server keeps nothing for later.")
        send.say(network, buffer, text[1:] if text.startswith("//") else text, reply_to=reply_to)
        return ""
    name, _space, rest = text[1:].partition(" ")
    command = find(name)
    if command is None:
        return _("There is no command /{name}. Type /help to see them, or // to begin a message with a slash.").format(
            name=name
        )
    if network.address.is_classroom and not command.classroom:
        return _("This kind of server has no /{name}.").format(name=command.name)
    words = rest.split()
    if len(words) < command.min_words:
        return _("Usage: /{name} {usage}").format(name=command.name, usage=_(command.usage))
    if network.status != "online" and not command.offline:
        return _("You are offline; try again when the connection is back.")
    if command.conversation and buffer.kind == "server" and not (command.name == "invite" and len(words) > 1):
        return nobody_reads()
    return RUN[command.name](Invocation(frontend, network, buffer, words, rest.strip())) or ""
