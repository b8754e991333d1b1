"""The screen of `papo chat`: what is where, and drawing what has changed at most thirty times a second."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar, Literal

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.theme import BUILTIN_THEMES
from textual.widgets import Static, TextArea

from papo.client import settings
from papo.client.address import Address, read_address
from papo.client.certificates import Certificates
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.commands import Dialog
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.networks import new_network
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox
from papo.i18n import N_, _
from papo.terminal import actions, drafts, drawing, message_input, refusals, toasts
from papo.terminal.composer import Completions, Composer
from papo.terminal.sidebar import Column, toggle
from papo.terminal.theme import DARK, LIGHT, PLAIN, Look
from papo.terminal.timeline import Timeline

FRAME_S = 1 / 30
BENEATH = frozenset({"palette", "search", "help", "column", "step", "unread", "page", "messages", "newest"})
"""Actions of the chat that rest while a window stands over it: there, their keys are the window's."""
NEWLINE_HINT = N_("Write a message. Enter sends, Ctrl+J begins a new line")


class ChatApp(App[None]):
    """All servers, one of their conversations on the screen."""

    CSS_PATH = "chat.tcss"
    TITLE = "Papo"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 -- as Textual declares it
        (0, "-narrow"),
        (72, "-middle"),
        (104, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 -- as Textual declares it
        (0, "-low"),
        (20, "-high"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+k,ctrl+p", "palette", N_("go to, or do"), priority=True),
        Binding("ctrl+f", "search", N_("search"), priority=True),
        Binding("f1", "help", N_("help"), priority=True),
        Binding("f2", "column('conversations')", N_("conversations on or off"), priority=True),
        Binding("f3", "column('members')", N_("people on or off"), priority=True),
        Binding("alt+down,ctrl+pagedown", "step(1)", N_("next conversation"), priority=True),
        Binding("alt+up,ctrl+pageup", "step(-1)", N_("previous conversation"), priority=True),
        *(Binding(f"alt+{at}", f"number({at})", show=False, priority=True) for at in range(1, 10)),
        Binding("alt+a", "unread", N_("next unread conversation"), priority=True),
        Binding("pageup", "page(-1)", N_("a page up"), priority=True),
        Binding("pagedown", "page(1)", N_("a page down"), priority=True),
        Binding("ctrl+up,shift+tab", "messages", N_("choose a message"), priority=True),
        Binding("ctrl+end", "newest", N_("newest"), priority=True),
        Binding("ctrl+q", "leave", N_("quit"), priority=True),
    ]

    def __init__(
        self,
        *,
        folder: Path | None,
        chosen: settings.Settings,
        start: Callable[[ChatApp], Awaitable[None]],
        ansi: bool = False,
    ) -> None:
        """`folder`: where settings and outbox are kept (None: nowhere); `start` is run as soon as the screen stands."""
        super().__init__()
        self.folder = folder
        self.chosen = chosen
        self.networks: list[Network] = []
        self.connections: dict[int, ServerConnection] = {}
        """By `id` of their network."""
        self.certificates = Certificates(folder / "certificates.json" if folder is not None else None)
        self.outbox = Outbox(folder / "outbox" if folder is not None else None)
        self.network: Network | None = None
        self.buffer: Buffer | None = None
        self.reply_to: BufferLine | None = None
        self.edits: BufferLine | None = None
        self.put_away: set[str] = set()
        """Columns that the user does not want to see."""
        self.uploading = ""
        self.to_keep: dict[int, tuple[str, str]] = {}
        """By `id` of a network: account and password that were typed, until the server has taken them."""
        self.asking: set[tuple[int, str]] = set()
        """Questions of servers that are on the screen."""
        self.focused_here = True
        """Whether somebody looks at this terminal, as far as it tells."""
        self._start = start
        self.drafts: dict[int, tuple[str, BufferLine | None]] = {}
        """By `id` of a conversation: what was begun to write there, and what it answers."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False
        self.seen: tuple[object, ...] = ()
        self._lines: dict[str, Text] = {}
        self._ansi = ansi
        self._dirty = False

    # --- the screen

    def compose(self) -> ComposeResult:
        """Conversations, the room, its members; one line of state."""
        with Horizontal(id="main"):
            yield Column(id="conversations")
            with Vertical(id="room"):
                yield Static(id="header", markup=False)
                yield Timeline(id="timeline")
                yield Static(id="typing", markup=False)
                yield Completions(id="completions")
                yield Static(id="context", markup=False)
                with Horizontal(id="writing"):
                    yield Static("›", id="prompt", markup=False)
                    yield Composer(id="composer")
            yield Column(id="members")
        yield Static(id="status", markup=False)

    async def on_mount(self) -> None:
        """Choose the colours, then do what this was started for."""
        self.timeline = self.query_one(Timeline)
        self.composer = self.query_one(Composer)
        self.completions = self.query_one(Completions)
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        wanted = PLAIN if self._ansi else self.chosen.theme
        self.theme = wanted if wanted in self.available_themes else DARK.name
        self.theme_changed_signal.subscribe(self, lambda _theme: self.restyle())
        self.timeline.shows_joins = self.chosen.shows_joins
        self.composer.placeholder = _(NEWLINE_HINT)
        self.composer.focus()
        self.set_interval(1.0, self.tick)
        self.restyle()
        self.run_worker(self._start(self), exit_on_error=True)
        # A full collection walks through all of Textual and stops the screen for 60 ms: what stands now stays.
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)

    def restyle(self) -> None:
        """Another theme."""
        self.look = Look(self.current_theme, self.theme_variables)
        for column in self.query(Column):
            column.look = self.look
        self.timeline.restyle(self.look)
        self.seen = ()
        self.changed()

    def themes(self) -> list[str]:
        """Those to choose from."""
        return [DARK.name, LIGHT.name, *(name for name in BUILTIN_THEMES if name != "textual-ansi")]

    # --- servers

    def add(self, address: Address, *, nick: str, account: str = "", password: str = "", rooms: list[str]) -> Network:
        """Go to a server."""
        kept = self.chosen.server(str(address))
        person = Identity(nick, account=account if password else "", password=password)
        wanted = [*dict.fromkeys([*rooms, *kept.rooms])]
        network = new_network(address, person, rooms=wanted, outbox=self.outbox, listener=self)
        network.keywords = tuple(self.chosen.keywords)
        network.muted = set(kept.muted)
        if rooms:
            network.expected = network.fold(rooms[0])
        self.networks.append(network)
        self.connect_again(network)
        self.show(network, network.room if isinstance(network, ClassroomNetwork) else network.server)
        return network

    def connect_again(self, network: Network) -> None:
        """A fresh connection."""
        connection = ServerConnection(network, certificates=self.certificates)
        self.connections[id(network)] = connection
        self._keep(connection.start())

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def connect(self, address: str) -> None:
        """Go to another server as well (for /connect)."""
        found = read_address(address)
        nick = found.nick or (self.network.nick if self.network is not None else self.chosen.nick)
        self.add(found, nick=nick, rooms=[found.room] if found.room else [])

    def leave(self, network: Network, reason: str) -> None:
        """Leave a server; the program ends with the last one."""
        network.quit(reason)
        if network in self.networks:
            self.networks.remove(network)
        if not self.networks:
            self.run_worker(self.action_leave())
        elif self.network is network:
            self.show(self.networks[0], self.networks[0].server)

    async def action_leave(self) -> None:
        """End: say goodbye everywhere, keep what is to be kept."""
        self._write()
        for network in self.networks:
            network.quit()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.5)
        self.outbox.close()
        self.exit()

    # --- what the networks tell

    def changed(self) -> None:
        """Draw at the next frame."""
        if not self._scheduled and self.is_running:
            self._scheduled = True
            self.set_timer(FRAME_S, self.frame)

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        """A note in the corner."""
        _unused = network
        self.note(text, kind)

    def note(self, text: str, kind: Literal["info", "error"] = "info") -> None:
        """A note in the corner."""
        toasts.show(self, text, kind)

    def fewer_notes(self) -> None:
        """Take away what would cover too much."""
        gone = {f"--textual-toast-{each.identity}": each for each in toasts.too_many(list(self._notifications))}
        for note in gone.values():
            self._unnotify(note, refresh=False)
        # Textual leaves the place of a note that is taken away before its time.
        for holder in self.screen.query("ToastHolder"):
            if holder.id in gone:
                holder.remove()

    def highlight(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """A mention where nobody looks."""
        _unused = network
        if self.chosen.notifies:
            self.bell()
            self.note(f"{buffer.name} · {entry.nick}: {one_line(entry.text)[:200]}")

    def message(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """It is drawn anyway."""

    def buffers_changed(self, network: Network) -> None:
        """Other conversations are open: the next start opens them again."""
        if network.was_online and not network.address.is_classroom:
            kept = self.chosen.server(str(network.address))
            kept.rooms = network.open_names()
            kept.muted = sorted(network.muted)
            self._dirty = True
        if network is self.network and self.buffer is not None and self.buffer not in network.buffers.values():
            remaining = network.conversations()
            self.show(network, remaining[0] if remaining else network.server)

    def refused(self, network: Network, code: str, text: str) -> None:
        """Only a person can help."""
        self.run_worker(refusals.ask(self, network, code, text))

    def dialog(self, name: Dialog, words: str) -> None:
        """More than a conversation (for commands)."""
        self.run_worker(actions.dialog(self, name, words))

    # --- one conversation

    def show(self, network: Network, buffer: Buffer) -> None:
        """Bring a conversation on the screen."""
        if self.buffer is buffer:
            return
        if self.buffer is not None:
            drafts.put_aside(self)
            if self.network is not None:
                self.network.visible.discard(self.buffer.key)
        self.network, self.buffer = network, buffer
        buffer.line_at_ms = buffer.read_at_ms if buffer.unread else 0
        self.timeline.show(network, buffer)
        drafts.take_up(self)
        self.completions.show(None, self.look)
        self.composer.focus()
        if self.focused_here:
            network.visible.add(buffer.key)
        self.seen = ()
        self.changed()

    def frame(self) -> None:
        """Draw what has changed."""
        self._scheduled = False
        if self.is_running and not self._exit:
            drawing.draw(self)

    def line(self, selector: str, text: Text) -> None:
        """A line of fixed height has other words: nothing needs a new place for that."""
        if self._lines.get(selector) != text:
            self._lines[selector] = text
            self.query_one(selector, Static).update(text, layout=False)

    def context(self, reply_to: BufferLine | None, edits: BufferLine | None) -> None:
        """What the next message answers, or writes anew."""
        drafts.context(self, reply_to, edits)

    def tick(self) -> None:
        """Every second."""
        for network in self.networks:
            network.tick()
            if network.account and id(network) in self.to_keep:
                self.run_worker(refusals.kept(self, network))
        behind = any(column.behind for column in self.query(Column))
        if behind or any(network.status == "waiting" for network in self.networks):
            self.changed()
        if self._dirty:
            self._dirty = False
            self._write()

    def keep(self) -> None:
        """The settings changed."""
        self._dirty = True

    def _write(self) -> None:
        if self.folder is not None:
            settings.write(self.folder, self.chosen)

    # --- writing

    def on_composer_sent(self, event: Composer.Sent) -> None:
        """Enter."""
        message_input.submit(self, event.text.rstrip())

    def on_composer_wants(self, event: Composer.Wants) -> None:
        """A key that is no letter."""
        message_input.wants(self, event.what)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Another letter."""
        if event.text_area is self.composer:
            message_input.changed(self)

    def on_option_list_option_selected(self) -> None:
        """A completion was clicked."""
        message_input.pick(self)
        self.composer.focus()

    # --- the timeline and the columns

    def on_timeline_act(self, event: Timeline.Act) -> None:
        """Something is to be done with a message."""
        self.run_worker(actions.act(self, event.what, event.entry, event.detail))

    def on_timeline_typed(self, event: Timeline.Typed) -> None:
        """Back to writing."""
        self.composer.focus()
        if event.text:
            self.composer.insert(event.text)

    def on_timeline_moved(self) -> None:
        """Whether somebody sees the newest row may have changed."""
        self.changed()

    def on_column_chosen(self, event: Column.Chosen) -> None:
        """A conversation or a person was clicked."""
        row = event.row
        if row.network is None:
            return
        if row.nick:
            self.run_worker(actions.dialog(self, "person", row.nick))
        elif row.buffer is not None:
            self.show(row.network, row.buffer)

    def on_app_focus(self, _event: events.AppFocus) -> None:
        """Somebody looks again."""
        self.focused_here = True
        self.changed()

    def on_app_blur(self, _event: events.AppBlur) -> None:
        """Nobody looks."""
        self.focused_here = False
        if self.buffer is not None:
            self.buffer.line_at_ms = self.buffer.read_at_ms
        self.changed()

    # --- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key of ours acts now."""
        return not (action in BENEATH and len(self.screen_stack) > 1) and super().check_action(action, parameters)

    async def action_palette(self) -> None:
        """Everything, by a few letters."""
        self.run_worker(actions.palette(self))

    async def action_search(self) -> None:
        """What was said."""
        self.dialog("search", "")

    async def action_help(self) -> None:
        """Keys and commands."""
        self.dialog("help", "")

    def action_help_quit(self) -> None:
        """Ctrl+C: many expect it to end the program, and some to copy."""
        self.note(_("Ctrl+Q or /quit leaves."))

    def action_column(self, name: str) -> None:
        """A column on or off."""
        toggle(self, name)
        self.changed()

    def _all(self) -> list[tuple[Network, Buffer]]:
        return [(net, each) for net in self.networks for each in [net.server, *net.conversations()]]

    def action_step(self, by: int) -> None:
        """The next conversation."""
        everything = self._all()
        if everything:
            at = next((at for at, (_net, each) in enumerate(everything) if each is self.buffer), 0)
            self.show(*everything[(at + by) % len(everything)])

    def action_unread(self) -> None:
        """The next one with something unread; mentions first."""
        waiting = [pair for pair in self._all() if pair[1].unread]
        if waiting:
            self.show(*max(waiting, key=lambda pair: pair[1].mentions))

    def action_number(self, number: int) -> None:
        """One of the first nine channels and people, from the top."""
        named = [pair for pair in self._all() if pair[1].kind != "server"]
        if number <= len(named):
            self.show(*named[number - 1])

    def action_page(self, direction: int) -> None:
        """A screen up or down."""
        self.timeline.action_page(direction)

    def action_newest(self) -> None:
        """Back to now."""
        self.timeline.action_follow()
        self.composer.focus()

    def action_messages(self) -> None:
        """Choose a message with the keys."""
        if self.timeline.has_focus:
            self.timeline.action_select(-1)
        else:
            self.timeline.focus()


def valid_nick(nick: str) -> bool:
    """Whether a server may take this nick."""
    return bool(re.fullmatch(r"[^\s:@!,#&0-9-][^\s:@!,]*", nick))
