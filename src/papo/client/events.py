"""What each line from the server means: one function for each command, in one table.

Sources: modern.ircdocs.horse; ircv3.net/specs/extensions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from papo.client import send
from papo.client.buffer import Buffer, Member
from papo.client.entry import LONGEST_REACTION, Entry, happened, reply_of, said, told
from papo.client.known import Room
from papo.client.parts import is_target, is_wrong, last, nick_of, param
from papo.wire.irc import Line
from papo.wire.times import from_iso

if TYPE_CHECKING:
    from papo.client.network import Network

MOST_LISTED = 50_000
"""Rows of the list of channels."""
SERVER = ""
LARGE = 1_000
"""Channels with more people than this are not asked who is away."""
WHO_TOKEN = "7"  # noqa: S105 -- tells our WHO from others
CHANNEL_ERRORS = frozenset({
    "401", "403", "404", "405", "437", "442", "443", "471", "473", "474", "475", "476", "477", "478", "480",
    "482", "489", "494",
})  # fmt: skip
"""Refusals that concern a conversation: the second parameter says which."""
NICK_ERRORS = frozenset({"431", "432", "433", "436", "437", "447"})
QUIET = frozenset({
    "002", "003", "004", "005", "219", "250", "251", "252", "253", "254", "255", "265", "266", "305", "306",
    "315", "318", "321", "323", "324", "329", "331", "333", "352", "353", "354", "366", "368", "372", "375",
    "376", "396", "422", "687", "761", "762", "766", "770", "900", "901", "903",
})  # fmt: skip
"""Numerics nobody wants to read."""


def handle(network: Network, line: Line) -> None:
    """Take one line in."""
    handler = HANDLERS.get(line.command)
    if handler is not None:
        handler(network, line)
    elif line.command.isdecimal() and line.command not in QUIET:
        _numeric(network, line)


def _numeric(network: Network, line: Line) -> None:
    rest = line.params[1:]
    text = last(line)
    if line.command in NICK_ERRORS and network.nick_refused(param(line, 1)):
        return
    about = network.buffer(rest[0]) if rest and line.command in CHANNEL_ERRORS else None
    wrong = is_wrong(line)
    if wrong and "label" in line.tags:
        return  # whoever asked says what became of it
    shown = f"{rest[0]}: {text}" if wrong and len(rest) > 1 else " ".join(rest)
    if wrong and network.session.registered:
        network.watcher.told(network, "error", shown)
    add(network, about or network.server, told("error" if wrong else "info", shown))
    if about is not None and about.key in network.joining:
        # We are not let in again: who has said something meanwhile hears why it cannot be sent.
        network.joining.discard(about.key)
        send.resend(network, about)


def place(network: Network, line: Line) -> tuple[str, str]:
    """Where a message belongs, seen from us: the conversation's name, and the sign of those it was for."""
    target = param(line, 0)
    support = network.session.support
    if support.is_channel(target):
        return target, ""
    rank, bare = support.split_prefix(target)
    if support.is_channel(bare):
        return bare, rank
    nick = nick_of(line.source)
    return (target if network.is_me(nick) else nick), ""


def is_mine(network: Network, line: Line) -> bool:
    """Whether we said it, from here or from another device."""
    if network.session.is_me(line.source.partition("!")[0]):
        return True
    account = network.session.account
    return account != "" and line.tags.get("account") == account


def add(network: Network, buffer: Buffer, fresh: Entry) -> None:
    """One more row; counts it where nobody looks on."""
    watched = buffer.key in network.watched
    if not buffer.append(fresh, watched=watched) and (not buffer.has_newer or buffer.find(fresh.id) is not None):
        return
    if fresh.is_message:
        network.watcher.heard(network, buffer, fresh)
    if fresh.mine or not fresh.is_message or fresh.waiting or buffer.kind == "server":
        return
    if fresh.at_ms <= buffer.read_at_ms or (watched and not buffer.has_newer):
        return
    buffer.unread += 1
    if buffer.kind == "person" or fresh.mention:
        buffer.mentions += 1
        if not buffer.muted:
            network.watcher.called(network, buffer, fresh)


def noticed(network: Network, buffer: Buffer, fresh: Entry) -> Entry:
    """Find out whether it is for us."""
    if fresh.mine:
        return fresh
    answered = buffer.find(fresh.reply_to) if fresh.reply_to else None
    fresh.mention = (answered is not None and answered.mine) or network.is_called(fresh.text)
    return fresh


