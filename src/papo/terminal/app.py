"""The program `papo chat`: its parts on the screen, its keys, and drawing changes at most thirty times a second."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.theme import BUILTIN_THEMES

from papo.client.commands import Dialog
from papo.client.settings import Settings
from papo.client.state import history, search
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.i18n import _
from papo.terminal.actions import MessageActions
from papo.terminal.columns import Column, Conversations, Members
from papo.terminal.composer import Composer
from papo.terminal.dialogs.channel_list import ChannelList
from papo.terminal.dialogs.chooser import act
from papo.terminal.dialogs.help import help_dialog
from papo.terminal.dialogs.palette import palette, themes
from papo.terminal.dialogs.search import Search
from papo.terminal.dialogs.user_card import UserCard
from papo.terminal.keys import KEYS, NOT_IN_DIALOGS
from papo.terminal.networks import Networks
from papo.terminal.prompts import Prompts
from papo.terminal.start import Start
from papo.terminal.status import Header, StatusBar, TypingLine
from papo.terminal.theme import DARK, LIGHT, PLAIN, TextStyles
from papo.terminal.timeline import Timeline
from papo.terminal.toasts import Toasts
from papo.terminal.uploads import Uploads
from papo.ui.networks import first_conversation
from papo.ui.sentences import excerpt

FRAME_S = 1 / 30


class ChatApp(App[None]):
    """All networks, one of their conversations on the screen. Is their `Listener`, and the `Frontend` of commands."""

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
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(self, *, folder: Path | None, settings: Settings, start: Start | None, ansi: bool = False) -> None:
        """`folder`: for settings, certificates and outbox (None: nothing is kept). `start`: where to connect (None:
        nowhere). `ansi`: the terminal has 16 colours or fewer.
        """
        super().__init__()
        self.networks = Networks(folder, settings, self)
        self.toasts = Toasts(self)
        self.uploads = Uploads(self, self.networks.certificates, self.toasts, self.changed)
        self.prompts = Prompts(self, self, self.networks, self.toasts)
        self.timeline = Timeline(id="timeline")
        self.composer = Composer(self, self.toasts, id="composer")
        self.conversations = Conversations(id="conversations")
        self.members = Members(id="members")
        self.status_bar = StatusBar(id="status")
        self.message_actions = MessageActions(self, self, self.timeline, self.composer, self.toasts)
        self.shown: tuple[Network, Buffer] | None = None
        """The conversation in the timeline."""
        self.text_styles: TextStyles
        self._header = Header(id="header")
        self._typing = TypingLine(id="typing")
        self._start = start
        self._ansi = ansi
        self._has_focus = True
        """The terminal has the focus, as far as it tells."""
        self._frame_is_due = False
        self._drawn: tuple[object, ...] = ()

    # --- the screen

    def compose(self) -> ComposeResult:
        """Conversations, the one that is shown, its members; beneath them the status bar."""
        with Horizontal(id="main"):
            yield self.conversations
            with Vertical(id="conversation"):
                yield self._header
                yield self.timeline
                yield self._typing
                yield self.composer
            yield self.members
        yield self.status_bar

    async def on_mount(self) -> None:
        """Choose the theme, then connect."""
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        settings = self.networks.settings
        wanted = PLAIN if self._ansi else settings.theme
        self.theme = wanted if wanted in self.available_themes else DARK.name
        self.theme_changed_signal.subscribe(self, lambda _theme: self.restyle())
        self.timeline.shows_events = settings.shows_joins
        self.composer.sends_typing = settings.sends_typing
        self.composer.input.focus()
        self.set_interval(1.0, self.tick)
        self.restyle()
        if self._start is not None:
            self.run_worker(self._start.run(self, self, self.networks, self.prompts), exit_on_error=True)
        # A full collection walks through all of Textual and stops the screen for 60 ms: what there is now stays.
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)

    def restyle(self) -> None:
        """Draw everything in the colours of the theme."""
        self.text_styles = styles = TextStyles(self.current_theme, self.theme_variables)
        for column in (self.conversations, self.members):
            column.text_styles = styles
        self.timeline.restyle(styles)
        self.composer.restyle(styles)
        self._drawn = ()
        self.changed()

    def frame(self) -> None:
        """Draw what has changed."""
        self._frame_is_due = False
        if not self.is_running or self._exit:
            return
        network = self.shown[0] if self.shown is not None else None
        unsent = self.networks.unsent(network) if network is not None else 0
        self.status_bar.show_network(network, self.networks.all, unsent=unsent, upload=self.uploads.progress)
        if self.shown is None:
            return
        network, buffer = self.shown
        self._mark_read(network, buffer)
        drawn = (buffer, buffer.revision)
        if drawn != self._drawn:
            self._drawn = drawn
            self.timeline.refresh()
        self.conversations.show(self.networks.all, buffer)
        self.members.show(network, buffer)
        self._header.show_buffer(network, buffer, self.text_styles)
        self._typing.show_buffer(buffer, self.text_styles, follows=self.timeline.follows)

    def _mark_read(self, network: Network, buffer: Buffer) -> None:
        """What is on the screen of a terminal with the focus is read."""
        if not (self._has_focus and self.timeline.follows and len(self.screen_stack) == 1):
            network.visible.discard(buffer.key)
            return
        network.visible.add(buffer.key)
        is_newer = bool(buffer.lines) and buffer.lines[-1].at_ms > buffer.read_at_ms
        if buffer.unread or buffer.mentions or is_newer:
            history.mark_read(network, buffer)

    def tick(self) -> None:
        """A second has passed."""
        self.networks.tick()
        accepted = self.networks.unsaved_passwords.take_accepted()
        if accepted:
            self.run_worker(self._save_passwords(accepted))
        if self.members.behind or any(each.status == "waiting" for each in self.networks.all):
            self.changed()

    async def _save_passwords(self, accepted: Sequence[tuple[str, str, str]]) -> None:
        if await self.networks.save_passwords(accepted):
            self.toasts.add(_("The password is kept in this system's keyring."))

    async def action_quit(self) -> None:
        """Quit every network, keep what there is to keep, and end."""
        await self.networks.close()
        self.exit()

    # --- `Listener`: what networks report

    def changed(self) -> None:
        """Draw with the next frame."""
        if not self._frame_is_due and self.is_running:
            self._frame_is_due = True
            self.set_timer(FRAME_S, self.frame)

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        """Show a toast."""
        _unused = network
        self.toasts.add(text, kind)

    def highlight(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """Ring the bell and show a toast, if the user wants to be notified."""
        _unused = network
        if self.networks.settings.notifies:
            self.bell()
            self.toasts.add(f"{buffer.name} · {line.nick}: {excerpt(line.text)}")

    def message(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """The next frame shows it."""

    def buffers_changed(self, network: Network) -> None:
        """Keep what is open; if the conversation that is shown was closed, show another one."""
        self.networks.remember(network)
        if self.shown is not None and self.shown[0] is network and self.shown[1] not in network.buffers.values():
            self.show(network, first_conversation(network))

    def refused(self, network: Network, code: str, text: str) -> None:
        """Ask the user what to do."""
        self.run_worker(self.prompts.refused(network, code, text))

    # --- `Frontend`: what commands ask for

    def show(self, network: Network, buffer: Buffer) -> None:
        """Show a conversation."""
        if self.shown is not None:
            if self.shown[1] is buffer:
                return
            self.shown[0].visible.discard(self.shown[1].key)
        self.shown = (network, buffer)
        buffer.line_at_ms = buffer.read_at_ms if buffer.unread else 0
        self.timeline.show(network, buffer)
        self.composer.show_buffer(network, buffer)
        self.composer.input.focus()
        if self._has_focus:
            network.visible.add(buffer.key)
        self._drawn = ()
        self.changed()

    def dialog(self, name: Dialog, words: str) -> None:
        """Open a dialog."""
        styles = self.text_styles
        if name == "help":
            self.push_screen(help_dialog(KEYS, Timeline.BINDINGS, styles))
        elif name == "themes":
            self.push_screen(themes(self._theme_names(), self._choose_theme), act)
        if self.shown is None:
            return
        network, buffer = self.shown
        match name:
            case "user":
                self.push_screen(UserCard(network, words.split(maxsplit=1)[0], styles))
            case "channels":
                self.push_screen(ChannelList(network, styles), act)
            case "search" if search.can_search(network):
                self.push_screen(Search(network, buffer, words, self._go_to, toasts=self.toasts, styles=styles), act)
            case "search":
                self.toasts.add(_("This server does not support searching."), "error")
            case "login":
                self.run_worker(self.prompts.sign_in(network, words))
            case "upload":
                self.uploads.start(network, buffer, words)

    def connect(self, address: str) -> None:
        """Connect to another server as well. Raises NotAnAddressError."""
        network = self.networks.add_url(address, self.shown[0] if self.shown is not None else None)
        self.show(network, first_conversation(network))

    def leave(self, network: Network, reason: str) -> None:
        """Quit a network; the program ends with the last one."""
        self.networks.leave(network, reason)
        if not self.networks.all:
            self.run_worker(self.action_quit())
        elif self.shown is not None and self.shown[0] is network:
            self.show(self.networks.all[0], self.networks.all[0].server)

    def _go_to(self, buffer: Buffer, msgid: str) -> None:
        if self.shown is not None:
            network = self.shown[0]
            self.show(network, buffer)
            self.message_actions.go_to(network, buffer, msgid)

    def _theme_names(self) -> list[str]:
        return [DARK.name, LIGHT.name, *(name for name in BUILTIN_THEMES if name != "textual-ansi")]

    def _choose_theme(self, name: str) -> None:
        self.theme = self.networks.settings.theme = name
        self.networks.settings_changed()

    # --- what widgets report

    def on_composer_sent(self) -> None:
        """A message that was sent is visible: go to the newest one."""
        self.timeline.action_follow()

    def on_composer_cancelled(self) -> None:
        """Esc goes back to the newest message."""
        self.timeline.action_follow()

    def on_timeline_act(self, event: Timeline.Act) -> None:
        """Act on a message."""
        self.message_actions.run(event.action, event.line, event.detail)

    def on_timeline_typed(self, event: Timeline.Typed) -> None:
        """Focus the composer, and write there what was typed in the timeline."""
        self.composer.input.focus()
        if event.text:
            self.composer.input.insert(event.text)

    def on_timeline_moved(self) -> None:
        """The newest row may be on the screen now, and thereby read."""
        self.changed()

    def on_column_chosen(self, event: Column.Chosen) -> None:
        """A conversation or a member was clicked."""
        item = event.item
        if item.nick:
            self.dialog("user", item.nick)
        elif item.network is not None and item.buffer is not None:
            self.show(item.network, item.buffer)

    def on_app_focus(self, _event: events.AppFocus) -> None:
        """The terminal has the focus again."""
        self._has_focus = True
        self.changed()

    def on_app_blur(self, _event: events.AppBlur) -> None:
        """Another window has the focus: what comes now is unread."""
        self._has_focus = False
        if self.shown is not None:
            self.shown[1].line_at_ms = self.shown[1].read_at_ms
        self.changed()

    # --- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a dialog is open many keys belong to it."""
        return not (action in NOT_IN_DIALOGS and len(self.screen_stack) > 1) and super().check_action(
            action, parameters
        )

    def action_palette(self) -> None:
        """Open the palette."""
        self.push_screen(palette(self, self.networks.all, self.shown, self.composer.put, self.text_styles), act)

    def action_search(self) -> None:
        """Open the search."""
        self.dialog("search", "")

    def action_help(self) -> None:
        """Open the help."""
        self.dialog("help", "")

    def action_help_quit(self) -> None:
        """Explain Ctrl+C, which would quit in one program and copy in another."""
        self.toasts.add(_("Ctrl+Q or /quit quits."))

    def action_column(self, name: str) -> None:
        """Show a column, or put it away."""
        (self.conversations if name == "conversations" else self.members).toggle()
        self.changed()

    def _all_conversations(self) -> list[tuple[Network, Buffer]]:
        return [(network, each) for network in self.networks.all for each in [network.server, *network.conversations()]]

    def action_step(self, by: int) -> None:
        """Show the next conversation (1) or the previous one (-1)."""
        everything = self._all_conversations()
        if everything:
            shown = self.shown[1] if self.shown is not None else None
            at = next((at for at, (_network, each) in enumerate(everything) if each is shown), 0)
            self.show(*everything[(at + by) % len(everything)])

    def action_unread(self) -> None:
        """Show the unread conversation with the most highlights."""
        unread = [each for each in self._all_conversations() if each[1].unread]
        if unread:
            self.show(*max(unread, key=lambda each: each[1].mentions))

    def action_number(self, number: int) -> None:
        """Show one of the first nine channels and people."""
        numbered = [each for each in self._all_conversations() if each[1].kind != "server"]
        if number <= len(numbered):
            self.show(*numbered[number - 1])

    def action_page(self, direction: int) -> None:
        """Scroll the timeline a page up (-1) or down (1)."""
        self.timeline.action_page(direction)

    def action_newest(self) -> None:
        """Go to the newest message and write."""
        self.timeline.action_follow()
        self.composer.input.focus()

    def action_messages(self) -> None:
        """Select a message, or the one above it."""
        if self.timeline.has_focus:
            self.timeline.action_select(-1)
        else:
            self.timeline.focus()
