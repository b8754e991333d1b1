"""What the keys and the slash commands do beyond writing: choose, search, look somebody up, send a file."""

from __future__ import annotations

import asyncio
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual.binding import Binding

from papo.client import files
from papo.client.commands import Dialog, example
from papo.client.session.answers import Answer
from papo.client.state import history, search, send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.client.text import emoji
from papo.client.text.markup import plain, runs
from papo.i18n import _
from papo.protocol.commands import COMMANDS
from papo.protocol.irc import Line
from papo.terminal import drafts
from papo.terminal.dialogs import Choice, Chooser, Field, Form, Reading, fitting
from papo.terminal.refusals import keep_password
from papo.terminal.rows import clock, day_name
from papo.terminal.timeline import Timeline

if TYPE_CHECKING:
    from papo.terminal.app import ChatApp


# --- messages


async def act(app: ChatApp, what: str, entry: BufferLine, detail: str) -> None:
    """Do something with a message."""
    network, buffer = app.network, app.buffer
    if network is None or buffer is None:
        return
    if entry.pending == "failed" and what in {"reply", "edit"}:
        send.retry(network, buffer, entry.nonce)
    elif entry.pending and what == "delete":
        send.give_up(network, buffer, entry.nonce)
    elif what == "reply":
        if not send.can_react(network, entry):
            app.note(_("This cannot be answered here."), "error")
            return
        if app.edits is not None:
            drafts.take_up(app)
        app.context(entry, None)
        app.timeline.action_leave()
    elif what in {"react", "toggle"}:
        await _react(app, network, buffer, entry, detail)
    elif what == "edit":
        begin_edit(app, network, entry)
    elif what == "delete":
        await _delete(app, network, buffer, entry)
    elif what == "copy":
        app.copy_to_clipboard("".join(run.text for run in runs(entry.text)))
        app.note(_("Copied."))
    elif what == "open":
        link = next((run.link for run in runs(entry.text) if "://" in run.link), "")
        if link:
            webbrowser.open(link)
    elif what == "quoted" and entry.reply_to:
        go_to(app, network, buffer, entry.reply_to)
    elif what == "join":
        network.join(detail)
    elif what == "nick":
        await _person(app, network, detail)
    if entry not in (app.reply_to, app.edits):
        app.timeline.gives_way = False


async def _react(app: ChatApp, network: Network, buffer: Buffer, entry: BufferLine, chosen: str) -> None:
    if not send.can_react(network, entry):
        app.note(_("This server knows no reactions."), "error")
        return
    found: str | None = chosen
    if not chosen:

        def choices(typed: str) -> list[Choice]:
            rows = emoji.search(typed, 60)
            if not typed:
                rows = [*filter(None, map(emoji.named, emoji.USUAL)), *rows]
            return [Choice(each.emoji, Text(f"{each.emoji}  {each.name}")) for each in rows]

        found = await app.push_screen_wait(Chooser(_("React"), _("heart, thumbs up, party…"), choices))
    if found:
        send.react(network, buffer, entry, found)


async def _delete(app: ChatApp, network: Network, buffer: Buffer, entry: BufferLine) -> None:
    if not send.can_delete(network, buffer, entry):
        app.note(_("This message cannot be deleted."), "error")
        return
    about = one_line(entry.text)[:200]
    if await app.push_screen_wait(Form(_("Delete this message for everybody?"), about, [], _("Delete"))) is not None:
        send.delete(network, buffer, entry, lambda wrong: app.note(wrong, "error"))


def begin_edit(app: ChatApp, network: Network, entry: BufferLine) -> None:
    """Put a message into the composer, to be written anew."""
    if not send.can_edit(network, entry):
        app.note(_("This message cannot be edited."), "error")
        return
    drafts.put_aside(app)
    app.context(None, entry)
    app.composer.put(entry.text)
    app.timeline.action_leave()


def edit_last(app: ChatApp) -> None:
    """What we said last."""
    network, buffer = app.network, app.buffer
    if network is None or buffer is None:
        return
    for entry in reversed(buffer.lines[-200:]):
        if send.can_edit(network, entry):
            begin_edit(app, network, entry)
            return


def finish_edit(app: ChatApp, network: Network, buffer: Buffer, entry: BufferLine, text: str) -> None:
    """Send the new text."""
    if "\n" in text:
        app.note(_("A message that is edited has one line. Delete it, and write it anew."), "error")
        return

    def done(wrong: str) -> None:
        if wrong:
            app.note(wrong, "error")
            return
        if app.edits is entry:
            drafts.take_up(app)

    send.edit(network, buffer, entry, text, done)


