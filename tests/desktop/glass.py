"""A window on a screen that is only memory, and a server made of lines."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from papo.client.state.buffer import Buffer
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
MOST_S = 20.0


def settle(is_so: Callable[[], object] = lambda: True) -> None:
    """Let Qt work until something is so."""
    until = time.monotonic() + MOST_S
    while True:
        QApplication.processEvents()
        if is_so():
            return
        assert time.monotonic() < until, "it never came to that"
        QTest.qWait(5)


class Glass:
    """A window with one server that says what the test says."""

    def __init__(self, window: MainWindow, desk: Networks) -> None:
        self.window = window
        self.desk = desk
        self.sent: list[str] = []

    @property
    def network(self) -> Network:
        """The only one."""
        return self.desk.networks[0]

    @property
    def room(self) -> Buffer:
        """The room."""
        found = self.network.buffer(ROOM)
        assert found is not None
        return found

    def says(self, *lines: str) -> None:
        """The server says this."""
        for line in lines:
            self.network.received_line(line)
        self.redraw()

    def redraw(self) -> None:
        """What the timer would do."""
        self.window.redraw()
        QApplication.processEvents()

    def comes_in(self, *, caps: str = CAPS, past: tuple[str, ...] = ()) -> None:
        """The server lets us in, and into the room."""
        if not self.desk.networks:
            self.desk.go("irc://papo.test", nick="ana", rooms=[ROOM])
        self.network.opened(self.sent.append)
        self.says(
            f":s CAP * LS :{caps}", f":s CAP * ACK :{caps}", ":s 001 ana :Welcome",
            ":s 005 ana NETWORK=Papo PREFIX=(ov)@+ CHANTYPES=# :are", ":s 422 ana :-", f":ana!ana@h JOIN {ROOM}",
            f":s 353 ana = {ROOM} :@ana bia +caio", f":s 366 ana {ROOM} :-",
        )  # fmt: skip
        if "chathistory" in caps:
            self.answer("CHATHISTORY", *past)
        assert self.window.here()[1] is self.room

    def label_of(self, command: str) -> str:
        """The label of our last line with this command."""
        line = next(line for line in reversed(self.sent) if f" {command} " in f"{line} ")
        return line.partition("label=")[2].partition(" ")[0].partition(";")[0]

    def answer(self, command: str, *lines: str, kind: str = "chathistory") -> None:
        """Answer our last question of this kind."""
        inside = [f"@batch=b;{line[1:]}" if line[0] == "@" else f"@batch=b {line}" for line in lines]
        self.says(f"@label={self.label_of(command)} :s BATCH +b {kind} {ROOM}", *inside, ":s BATCH -b")

    def said(self, nick: str, text: str, msgid: str, *, minute: int = 0, tags: str = "", room: str = ROOM) -> None:
        """Somebody says something."""
        self.says(message(nick, text, msgid, minute=minute, tags=tags, room=room))

    def stored(self, text: str, msgid: str, *, minute: int = 2, tags: str = "") -> None:
        """The server's copy of what we said last."""
        nonce = self.last("PRIVMSG").partition("+papo/nonce=")[2].partition(";")[0].partition(" ")[0]
        tags = f"+papo/nonce={nonce};label={self.label_of('PRIVMSG')}{f';{tags}' if tags else ''}"
        self.said("ana", text, msgid, minute=minute, tags=tags)

    def type(self, text: str, *, enter: bool = True) -> None:
        """Write in the message field."""
        for char in text:
            # QTest knows only keys of Latin keyboards; input methods bring the rest as text.
            if char.isascii():
                QTest.keyClicks(self.window.composer.text, char)
            else:
                self.window.composer.text.insertPlainText(char)
        if enter:
            QTest.keyClick(self.window.composer.text, Qt.Key.Key_Return)
        self.redraw()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key in the message field."""
        QTest.keyClick(self.window.composer.text, key, modifier)
        QApplication.processEvents()

    def rows(self) -> list[str]:
        """What a screen reader finds in the timeline."""
        model = self.window.timeline.rows
        return [str(model.index(at).data(Qt.ItemDataRole.AccessibleTextRole)) for at in range(model.rowCount())]

    def tree(self) -> list[str]:
        """What a screen reader finds in the list of conversations."""
        role = Qt.ItemDataRole.AccessibleTextRole
        return [str(item.data(0, role)) for item in self.window.side.list._items()]

    def last(self, command: str) -> str:
        """Our last line with this command."""
        return next(line for line in reversed(self.sent) if f" {command} " in f" {line} ")


def message(nick: str, text: str, msgid: str, *, minute: int = 0, tags: str = "", room: str = ROOM) -> str:
    """A line as a server sends it."""
    more = f";{tags}" if tags else ""
    return f"@time=2026-11-20T10:{minute:02}:00.000Z;msgid={msgid}{more} :{nick}!{nick}@h PRIVMSG {room} :{text}"


@contextlib.contextmanager
def glass(folder: Path, worker: Worker | None = None) -> Iterator[Glass]:
    """A window for the time of a `with`."""
    app = program.make_app()
    desk = Networks(folder, worker)
    theme.take(app, desk.settings.appearance, desk.settings.font_size)
    window = MainWindow(desk)
    window.show()
    window.activateWindow()
    settle(window.isActiveWindow)
    try:
        yield Glass(window, desk)
    finally:
        window.close()
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