def _privmsg(network: Network, line: Line) -> None:
    text = param(line, 1)
    if text[:1] == "\x01" and text[:8] != "\x01ACTION ":
        _ctcp(network, line)
        return
    name, rank = place(network, line)
    mine = is_mine(network, line)
    nick = nick_of(line.source)
    if "!" not in line.source and ("." in nick or not nick or param(line, 0) == "*"):
        add(network, network.server, told("notice", text))
        return
    buffer = network.buffer(name)
    if line.command == "NOTICE" and buffer is None and not mine:
        # Services and the like answer by notice: not worth a conversation, and not to be missed either.
        network.watcher.told(network, "info", f"{nick}: {text}")
        add(network, network.server, said(line, mine=mine))
        return
    if buffer is None:
        if not is_target(name):
            return
        buffer = network.open(name)
    if buffer.kind == "person" and not buffer.filled:
        network.fill(buffer)
    if buffer.typing:
        buffer.types(network.fold(nick), "", on=False)
    if _is_edit(buffer, line):
        return
    fresh = said(line, mine=mine, rank=rank)
    if fresh.nonce:
        network.outbox.remove(fresh.nonce)
    add(network, buffer, noticed(network, buffer, fresh))


def _is_edit(buffer: Buffer, line: Line) -> bool:
    """Take in a message that stands for another one. The tag is a client's: anybody can send it."""
    target = line.tags.get("+draft/edit")
    if not target:
        return False
    buffer.edit(target, param(line, 1), nick=nick_of(line.source) or "*", account=line.tags.get("account", ""))
    return True


def _ctcp(network: Network, line: Line) -> None:
    word, _space, rest = param(line, 1).strip("\x01").partition(" ")
    nick = nick_of(line.source)
    if line.command != "PRIVMSG" or network.is_me(nick) or network.is_channel(param(line, 0)):
        return
    answer = {"PING": rest, "VERSION": "Papo"}.get(word.upper(), "")
    if answer:
        network.session.send("NOTICE", nick, f"\x01{word} {answer}\x01")


def _tagmsg(network: Network, line: Line) -> None:
    buffer = network.buffer(place(network, line)[0])
    if buffer is None:
        return
    nick = nick_of(line.source)
    typing = line.tags.get("+typing") or line.tags.get("+draft/typing")
    if typing and not network.is_me(nick):
        buffer.types(network.fold(nick), nick, on=typing == "active")
    _reaction(buffer, line)


def _reaction(buffer: Buffer, line: Line) -> None:
    of = reply_of(line)
    if not of:
        return
    for names, on in ((("+draft/react", "+react"), True), (("+draft/unreact", "+unreact"), False)):
        emoji = next((line.tags[name] for name in names if line.tags.get(name)), "")
        if emoji:
            buffer.react(of, emoji[:LONGEST_REACTION], nick_of(line.source), on=on)


def _join(network: Network, line: Line) -> None:
    name, nick = param(line, 0), nick_of(line.source)
    if not is_target(name):
        return
    mine = network.is_me(nick)
    buffer = network.open(name) if mine else network.buffer(name)
    if buffer is None:
        return
    known = network.know(nick)
    known.host = line.source.partition("!")[2]
    known.bot = "bot" in line.tags
    if network.has("extended-join"):
        known.account = param(line, 1).replace("*", "")
        known.realname = param(line, 2)
    buffer.set_member(network.fold(nick), Member(nick))
    if not mine:
        add(network, buffer, happened("join", line))
        return
    buffer.name = name
    buffer.joined = True
    network.joining.discard(buffer.key)
    buffer.members = {network.fold(nick): Member(nick)}
    network.session.send("MODE", name)
    network.fill(buffer)
    if network.expected == buffer.key:
        network.expected = ""
        network.watcher.show(network, buffer)


def _leave(network: Network, buffer: Buffer, nick: str) -> None:
    if network.is_me(nick):
        buffer.joined = False
        buffer.members = {}
        buffer.people_revision += 1
    else:
        buffer.set_member(network.fold(nick), None)


