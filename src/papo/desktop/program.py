"""`papo desktop` from its first line to its last."""

from __future__ import annotations

import signal
import sys

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from papo.client import settings
from papo.client.address import NotAnAddressError
from papo.desktop.networks import Networks
from papo.desktop.theme import icons, theme
from papo.desktop.times import locale
from papo.desktop.window import MainWindow
from papo.desktop.worker import Worker


def make_app() -> QApplication:
    """The application, in our language and with our icon."""
    have = QApplication.instance()
    app = have if isinstance(have, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("Papo")
    app.setDesktopFileName("papo")
    app.setStyle("Fusion")
    QLocale.setDefault(locale())
    words = QTranslator(app)
    if words.load(locale(), "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(words)
    icons.dress(app)
    return app


def run(url: str, nick: str, room: str) -> int:
    """Show the window until it is closed. Raises NotAnAddressError."""
    app = make_app()
    folder = settings.folder()
    kept = settings.read(folder)
    theme.take(app, kept.appearance, kept.font_size)
    desk = Networks(folder, Worker())
    window = MainWindow(desk)
    try:
        begin(desk, window, url, nick, room)
    except NotAnAddressError:
        desk.close()
        raise
    # Python hears signals when it next runs, which the desk's tick sees to.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: window.close())
    window.show()
    return app.exec()


def begin(desk: Networks, window: MainWindow, url: str, nick: str, room: str) -> None:
    """Go where somebody asked to go, or where they were, or ask them. Raises NotAnAddressError."""
    if nick:
        desk.settings.nick = nick
    if url:
        desk.go(url, nick=nick, rooms=[room] if room else [])
        return
    for each in [each for each in desk.settings.servers if each.connects]:
        desk.go(each.url)
    if not desk.networks:
        window.deeds.open_door()
