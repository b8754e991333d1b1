"""`papo desktop`: the application, from its start to its end."""

from __future__ import annotations

import signal
import sys

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from papo.client import settings as user_settings
from papo.client.address import NotAnAddressError
from papo.desktop.networks import Networks
from papo.desktop.theme import icons, theme
from papo.desktop.window import MainWindow
from papo.desktop.worker import Worker
from papo.i18n import SOURCE_LOCALE, translations


def make_app() -> QApplication:
    """The Qt application, in the user's language and with our icon."""
    present = QApplication.instance()
    app = present if isinstance(present, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("Papo")
    app.setDesktopFileName("papo")
    app.setStyle("Fusion")
    locale = QLocale(str(translations().info().get("language", "")) or SOURCE_LOCALE)
    QLocale.setDefault(locale)
    translator = QTranslator(app)
    if translator.load(locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(translator)
    icons.set_window_icon(app)
    return app


def run(url: str, nick: str, room: str) -> int:
    """Show the window until it is closed. Raises NotAnAddressError."""
    app = make_app()
    folder = user_settings.folder()
    settings = user_settings.read(folder)
    theme.apply(app, settings.appearance, settings.font_size)
    networks = Networks(folder, Worker())
    window = MainWindow(networks)
    try:
        start(networks, window, url, nick, room)
    except NotAnAddressError:
        networks.close()
        raise
    # Python handles signals when it runs next; the networks' tick makes sure that it does.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: window.close())
    window.show()
    return app.exec()


def start(networks: Networks, window: MainWindow, url: str, nick: str, room: str) -> None:
    """Connect to the given server, else to those of last time, else ask. Raises NotAnAddressError."""
    if nick:
        networks.settings.nick = nick
    if url:
        networks.add(url, nick=nick, rooms=[room] if room else [])
        return
    for each in [each for each in networks.settings.servers if each.connects]:
        networks.add(each.url)
    if not networks.all:
        window.frontend.open_connect_dialog()