def _part(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    if buffer is None:
        return
    nick = nick_of(line.source)
    _leave(network, buffer, nick)
    if network.is_me(nick):
        network.shut(buffer.key)
    else:
        add(network, buffer, happened("part", line, text=param(line, 1)))


def _kick(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    if buffer is None:
        return
    victim, text = param(line, 1), param(line, 2)
    _leave(network, buffer, victim)
    add(network, buffer, happened("kick", line, other=victim, text=text))
    if network.is_me(victim):
        network.watcher.told(network, "error", f"{buffer.name}: {text}")


def _quit(network: Network, line: Line) -> None:
    nick = nick_of(line.source)
    key = network.fold(nick)
    network.people.pop(key, None)
    for buffer in network.buffers.values():
        if key in buffer.members or buffer.key == key:
            buffer.set_member(key, None)
            gone = happened("quit", line, text=param(line, 0))
            if buffer.kind == "person":
                gone.id = ""  # the server's history of this conversation does not know it
            add(network, buffer, gone)


def _nick(network: Network, line: Line) -> None:
    old, fresh = nick_of(line.source), param(line, 0)
    if not fresh:
        return
    before, after = network.fold(old), network.fold(fresh)
    known = network.people.pop(before, None)
    if known is not None:
        known.nick = fresh
        network.people[after] = known
    for buffer in network.buffers.values():
        member = buffer.members.pop(before, None)
        if member is not None:
            buffer.set_member(after, Member(fresh, member.signs))
            add(network, buffer, happened("nick", line, other=fresh))


def _mode(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    if buffer is None or buffer.kind != "channel":
        return
    words = line.params[1:]
    _change_modes(network, buffer, words)
    add(network, buffer, happened("mode", line, other=" ".join(words)))


def _change_modes(network: Network, buffer: Buffer, words: Sequence[str]) -> None:
    support = network.session.support
    for on, letter, value in support.mode_changes(words):
        at = support.prefix_modes.find(letter)
        if at >= 0 and value is not None:
            key = network.fold(value)
            member = buffer.members.get(key)
            if member is not None:
                sign = support.prefixes[at]
                signs = "".join(each for each in support.prefixes if (on if each == sign else each in member.signs))
                buffer.set_member(key, Member(member.nick, signs))
        elif letter not in support.channel_modes[0]:
            if on:
                buffer.modes[letter] = value or ""
            else:
                buffer.modes.pop(letter, None)
    buffer.people_revision += 1


def _modes_are(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 1))
    if buffer is not None:
        buffer.modes = {}
        _change_modes(network, buffer, line.params[2:])


def _names(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 2))
    if buffer is None:
        return
    for word in param(line, 3).split():
        signs, full = network.session.support.split_prefix(word)
        nick, _bang, host = full.partition("!")
        if not nick:
            continue
        buffer.members[network.fold(nick)] = Member(nick, signs)
        if host:
            network.know(nick).host = host
    buffer.people_revision += 1


def _end_of_names(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 1))
    if buffer is not None and len(buffer.members) <= LARGE and "WHOX" in network.session.support.tokens:
        network.session.send("WHO", param(line, 1), f"%tnfar,{WHO_TOKEN}")


def _whox(network: Network, line: Line) -> None:
    if len(line.params) < 6 or line.params[1] != WHO_TOKEN:
        return
    _me, _token, nick, flags, account, realname = line.params[:6]
    known = network.know(nick)
    bot = network.session.support.tokens.get("BOT", "")
    known.away = flags.startswith("G")
    known.bot = bot != "" and bot in flags
    known.account = "" if account == "0" else account
    known.realname = realname


def _topic(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    if buffer is not None:
        buffer.topic = param(line, 1)
        add(network, buffer, happened("topic", line, text=buffer.topic))


def _topic_is(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 1))
    if buffer is not None:
        buffer.topic = param(line, 2) if line.command == "332" else ""


def _redact(network: Network, line: Line) -> None:
    buffer = network.buffer(place(network, line)[0])
    if buffer is not None:
        buffer.redact(param(line, 1))


def _edit(network: Network, line: Line) -> None:
    buffer = network.buffer(place(network, line)[0])
    if buffer is not None:
        buffer.edit(param(line, 1), param(line, 2))


