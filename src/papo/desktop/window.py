"""The main window: connects its parts, and keeps them in step with the networks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QApplication, QFileDialog

from papo.client.state import history, send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.desktop.composer.emoji_picker import EmojiPicker
from papo.desktop.composer.message_input import local_files
from papo.desktop.dialogs.prompts import Prompt, prompt
from papo.desktop.frontend import Frontend
from papo.desktop.menus import Menus
from papo.desktop.message_actions import MessageActions
from papo.desktop.networks import Networks
from papo.desktop.panels.window_layout import WindowLayout
from papo.desktop.read_marker import ReadMarker
from papo.desktop.theme import theme
from papo.desktop.tray import Tray
from papo.i18n import _
from papo.ui import refusals, sentences
from papo.ui.networks import first_conversation

WIDTH, HEIGHT = 1100, 720


class MainWindow(WindowLayout):
    """The window of `papo desktop`."""

    def __init__(self, networks: Networks) -> None:
        super().__init__(networks)
        self.frontend = Frontend(
            self, networks, search=self.search, upload=self._upload_typed, restyle=self.restyle,
            closed=self._focus_composer,
        )  # fmt: skip
        self.build(self.frontend)
        self.menus = Menus(self, networks, self.frontend)
        self.message_actions = MessageActions(self, networks, self.frontend, self.timeline, self.composer, self.toasts)
        self.tray = Tray(self, self.show_buffer)
        self._read_marker = ReadMarker(self, networks, self.timeline)
        self._places: dict[int, tuple[BufferLine, int] | None] = {}
        """By `id` of a buffer: where the timeline was when another one was shown."""
        self._prompts: dict[int, Prompt] = {}
        """By `id` of a network."""
        self.setAcceptDrops(True)
        self.setWindowTitle("Papo")
        self._connect_networks()
        self._connect_panels()
        self._connect_conversation()
        self._add_shortcuts()
        size = networks.settings.window
        px = theme.current().px
        self.resize(QSize(*size) if len(size) == 2 else QSize(px(WIDTH), px(HEIGHT)))
        self.restyle()
        self.redraw()

    def _connect_networks(self) -> None:
        networks = self.networks
        networks.changes.connect(self.redraw)
        networks.ticked.connect(self._ticked)
        networks.show_wanted.connect(self.show_buffer)
        networks.noticed.connect(self.toasts.add)
        networks.highlighted.connect(self._notify)
        networks.message_received.connect(self._announce)
        networks.was_refused.connect(self._refused)
        networks.list_changed.connect(self._networks_changed)

    def _connect_panels(self) -> None:
        sidebar, header, frontend = self.sidebar, self.header, self.frontend
        sidebar.list.chosen.connect(lambda network, buffer: self.show_buffer(network, buffer, writes=False))
        sidebar.list.entered.connect(self._begin_writing)
        sidebar.list.menu_wanted.connect(self.menus.open_for_conversation)
        sidebar.palette_button.clicked.connect(frontend.open_palette)
        sidebar.connect_button.clicked.connect(frontend.open_connect_dialog)
        sidebar.settings_button.clicked.connect(lambda: frontend.dialog("settings", ""))
        sidebar.account.clicked.connect(lambda: frontend.dialog("settings", ""))
        self.connect_button.clicked.connect(frontend.open_connect_dialog)
        header.menu.clicked.connect(self.toggle_sidebar)
        header.search.clicked.connect(self.toggle_search)
        header.members.clicked.connect(self.toggle_members)
        header.more.clicked.connect(self._open_conversation_menu)
        self.banner.retry.clicked.connect(self._reconnect)
        self.members.chosen.connect(self._open_conversation_with)
        self.members.menu_wanted.connect(self.menus.open_for_user)
        self.search_panel.closed.connect(self.close_search)
        self.search_panel.chosen.connect(self._show_result)

    def _connect_conversation(self) -> None:
        timeline, composer, actions = self.timeline, self.composer, self.message_actions
        timeline.action_wanted.connect(actions.run)
        timeline.clicked_target.connect(actions.click)
        timeline.near_top.connect(self._load_older)
        timeline.near_end.connect(self._load_newer)
        timeline.typed.connect(self._typed)
        self.toolbar.action_wanted.connect(actions.run)
        self.newest_button.clicked.connect(actions.to_newest)
        composer.sent.connect(timeline.scroll_to_end)
        composer.edit_last_wanted.connect(actions.edit_last)
        composer.emoji_wanted.connect(self._insert_emoji)
        composer.file_wanted.connect(self._choose_files)
        composer.input.files_received.connect(self.send_files)
        composer.input.picture_received.connect(self.send_picture)
        self.uploads.failed.connect(composer.show_error)
        QApplication.styleHints().colorSchemeChanged.connect(self.restyle)

    def _add_shortcuts(self) -> None:
        for keys, act in (
            ("Ctrl+K", self.frontend.open_palette),
            ("Ctrl+F", lambda: self.search("")),
            ("F1", lambda: self.frontend.dialog("help", "")),
            ("Ctrl+,", lambda: self.frontend.dialog("settings", "")),
            ("Ctrl+N", self.frontend.open_connect_dialog),
            ("Ctrl+Q", self.close),
            ("Alt+Up", lambda: self._step(-1)),
            ("Alt+Down", lambda: self._step(1)),
            ("Alt+Shift+Up", lambda: self._step(-1, unread=True)),
            ("Alt+Shift+Down", lambda: self._step(1, unread=True)),
            ("Esc", self._escape),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(act)

    # --- which conversation

    def _begin_writing(self) -> None:
        if self.is_narrow():
            self.sidebar.hide()
        self.composer.input.setFocus()

    def _focus_composer(self) -> None:
        self.composer.input.setFocus()

    def show_buffer(self, network: Network, buffer: Buffer, *, writes: bool = True) -> None:
        """Show a conversation. `writes`: the message field gets the focus."""
        if network not in self.networks.all:
            return
        shown = self.networks.shown
        if shown is None or shown[1] is not buffer:
            self._leave_buffer()
            self.networks.shown = (network, buffer)
            buffer.line_at_ms = buffer.read_at_ms if buffer.unread else 0
            self._open_timeline(network, buffer)
            self.composer.show_buffer(network, buffer)
            self.search_panel.show_buffer(network, buffer)
            self.redraw()
        if writes:
            self._begin_writing()

    def _open_timeline(self, network: Network, buffer: Buffer) -> None:
        timeline = self.timeline
        timeline.row_model.shows_events = self.networks.settings.shows_joins
        timeline.row_model.show(network, buffer)
        place = self._places.get(id(buffer))
        timeline.open_at(place)
        if place is None:
            timeline.show_unread()
        timeline.setCurrentIndex(timeline.row_model.index(-1))

    def _leave_buffer(self) -> None:
        if self.networks.shown is not None:
            network, buffer = self.networks.shown
            self._places[id(buffer)] = self.timeline.place()
            buffer.line_at_ms = buffer.read_at_ms
            network.visible.discard(buffer.key)

    def _show_nothing(self) -> None:
        self._leave_buffer()
        self.networks.shown = None
        self.timeline.row_model.show(None, None)
        self.timeline.reset_layouts()
        self.composer.show_buffer(None, None)

    def _networks_changed(self) -> None:
        """A network was added or left: show one that is there."""
        if self.networks.shown is not None and self.networks.shown[0] not in self.networks.all:
            self._show_nothing()
        if self.networks.shown is None and self.networks.all:
            network = self.networks.all[0]
            self.show_buffer(network, first_conversation(network))
        self.redraw()

    def _step(self, by: int, *, unread: bool = False) -> None:
        """Show the next conversation of the sidebar (1) or the previous one (-1); with `unread` only unread ones."""
        places = self.sidebar.list.places()
        shown = self.networks.shown
        at = next((n for n, each in enumerate(places) if shown is not None and each[1] is shown[1]), 0)
        for n in range(1, len(places) + 1):
            network, buffer = places[(at + by * n) % len(places)]
            if (buffer.unread and not buffer.notifications_off) if unread else buffer.kind != "server":
                self.show_buffer(network, buffer)
                return

    def _open_conversation_with(self, nick: str) -> None:
        if self.networks.shown is not None:
            network = self.networks.shown[0]
            if not network.is_me(nick) and not network.address.is_classroom:
                self.show_buffer(network, network.open(nick))

    def _show_result(self, network: Network, target: str, line: BufferLine) -> None:
        if network in self.networks.all:
            self.message_actions.go_to(network, target, f"msgid={line.id}")

    # --- in step with the networks

    def redraw(self) -> None:
        """Show what has changed."""
        shown = self.networks.shown
        if shown is not None and shown[0].buffers.get(shown[1].key) is not shown[1]:
            # The conversation was closed, or the user was kicked.
            self._show_nothing()
            if shown[0] in self.networks.all:
                self.show_buffer(shown[0], first_conversation(shown[0]))
                return
        network, buffer = self.networks.shown if self.networks.shown is not None else (None, None)
        settings = self.networks.settings
        self.main.setCurrentIndex(0 if network is not None else 1)
        self.sidebar.list.refresh(self.networks.all, self.networks.shown)
        if network is not None:
            self.sidebar.account.show_status(network.nick, sentences.status(network))
        else:
            self.sidebar.account.show_status("", "")
        self.header.refresh(network, buffer)
        self.banner.refresh(network)
        self.timeline.row_model.shows_events = settings.shows_joins
        self.composer.sends_typing = settings.sends_typing
        self.timeline.refresh()
        self.composer.refresh()
        if self.members.isVisible():
            self.members.refresh(network, buffer)
        self.fit_right()
        self._show_title()

    def _show_title(self) -> None:
        highlights, unread = self.networks.unread()
        name = ""
        if self.networks.shown is not None:
            network, buffer = self.networks.shown
            name = f"{buffer.name or network.title} –"
        count = highlights or unread
        self.setWindowTitle(" ".join(filter(None, (f"({count})" if count else "", name, "Papo"))))
        self.tray.mark(highlights)

    def _ticked(self) -> None:
        if self.networks.shown is not None and self.networks.shown[0].status != "online":
            self.banner.refresh(self.networks.shown[0])

    def changeEvent(self, event: QEvent) -> None:
        """The window may have become active or inactive."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self._read_marker.activation_changed()

    def _load_older(self) -> None:
        if self.networks.shown is not None:
            network, buffer = self.networks.shown
            if buffer.kind != "server" and not network.address.is_classroom:
                history.load_older(network, buffer)

    def _load_newer(self) -> None:
        if self.networks.shown is not None and self.networks.shown[1].has_newer:
            history.load_newer(*self.networks.shown)

    def _reconnect(self) -> None:
        if self.networks.shown is not None:
            self.networks.reconnect(self.networks.shown[0])

    # --- what networks report

    def _notify(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """Show a highlight: in the tray, or as a toast if the window is active."""
        if not self.networks.settings.notifies:
            return
        if not self.isActiveWindow():
            self.tray.notify(network, buffer, line)
        elif self.networks.shown is None or self.networks.shown[1] is not buffer:
            where = f" · {buffer.name}" if buffer.kind == "channel" else ""
            self.toasts.add(f"{line.nick}{where}: {sentences.excerpt(line.text)}")

    def _announce(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """Let screen readers say a message of others in the conversation that is shown."""
        if QAccessible.isActive() and self.networks.shown == (network, buffer) and not line.mine:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.timeline, sentences.spoken(line)))

    def _refused(self, network: Network, code: str, text: str) -> None:
        open_prompt = self._prompts.pop(id(network), None)
        if open_prompt is not None:
            open_prompt.done(0)  # `close` would mean that the user went back
        dialog = prompt(self, self.networks, network, code, text)
        if dialog is None:
            self.toasts.add(refusals.sentence(network, code, text), "error")
            return
        self._prompts[id(network)] = dialog
        dialog.finished.connect(lambda _result: self._answered(network, dialog))
        dialog.open()

    def _answered(self, network: Network, dialog: Prompt) -> None:
        if self._prompts.get(id(network)) is dialog:
            del self._prompts[id(network)]

    # --- keys and buttons

    def _escape(self) -> None:
        """Esc, which as a shortcut of the window does not reach its parts: the innermost that is open closes."""
        if self.composer.input.hasFocus() and self.composer.escape():
            return
        if self.header.search.isChecked():
            self.close_search()
            return
        self.message_actions.to_newest()
        self.composer.input.setFocus()

    def _typed(self, text: str) -> None:
        """A letter was typed in the timeline."""
        if text == "?":
            self.frontend.dialog("help", "")
        else:
            self.composer.focus_end()
            self.composer.insert(text)

    def _open_conversation_menu(self) -> None:
        if self.networks.shown is not None:
            more = self.header.more
            self.menus.open_for_conversation(*self.networks.shown, more.mapToGlobal(more.rect().bottomLeft()))

    def _insert_emoji(self) -> None:
        self.frontend.open(EmojiPicker(self, _("Emoji"), self.composer.insert))

    # --- files

    def _upload_typed(self, path: str) -> None:
        self.send_files([Path(path).expanduser()])

    def _choose_files(self) -> None:
        if self.networks.shown is not None:
            chosen, _kind = QFileDialog.getOpenFileNames(self, _("Send a file"))
            self.send_files([Path(path) for path in chosen])

    def send_files(self, paths: list[Path]) -> None:
        """Send files into the conversation that is shown."""
        if self.networks.shown is not None:
            for path in paths:
                self.uploads.send(*self.networks.shown, path, self.networks.pinned(self.networks.shown[0]))

    def send_picture(self, picture: QImage) -> None:
        """Send a picture from the clipboard into the conversation that is shown."""
        if self.networks.shown is not None:
            self.uploads.send_picture(*self.networks.shown, picture, self.networks.pinned(self.networks.shown[0]))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files can be dropped."""
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Send the files that are dropped."""
        self.send_files(local_files(event.mimeData()))
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The program ends with its window."""
        self.networks.settings.window = [self.width(), self.height()]
        if self.networks.shown is not None:
            self._read_marker.mark()
            send.typing(*self.networks.shown, empty=True)
        self.uploads.close_all()
        self.networks.close()
        if self.tray.icon is not None:
            self.tray.icon.hide()
        event.accept()
        QApplication.quit()
