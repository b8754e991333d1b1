"""The parts of the window, and which of them have room."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from papo.client.commands import Frontend
from papo.client.state import search
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.desktop.composer.composer import Composer, local_files
from papo.desktop.composer.uploads import Uploads
from papo.desktop.networks import Networks
from papo.desktop.notifications import Notes
from papo.desktop.panels.header import Banner, Header, Pane
from papo.desktop.panels.members import Members
from papo.desktop.panels.search_panel import Finder
from papo.desktop.panels.sidebar import Sidebar
from papo.desktop.theme import icons, theme
from papo.desktop.theme.controls import button, label
from papo.desktop.timeline.timeline import Timeline
from papo.desktop.timeline.toolbar import ToNow, Toolbar
from papo.i18n import _

NO_MEMBERS_PX = 820
NO_SIDE_PX = 600


class Panes(QMainWindow):
    """What there is to see. What it does is `papo.desktop.window`'s business."""

    def __init__(self, desk: Networks) -> None:
        super().__init__()
        self.desk = desk
        self.shown: tuple[Network, Buffer] | None = None
        self._wants_members = True

    def here(self) -> tuple[Network | None, Buffer | None]:
        """What is shown."""
        return self.shown if self.shown is not None else (None, None)

    def build(self, window: Frontend) -> None:
        """Make all of them. `window`: what commands ask."""
        self.side = Sidebar()
        self.header = Header()
        self.banner = Banner()
        self.timeline = Timeline()
        self.toolbar = Toolbar(self.timeline)
        self.to_now = ToNow(self.timeline)
        self.finder = Finder()
        self.members = Members()
        chat = Pane("main")
        self.composer = Composer(window, chat)
        self.uploads = Uploads(self.composer.uploads, self.desk.worker)
        for widget, share in ((self.header, 0), (self.banner, 0), (self.timeline, 1), (self.composer, 0)):
            chat.body.addWidget(widget, share)
        self.main = QStackedWidget()
        self.main.addWidget(chat)
        self.main.addWidget(self._welcome())
        self.right = QStackedWidget()
        self.right.addWidget(self.members)
        self.right.addWidget(self.finder)
        order = (self.side.list, self.header.search, self.header.members, self.header.more, self.timeline,
                 self.composer.text, self.composer.clip, self.composer.smile, self.composer.button)  # fmt: skip
        self.notes = Notes(self)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        for each in (self.side, self.main, self.right):
            self.split.addWidget(each)
        self.split.setStretchFactor(1, 1)
        self.setCentralWidget(self.split)
        for before, after in pairwise(order):
            self.setTabOrder(before, after)

    def _welcome(self) -> QWidget:
        page = Pane("main")
        inner = QVBoxLayout()
        inner.setSpacing(12)
        picture = QLabel()
        picture.setPixmap(icons.of_papo().pixmap(theme.now().px(72), theme.now().px(72)))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = label(_("Not connected."), "note")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        begin = button(_("Connect to a server"), "primary")
        self.begin = begin
        inner.addWidget(picture)
        inner.addWidget(words)
        inner.addWidget(begin, 0, Qt.AlignmentFlag.AlignCenter)
        page.body.addStretch(1)
        page.body.addLayout(inner)
        page.body.addStretch(1)
        return page

    def dress(self) -> None:
        """Colours and sizes as they were chosen."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        now = theme.take(app, self.desk.settings.appearance, self.desk.settings.font_size)
        for each in (self.side, self.header, self.toolbar, self.composer):
            each.dress()
        self.setMinimumSize(now.px(360), now.px(360))
        self.side.setMinimumWidth(now.px(170))
        self.right.setMinimumWidth(now.px(170))
        self.side.setMaximumWidth(now.px(420))
        self.split.setSizes([now.px(236), self.width(), now.px(216)])
        self.timeline.changed_all()
        self.fit()

    def is_narrow(self) -> bool:
        """Whether the list of conversations has no room beside them."""
        return self.width() < theme.now().px(NO_SIDE_PX)

    def fit(self) -> None:
        """What has room at this width."""
        narrow = self.is_narrow()
        self.side.setVisible(not narrow)
        self.header.menu.setVisible(narrow)
        self.fit_right()
        self.notes.place()

    def fit_right(self) -> None:
        """Search, the people of the channel, or neither."""
        _network, buffer = self.here()
        searching = self.header.search.isChecked()
        roomy = self.width() >= theme.now().px(NO_MEMBERS_PX)
        members = buffer is not None and buffer.kind == "channel" and self._wants_members and roomy
        self.right.setCurrentWidget(self.finder if searching else self.members)
        self.right.setVisible(searching or members)
        self.header.members.setChecked(members and not searching)
        if members and not searching:
            self.members.refresh(*self.here())

    def toggle_members(self) -> None:
        """Show the people of the channel, or do not."""
        was_shown = self.right.isVisible() and self.right.currentWidget() is self.members
        self.header.search.setChecked(False)
        self._wants_members = not was_shown
        self.fit_right()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow windows show less at once."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()
        self.header.refresh(*self.here())

    def search(self, words: str) -> None:
        """Open the search, perhaps with words."""
        network, _buffer = self.here()
        if network is None:
            return
        if not search.can_search(network):
            self.notes.tell("info", _("This server does not look things up."))
            return
        self.header.search.setChecked(True)
        self.fit_right()
        self.finder.begin(words)

    def close_search(self) -> None:
        """The search is not wanted any more."""
        self.header.search.setChecked(False)
        self.fit_right()
        self.composer.text.setFocus()

    # --- files

    def send_files(self, paths: list[Path]) -> None:
        """Into the conversation that is shown."""
        network, buffer = self.here()
        if network is not None and buffer is not None:
            for path in paths:
                self.uploads.send(network, buffer, path, self.desk.pinned(network))

    def send_picture(self, picture: QImage) -> None:
        """From the clipboard, into the same."""
        network, buffer = self.here()
        if network is not None and buffer is not None:
            self.uploads.send_picture(network, buffer, picture, self.desk.pinned(network))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are welcome."""
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """They go into the conversation that is shown."""
        self.send_files(local_files(event.mimeData()))
        event.acceptProposedAction()