def _markread(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    at = from_iso(param(line, 1).removeprefix("timestamp="))
    if buffer is None or at is None or at <= buffer.read_at_ms:
        return
    first = buffer.read_at_ms == 0
    buffer.read_at_ms = at
    if first:
        buffer.line_at_ms = at
    network.count(buffer)


def _standard(network: Network, line: Line) -> None:
    about = next((found for word in line.params[2:-1] if (found := network.buffer(word))), None)
    wrong = line.command == "FAIL"
    if wrong and param(line, 0) == "CHATHISTORY":
        return  # whoever asked goes on without
    if wrong and "label" in line.tags:
        return  # whoever asked says what became of it
    if wrong:
        network.watcher.told(network, "error", last(line))
    add(network, about or network.server, told("error" if wrong else "info", last(line)))


def _rename(network: Network, line: Line) -> None:
    if not is_target(param(line, 1)) or network.fold(param(line, 0)) == SERVER:
        return
    buffer = network.buffers.pop(network.fold(param(line, 0)), None)
    if buffer is None:
        return
    watched = buffer.key in network.watched
    network.watched.discard(buffer.key)
    buffer.name = param(line, 1)
    buffer.key = network.fold(buffer.name)
    network.buffers[buffer.key] = buffer
    if watched:
        network.watched.add(buffer.key)
    network.watcher.rooms(network)
    add(network, buffer, happened("topic", line, other=buffer.name))


def _away(network: Network, line: Line) -> None:
    known = network.know(nick_of(line.source))
    known.away, known.away_text = bool(line.params), param(line, 0)


def _account(network: Network, line: Line) -> None:
    network.know(nick_of(line.source)).account = param(line, 0).replace("*", "")


def _chghost(network: Network, line: Line) -> None:
    network.know(nick_of(line.source)).host = f"{param(line, 0)}@{param(line, 1)}"


def _setname(network: Network, line: Line) -> None:
    network.know(nick_of(line.source)).realname = param(line, 0)


def _away_text(network: Network, line: Line) -> None:
    known = network.know(param(line, 1))
    known.away, known.away_text = True, param(line, 2)


def _we_are_away(network: Network, line: Line) -> None:
    network.away = line.command == "306"


def _invite(network: Network, line: Line) -> None:
    if network.is_me(param(line, 0)):
        network.tell("info", f"{nick_of(line.source)} → {param(line, 1)}")


def _list(network: Network, line: Line) -> None:
    users = param(line, 2)
    rooms = network.list if network.list is not None else []
    if len(rooms) < MOST_LISTED:
        rooms.append(Room(param(line, 1), int(users) if users.isdecimal() and len(users) < 10 else 0, param(line, 3)))
    network.list = rooms


def _operator(network: Network, line: Line) -> None:
    network.operator = True
    add(network, network.server, told("info", last(line)))


def _say(network: Network, line: Line) -> None:
    add(network, network.server, told("error" if line.command == "ERROR" else "info", last(line)))


def _nothing(_network: Network, _line: Line) -> None:
    pass


HANDLERS: dict[str, Callable[[Network, Line], None]] = {
    "PRIVMSG": _privmsg,
    "NOTICE": _privmsg,
    "TAGMSG": _tagmsg,
    "JOIN": _join,
    "PART": _part,
    "KICK": _kick,
    "QUIT": _quit,
    "NICK": _nick,
    "MODE": _mode,
    "TOPIC": _topic,
    "REDACT": _redact,
    "EDIT": _edit,
    "RENAME": _rename,
    "MARKREAD": _markread,
    "FAIL": _standard,
    "WARN": _standard,
    "NOTE": _standard,
    "AWAY": _away,
    "ACCOUNT": _account,
    "CHGHOST": _chghost,
    "SETNAME": _setname,
    "INVITE": _invite,
    "ERROR": _say,
    "PING": _nothing,
    "PONG": _nothing,
    "CAP": _nothing,
    "AUTHENTICATE": _nothing,
    "001": _say,
    "301": _away_text,
    "305": _we_are_away,
    "306": _we_are_away,
    "322": _list,
    "324": _modes_are,
    "331": _topic_is,
    "332": _topic_is,
    "353": _names,
    "354": _whox,
    "366": _end_of_names,
    "381": _operator,
    "900": _say,
}

HAPPENED: dict[str, Callable[[Line], Entry]] = {
    "JOIN": lambda line: happened("join", line),
    "PART": lambda line: happened("part", line, text=param(line, 1)),
    "QUIT": lambda line: happened("quit", line, text=param(line, 0)),
    "KICK": lambda line: happened("kick", line, other=param(line, 1), text=param(line, 2)),
    "NICK": lambda line: happened("nick", line, other=param(line, 0)),
    "MODE": lambda line: happened("mode", line, other=" ".join(line.params[1:])),
    "TOPIC": lambda line: happened("topic", line, text=param(line, 1)),
}
"""What else than words the past holds."""
assert set(HAPPENED) <= set(HANDLERS)


def past(network: Network, buffer: Buffer, lines: Sequence[Line]) -> list[Entry]:
    """A page of the past as entries, oldest first; what changed messages is applied to them."""
    found: list[Entry] = []
    gone = set()
    for line in lines:
        if line.command in {"PRIVMSG", "NOTICE"}:
            if _is_edit(buffer, line):
                continue
            fresh = said(line, mine=is_mine(network, line), rank=place(network, line)[1])
            found.append(noticed(network, buffer, fresh))
        elif line.command == "TAGMSG":
            _reaction(buffer, line)
        elif line.command == "EDIT":
            buffer.edit(param(line, 1), param(line, 2))
        elif line.command == "REDACT":
            gone.add(param(line, 1))
            buffer.redact(param(line, 1))
        elif line.command in HAPPENED:
            found.append(HAPPENED[line.command](line))
    buffer.amend(found)
    return [each for each in found if not each.id or each.id not in gone]


def found_by_search(network: Network, line: Line) -> tuple[str, Entry]:
    """A search result: where it was said, and the row."""
    name, rank = place(network, line)
    return name, said(line, mine=is_mine(network, line), rank=rank)
