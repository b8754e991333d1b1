"""The window: its parts, and keeping them in step with what is true."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QApplication

from papo.client.state import history, send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.desktop import sentences
from papo.desktop.actions import Actions
from papo.desktop.dialogs.prompts import Question, question
from papo.desktop.networks import Networks
from papo.desktop.notifications import Tray
from papo.desktop.panels.panes import Panes
from papo.desktop.theme import theme

WIDE, HIGH = 1100, 720
READ_MS = 300
MOST_LETTERS = 200


class MainWindow(Panes):
    """All of it."""

    def __init__(self, desk: Networks) -> None:
        super().__init__(desk)
        self.deeds = Actions(self)
        self._places: dict[int, tuple[BufferLine | None, int] | None] = {}
        self._questions: dict[int, Question] = {}
        self.setAcceptDrops(True)
        self.setWindowTitle("Papo")
        self.build(self.deeds)
        self.tray = Tray(self, self.show_buffer)
        self._read = QTimer(self)
        self._read.setSingleShot(True)
        self._read.setInterval(READ_MS)
        self._read.timeout.connect(self._mark_read)
        self._wire()
        self._shortcuts()
        size = desk.settings.window
        self.resize(QSize(*size) if len(size) == 2 else QSize(theme.now().px(WIDE), theme.now().px(HIGH)))
        self.dress()
        self.redraw()

    def _wire(self) -> None:
        desk, deeds = self.desk, self.deeds
        desk.drawn.connect(self.redraw)
        desk.ticked.connect(self._ticked)
        desk.was_shown.connect(self.show_buffer)
        desk.was_told.connect(self._told)
        desk.was_called.connect(self._called)
        desk.was_heard.connect(self._heard)
        desk.was_refused.connect(self._refused)
        desk.networks_changed.connect(self._networks)
        self.side.list.chosen.connect(self._walk)
        self.side.list.entered.connect(self._enter)
        self.side.list.menu_wanted.connect(deeds.place_menu)
        self.side.go.clicked.connect(deeds.palette)
        self.side.add.clicked.connect(self._door)
        self.begin.clicked.connect(self._door)
        self.side.settings.clicked.connect(lambda: deeds.dialog("settings", ""))
        self.side.me.clicked.connect(lambda: deeds.dialog("settings", ""))
        self.header.menu.clicked.connect(self._toggle_side)
        self.header.search.clicked.connect(self._search_pressed)
        self.header.members.clicked.connect(self.toggle_members)
        self.header.more.clicked.connect(self._more)
        self.banner.again.clicked.connect(self._again)
        self.timeline.asked.connect(deeds.ask)
        self.timeline.pressed_spot.connect(deeds.press)
        self.timeline.near_top.connect(self._older)
        self.timeline.near_end.connect(self._newer)
        self.timeline.moved.connect(self._look)
        self.timeline.typed.connect(self._typed)
        self.toolbar.asked.connect(deeds.ask)
        self.to_now.clicked.connect(deeds.to_now)
        self.members.opened.connect(self._open_person)
        self.members.menu_wanted.connect(deeds.person_menu)
        self.finder.closed.connect(self.close_search)
        self.finder.found.connect(self._found)
        composer = self.composer
        composer.sent.connect(self.timeline.to_end)
        composer.edit_last.connect(deeds.edit_last)
        composer.wants_emoji.connect(deeds.write_emoji)
        composer.wants_file.connect(deeds.choose_files)
        composer.escaped.connect(self._escape)
        composer.text.files_came.connect(self.send_files)
        composer.text.picture_came.connect(self.send_picture)
        self.uploads.wrong.connect(composer.say_wrong)
        QApplication.styleHints().colorSchemeChanged.connect(self.dress)

    def _shortcuts(self) -> None:
        for keys, act in (
            ("Ctrl+K", self.deeds.palette),
            ("Ctrl+F", lambda: self.search("")),
            ("F1", lambda: self.deeds.dialog("help", "")),
            ("Ctrl+,", lambda: self.deeds.dialog("settings", "")),
            ("Ctrl+N", self._door),
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

    def first_of(self, network: Network) -> Buffer:
        """What to show of a server."""
        conversations = network.conversations()
        return conversations[0] if conversations else network.server

    def _walk(self, network: Network, buffer: Buffer) -> None:
        """Through the list by keyboard: the keyboard stays there."""
        self.show_buffer(network, buffer, writes=False)

    def _enter(self) -> None:
        """Somebody wants to write in what is shown."""
        if self.is_narrow():
            self.side.hide()
        self.composer.text.setFocus()

    def show_buffer(self, network: Network, buffer: Buffer, *, writes: bool = True) -> None:
        """Show a conversation. `writes`: the keyboard goes to the message field."""
        if network not in self.desk.networks:
            return
        if self.shown is not None and self.shown[1] is buffer:
            if writes:
                self._enter()
            return
        self._leave_buffer()
        self.shown = (network, buffer)
        buffer.line_at_ms = buffer.read_at_ms if buffer.unread else 0
        self.timeline.rows.joins = self.desk.settings.shows_joins
        self.timeline.rows.show(network, buffer)
        place = self._places.get(id(buffer))
        self.timeline.open_at(place)
        if place is None:
            self.timeline.show_line()
        self.timeline.setCurrentIndex(self.timeline.rows.index(-1))
        self.composer.show_buffer(network, buffer)
        self.finder.look_in(network, buffer)
        if writes:
            self._enter()
        self.redraw()

    def _leave_buffer(self) -> None:
        if self.shown is None:
            return
        network, buffer = self.shown
        self._places[id(buffer)] = self.timeline.place()
        buffer.line_at_ms = buffer.read_at_ms
        network.visible.discard(buffer.key)

    def _networks(self) -> None:
        """Servers came or went."""
        if self.shown is not None and self.shown[0] not in self.desk.networks:
            self._forget()
        if self.shown is None and self.desk.networks:
            network = self.desk.networks[0]
            self.show_buffer(network, self.first_of(network))
        self.redraw()

    def _forget(self) -> None:
        self._leave_buffer()
        self.shown = None
        self.timeline.rows.show(None, None)
        self.timeline.changed_all()
        self.composer.show_buffer(None, None)

    def _step(self, by: int, *, unread: bool = False) -> None:
        """The next conversation in the list."""
        places = self.side.list.places()
        shown = self.shown
        at = next((n for n, each in enumerate(places) if shown is not None and each[1] is shown[1]), 0)
        for n in range(1, len(places) + 1):
            network, buffer = places[(at + by * n) % len(places)]
            if (not unread and buffer.kind != "server") or (unread and buffer.unread and not buffer.muted):
                self.show_buffer(network, buffer)
                return

    # --- in step with what is true

    def redraw(self) -> None:
        """Something is different: show it."""
        shown = self.shown
        if shown is not None and shown[0].buffers.get(shown[1].key) is not shown[1]:
            # Closed, or we were left out of it.
            network = shown[0]
            self._forget()
            if network in self.desk.networks:
                self.show_buffer(network, self.first_of(network))
                return
        network_, buffer = self.here()
        self.main.setCurrentIndex(0 if network_ is not None else 1)
        self.side.list.refresh(self.desk.networks, self.shown)
        if network_ is not None:
            self.side.me.tell(network_.nick, sentences.standing(network_))
        else:
            self.side.me.tell("", "")
        self.header.refresh(network_, buffer)
        self.banner.refresh(network_)
        if self.timeline.rows.joins != self.desk.settings.shows_joins:
            self.timeline.rows.joins = self.desk.settings.shows_joins
        self.composer.sends_typing = self.desk.settings.sends_typing
        self.timeline.refresh()
        self.composer.refresh()
        if self.members.isVisible():
            self.members.refresh(network_, buffer)
        self.fit_right()
        self._title()

    def _title(self) -> None:
        mentions, unread = self.desk.unread()
        network, buffer = self.here()
        name = "" if network is None or buffer is None else buffer.name or network.title
        count = mentions or unread
        self.setWindowTitle(
            " ".join(filter(None, (f"({count})" if count else "", f"{name} –" if name else "", "Papo")))
        )
        self.tray.mark(mentions)

    def _ticked(self) -> None:
        network, _buffer = self.here()
        if network is not None and network.status != "online":
            self.banner.refresh(network)

    def _is_looking(self) -> bool:
        return self.isActiveWindow() and not self.isMinimized() and self.timeline.is_at_end()

    def _look(self) -> None:
        """Whether the newest row is seen now."""
        network, buffer = self.here()
        if network is None or buffer is None:
            return
        if self._is_looking() and not buffer.has_newer:
            network.visible.add(buffer.key)
            if not self._read.isActive():
                self._read.start()
        else:
            network.visible.discard(buffer.key)

    def _mark_read(self) -> None:
        network, buffer = self.here()
        if network is not None and buffer is not None and buffer.key in network.visible:
            history.mark_read(network, buffer)

    def changeEvent(self, event: QEvent) -> None:
        """Somebody looks, or looks elsewhere."""
        super().changeEvent(event)
        if event.type() != QEvent.Type.ActivationChange or self.shown is None:
            return
        network, buffer = self.shown
        if not self.isActiveWindow():
            network.visible.discard(buffer.key)
            buffer.line_at_ms = buffer.read_at_ms
        else:
            if not buffer.unread:
                buffer.line_at_ms = 0
            self._look()
        self.desk.changed()

    def _older(self) -> None:
        network, buffer = self.here()
        if network is not None and buffer is not None and buffer.kind != "server" and not network.address.is_classroom:
            history.load_older(network, buffer)

    def _newer(self) -> None:
        network, buffer = self.here()
        if network is not None and buffer is not None and buffer.has_newer:
            history.load_newer(network, buffer)

    # --- what networks tell

    def _told(self, network: Network, kind: str, text: str) -> None:
        _unused = network
        self.notes.tell(kind, text)

    def _called(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        if not self.desk.settings.notifies:
            return
        if not self.isActiveWindow():
            self.tray.call(network, buffer, entry)
        elif self.shown is None or self.shown[1] is not buffer:
            where = f" · {buffer.name}" if buffer.kind == "channel" else ""
            self.notes.tell("info", f"{entry.nick}{where}: {one_line(entry.text)[:MOST_LETTERS]}")

    def _heard(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        _unused = network
        if QAccessible.isActive() and self.shown is not None and self.shown[1] is buffer and not entry.mine:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.timeline, sentences.aloud(entry)))

    def _refused(self, network: Network, code: str, text: str) -> None:
        asked = self._questions.pop(id(network), None)
        if asked is not None:
            asked.done(0)  # `close` would mean no
        dialog = question(self, self.desk, network, code, text)
        if dialog is None:
            self.notes.tell("error", sentences.refusal(code, text))
            return
        self._questions[id(network)] = dialog
        dialog.finished.connect(lambda _result: self._answered(network, dialog))
        dialog.open()

    def _answered(self, network: Network, dialog: Question) -> None:
        if self._questions.get(id(network)) is dialog:
            del self._questions[id(network)]

    def _again(self) -> None:
        network, _buffer = self.here()
        if network is not None:
            self.desk.again(network)

    # --- panes

    def _toggle_side(self) -> None:
        self.side.setVisible(not self.side.isVisible())

    def _search_pressed(self) -> None:
        if self.header.search.isChecked():
            self.search("")
        else:
            self.close_search()

    def _found(self, network: Network, where: str, entry: BufferLine) -> None:
        if network in self.desk.networks:
            self.deeds.go_to(network, where, f"msgid={entry.id}")

    def _escape(self) -> None:
        if self.header.search.isChecked():
            self.close_search()
            return
        self.deeds.to_now()
        self.composer.text.setFocus()

    def _more(self) -> None:
        network, buffer = self.here()
        if network is not None and buffer is not None:
            at = self.header.more
            self.deeds.place_menu(network, buffer, at.mapToGlobal(at.rect().bottomLeft()))

    def _door(self) -> None:
        self.deeds.open_door()

    def _open_person(self, nick: str) -> None:
        network, _buffer = self.here()
        if network is not None and not network.is_me(nick) and not network.address.is_classroom:
            self.show_buffer(network, network.open(nick))

    def _typed(self, text: str) -> None:
        if text == "?":
            self.deeds.dialog("help", "")
        else:
            self.composer.focus_end()
            self.composer.insert(text)

    # --- the window itself

    def closeEvent(self, event: QCloseEvent) -> None:
        """The program ends."""
        self.desk.settings.window = [self.width(), self.height()]
        network, buffer = self.here()
        if network is not None and buffer is not None:
            self._mark_read()
            send.typing(network, buffer, empty=True)
        self.uploads.close_all()
        self.desk.close()
        if self.tray.icon is not None:
            self.tray.icon.hide()
        event.accept()
        QApplication.quit()