def go_to(app: ChatApp, network: Network, buffer: Buffer, msgid: str) -> None:
    """Show a message that may be far back."""

    def arrived(entry: BufferLine | None) -> None:
        if entry is None:
            app.note(_("This message is not there any more."), "error")
        elif app.buffer is buffer:
            app.timeline.focus()
            app.timeline.show_entry(entry)
        app.changed()

    history.jump(network, buffer, f"msgid={msgid}", arrived)


# --- dialogs


async def dialog(app: ChatApp, name: Dialog, words: str) -> None:
    """Show more than a conversation."""
    network, buffer = app.network, app.buffer
    if name == "help":
        await app.push_screen_wait(Reading(_("Help"), help_text(app)))
    elif name == "themes":
        await _themes(app)
    elif network is None or buffer is None:
        return
    elif name == "person":
        await _person(app, network, words.split(maxsplit=1)[0])
    elif name == "rooms":
        await _rooms(app, network)
    elif name == "search":
        await _search(app, network, buffer, words)
    elif name == "login":
        await _login(app, network, words)
    elif name == "upload":
        upload(app, network, buffer, words)


def help_text(app: ChatApp) -> Text:
    """Keys, then commands."""
    text = Text()
    text.append(_("Keys") + "\n", "bold")
    rows = [(binding.key, _(binding.description)) for binding in app.BINDINGS if isinstance(binding, Binding)]
    rows.append(("up", _("edit what you said last, in an empty line")))
    rows.append(("ctrl+j", _("begin a new line")))
    rows.append(("tab", _("complete a nick, #channel, :emoji: or /command")))
    for key, about in rows:
        text.append(f"  {key.split(',')[0]:<16}", app.look.accent)
        text.append(f"{about}\n")
    text.append("\n" + _("With a message chosen") + "\n", "bold")
    for binding in Timeline.BINDINGS:
        if isinstance(binding, Binding):
            text.append(f"  {binding.key.split(',')[-1].replace('question_mark', '?'):<16}", app.look.accent)
            text.append(f"{_(binding.description)}\n")
    text.append("\n" + _("Commands") + "\n", "bold")
    for each in COMMANDS:
        text.append(f"  {example(each)}".ljust(34), app.look.accent)
        text.append(f" {_(each.about)}\n")
    text.append("\n" + _("Formatting") + "\n", "bold")
    text.append("  **bold**  *italic*  `code`  ```block```  > quote\n")
    return text


async def palette(app: ChatApp) -> None:
    """Conversations, people, commands, by a few letters."""
    rows: list[Choice] = []
    where: dict[str, tuple[Network, Buffer]] = {}
    for network in app.networks:
        for buffer in [*network.conversations(), network.server]:
            key = f"go {len(where)}"
            where[key] = (network, buffer)
            text = Text(plain(buffer.name) or plain(network.title))
            if len(app.networks) > 1:
                text.append(f"  {plain(network.title)}", app.look.dim)
            if buffer.unread:
                text.append(f"  {buffer.unread}", app.look.mention_mark if buffer.mentions else app.look.dim)
            rows.append(Choice(key, text, plain(buffer.name)))
    for command in COMMANDS:
        text = Text(example(command))
        text.append(f"  {_(command.about)}", app.look.dim)
        rows.append(Choice(f"/{command.name}", text, f"/{command.name} {_(command.about)}"))
    rows.append(Choice("themes", Text(_("Colours")), _("Colours")))
    if app.network is not None and app.buffer is not None:
        rows += [
            Choice(f"nick {member.nick}", Text(f"@{plain(member.nick)}"), member.nick)
            for member in list(app.buffer.members.values())[:500]
        ]
    found = await app.push_screen_wait(
        Chooser(_("Go to, or do"), _("a conversation, a person, a command"), lambda typed: fitting(rows, typed))
    )
    if found is None:
        return
    if found in where:
        app.show(*where[found])
    elif found == "themes":
        await _themes(app)
    elif found.startswith("nick ") and app.network is not None:
        app.show(app.network, app.network.open(found[5:]))
    else:
        app.composer.put(f"{found} ")
        app.composer.focus()


async def _themes(app: ChatApp) -> None:
    rows = [Choice(name, Text(name)) for name in app.themes()]
    found = await app.push_screen_wait(Chooser(_("Colours"), "", lambda typed: fitting(rows, typed)))
    if found:
        app.theme = app.chosen.theme = found
        app.keep()


