"""A desktop window layout in memory, and a server that the test plays."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from fake_server import FakeServer, privmsg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.desktop import program
from papo.desktop.networks import Networks
from papo.desktop.theme import theme
from papo.desktop.window import MainWindow
from papo.desktop.worker import Worker

CAPS = (
    "server-time message-tags account-tag echo-message batch labeled-response draft/chathistory draft/message-edit "
    "draft/message-redaction draft/read-marker draft/search draft/multiline standard-replies"
)
ROOM = "#geral"
HISTORY = (privmsg("bia", "good morning", "m1"), privmsg("caio", "hi **all**", "m2", minute=1))
"""Messages of the channel before the user joined."""
TIMEOUT_S = 20.0


def wait_until(condition: Callable[[], object] = lambda: True) -> None:
    """Let Qt work until the condition holds."""
    until = time.monotonic() + TIMEOUT_S
    while True:
        QApplication.processEvents()
        if condition():
            return
        assert time.monotonic() < until, "the condition never held"
        QTest.qWait(5)


class WindowServer(FakeServer):
    """A server for a window, which draws at once what it is sent."""

    def __init__(self, window: MainWindow, networks: Networks) -> None:
        super().__init__(lambda: networks.all[0], channel=ROOM)
        self._window = window

    def send(self, *lines: str) -> None:
        super().send(*lines)
        redraw(self._window)


class DesktopScreen:
    """A window with one server, which the test plays."""

    def __init__(self, window: MainWindow, networks: Networks) -> None:
        self.window = window
        self.networks = networks
        self.server = WindowServer(window, networks)

    @property
    def network(self) -> Network:
        """The first network."""
        return self.server.network

    @property
    def buffer(self) -> Buffer:
        """The buffer of the channel."""
        found = self.network.buffer(ROOM)
        assert found is not None
        return found

    @property
    def shown_buffer(self) -> Buffer | None:
        """The buffer in the timeline."""
        return self.networks.shown[1] if self.networks.shown is not None else None

    def line(self, msgid: str) -> BufferLine:
        """A message of the channel."""
        found = self.buffer.find(msgid)
        assert found is not None
        return found

    def connect(self, *, caps: str = CAPS, history: tuple[str, ...] = ()) -> None:
        """Register, join the channel, and read its history."""
        if not self.networks.all:
            self.networks.add("irc://papo.test", nick="ana", rooms=[ROOM])
        self.server.accept()
        self.server.send(
            f":s CAP * LS :{caps}", f":s CAP * ACK :{caps}", ":s 001 ana :Welcome",
            ":s 005 ana NETWORK=Papo PREFIX=(ov)@+ CHANTYPES=# :are", ":s 422 ana :-", f":ana!ana@h JOIN {ROOM}",
            f":s 353 ana = {ROOM} :@ana bia +caio", f":s 366 ana {ROOM} :-",
        )  # fmt: skip
        if "chathistory" in caps:
            self.server.answer("CHATHISTORY", *history)
        assert self.shown_buffer is self.buffer

    def redraw(self) -> None:
        """Draw what has changed, as the window's timer does."""
        redraw(self.window)

    def type(self, text: str, *, enter: bool = True) -> None:
        """Write in the message field."""
        for char in text:
            # QTest knows only keys of Latin keyboards; input methods bring the rest as text.
            if char.isascii():
                QTest.keyClicks(self.window.composer.input, char)
            else:
                self.window.composer.input.insertPlainText(char)
        if enter:
            QTest.keyClick(self.window.composer.input, Qt.Key.Key_Return)
        self.redraw()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key in the message field."""
        QTest.keyClick(self.window.composer.input, key, modifier)
        QApplication.processEvents()

    def rows(self) -> list[str]:
        """What a screen reader finds in the timeline."""
        model = self.window.timeline.row_model
        return [str(model.index(at).data(Qt.ItemDataRole.AccessibleTextRole)) for at in range(model.rowCount())]

    def conversations(self) -> list[str]:
        """What a screen reader finds in the list of conversations."""
        role = Qt.ItemDataRole.AccessibleTextRole
        return [str(item.data(0, role)) for item in self.window.sidebar.list.items()]

    def click(self, text: str) -> None:
        """Click a button of the window or of its dialogs, by its text."""
        button = next(each for each in self.window.findChildren(QPushButton) if each.text() == text)
        button.click()


def redraw(window: MainWindow) -> None:
    """Draw what has changed, as the window's timer does."""
    window.redraw()
    QApplication.processEvents()


@contextlib.contextmanager
def desktop_screen(folder: Path, worker: Worker | None = None) -> Iterator[DesktopScreen]:
    """A window for the time of a `with`."""
    app = program.make_app()
    networks = Networks(folder, worker)
    theme.apply(app, networks.settings.appearance, networks.settings.font_size)
    window = MainWindow(networks)
    window.show()
    window.activateWindow()
    wait_until(window.isActiveWindow)
    try:
        yield DesktopScreen(window, networks)
    finally:
        window.close()
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