async def _person(app: ChatApp, network: Network, nick: str) -> None:
    """Who somebody is, as far as the server tells."""
    answered: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
    if network.address.is_classroom or network.status != "online":
        answered.set_result([])
    else:
        network.session.ask("WHOIS", nick, then=lambda found: None if answered.done() else answered.set_result(found))
    try:
        found = await asyncio.wait_for(answered, 10)
    except TimeoutError:
        found = None
    text = Text()
    known = network.find_user(nick)
    if known is not None and known.realname:
        text.append(f"{plain(known.realname)}\n")
    if known is not None and known.account:
        text.append(_("Account: {account}").format(account=plain(known.account)) + "\n")
    for line in found or ():
        said = told_by_whois(line)
        if said:
            text.append(said + "\n", app.look.dim)
    await app.push_screen_wait(Reading(plain(nick), text))


def told_by_whois(line: Line) -> str:
    """What a numeric says of somebody; "" where it says nothing to people."""
    if not line.command.isdecimal() or line.command == "318":
        return ""
    words = line.params[2:]
    if line.command == "311" and len(words) > 1:
        return plain("@".join(words[:2]))
    numbers = [int(word) for word in words[:2] if word.isdecimal() and len(word) < 11]
    if line.command == "317" and len(numbers) == 2:
        since = f"{day_name(numbers[1] * 1000)} {clock(numbers[1] * 1000)}"
        silent = _("{hours} h {minutes} min").format(hours=numbers[0] // 3600, minutes=numbers[0] // 60 % 60)
        return _("here since {since}; silent for {silent}").format(since=since, silent=silent)
    return plain(" ".join(words))


async def _rooms(app: ChatApp, network: Network) -> None:
    def choices(typed: str) -> list[Choice]:
        rows = []
        for room in sorted(network.channel_list or (), key=lambda each: -each.users):
            text = Text(plain(room.name))
            text.append(f"  {room.users}  {one_line(room.topic)}", app.look.dim)
            rows.append(Choice(room.name, text))
        return fitting(rows, typed)

    chooser = Chooser(_("Channels"), _("part of a name or a topic"), choices)
    watch = app.set_interval(0.5, lambda: chooser.renew() if chooser.is_mounted else None)
    found = await app.push_screen_wait(chooser)
    watch.stop()
    if found:
        network.join(found)


async def _search(app: ChatApp, network: Network, buffer: Buffer, words: str) -> None:
    if not search.can_search(network):
        app.note(_("This server cannot look things up."), "error")
        return
    results: list[tuple[str, BufferLine]] = []
    asked = [""]

    def choices(typed: str) -> list[Choice]:
        if typed != asked[0]:
            asked[0] = typed
            query = {"text": typed, **({"in": buffer.name} if buffer.kind == "channel" else {})}
            search.search(network, query, arrived)
        rows = []
        for target, entry in results:
            text = Text(f"{day_name(entry.at_ms)} {clock(entry.at_ms)} ", app.look.dim)
            text.append(f"{plain(entry.nick)}: ", app.look.nick(entry.nick))
            text.append(one_line(entry.text)[:300])
            rows.append(Choice(f"{target} {entry.id}", text))
        return rows

    def arrived(found: list[tuple[str, BufferLine]] | None, wrong: str) -> None:
        results[:] = found or []
        if wrong:
            app.note(wrong, "error")
        elif not results:
            app.note(_("Nothing found."))
        if chooser.is_mounted:
            chooser.renew()

    chooser = Chooser(_("Search"), _("words, then Enter"), choices, typed=words, waits=True)
    found = await app.push_screen_wait(chooser)
    if found:
        target, _space, msgid = found.partition(" ")
        where = network.open(target)
        app.show(network, where)
        go_to(app, network, where, msgid)


async def _login(app: ChatApp, network: Network, words: str) -> None:
    fields = [Field("account", _("Account"), words or network.nick), Field("password", _("Password"), secret=True)]
    answer = await app.push_screen_wait(Form(_("Sign in"), "", fields, _("Sign in")))
    if answer and answer["password"]:
        network.log_in(answer["account"], answer["password"])
        keep_password(app, network, answer["account"], answer["password"])


# --- files


def upload(app: ChatApp, network: Network, buffer: Buffer, words: str) -> None:
    """Send a file into a conversation."""
    url = files.filehost(network)
    path = Path(words.strip().strip("'\"")).expanduser()
    if not url:
        app.note(_("This server takes no files."), "error")
        return
    if not path.is_file():
        app.note(_("{path}: there is no such file.").format(path=path), "error")
        return

    def progress(share: float) -> None:
        app.uploading = _("sending {name}: {percent} %").format(name=path.name, percent=round(share * 100))
        app.changed()

    async def go(token: str) -> None:
        try:
            pinned = app.certificates.pin(network.address)
            link = await files.send(url, token, path, progress, pinned=pinned)
            send.say(network, buffer, link)
        except files.NotSentError as error:
            app.note(str(error), "error")
        finally:
            app.uploading = ""
            app.changed()

    def start(token: str) -> None:
        app.run_worker(go(token))

    files.ask_token(network, buffer.name, start)
