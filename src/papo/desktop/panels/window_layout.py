"""The parts of the window, and which of them have room."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from papo.client.commands import Frontend
from papo.client.state.search import can_search
from papo.desktop.composer.composer import Composer
from papo.desktop.composer.uploads import Uploads
from papo.desktop.networks import Networks
from papo.desktop.panels.header import Banner, Header, Pane
from papo.desktop.panels.members import Members
from papo.desktop.panels.search_panel import SearchPanel
from papo.desktop.panels.sidebar import Sidebar
from papo.desktop.theme import icons, theme
from papo.desktop.theme.controls import button, label
from papo.desktop.timeline.timeline import Timeline
from papo.desktop.timeline.toolbar import NewestButton, Toolbar
from papo.desktop.toasts import Toasts
from papo.i18n import _

MEMBERS_FROM_PX = 820
"""Width of the window from which the members have room."""
SIDEBAR_FROM_PX = 600
"""Width from which the sidebar has room."""


class WindowLayout(QMainWindow):
    """Everything in the window. `papo.desktop.window` connects it to what it does."""

    def __init__(self, networks: Networks) -> None:
        super().__init__()
        self.networks = networks
        self._wants_members = True

    def build(self, frontend: Frontend) -> None:
        """Create all parts. `frontend`: what commands act on."""
        self.sidebar = Sidebar()
        self.header = Header()
        self.banner = Banner()
        self.timeline = Timeline()
        self.toolbar = Toolbar(self.timeline)
        self.newest_button = NewestButton(self.timeline)
        self.search_panel = SearchPanel()
        self.members = Members()
        chat = Pane("main")
        self.composer = Composer(frontend, chat)
        self.uploads = Uploads(self.composer.uploads, self.networks.worker)
        for widget, share in ((self.header, 0), (self.banner, 0), (self.timeline, 1), (self.composer, 0)):
            chat.body.addWidget(widget, share)
        self.main = QStackedWidget()
        self.main.addWidget(chat)
        self.main.addWidget(self._welcome())
        self.right = QStackedWidget()
        self.right.addWidget(self.members)
        self.right.addWidget(self.search_panel)
        self.toasts = Toasts(self)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        for each in (self.sidebar, self.main, self.right):
            self._splitter.addWidget(each)
        self._splitter.setStretchFactor(1, 1)
        self.setCentralWidget(self._splitter)
        composer, header = self.composer, self.header
        order = (self.sidebar.list, header.search, header.members, header.more, self.timeline,
                 composer.input, composer.file_button, composer.emoji_button, composer.send_button)  # fmt: skip
        for before, after in pairwise(order):
            self.setTabOrder(before, after)

    def _welcome(self) -> QWidget:
        """What is shown without any network."""
        page = Pane("main")
        body = QVBoxLayout()
        body.setSpacing(12)
        picture = QLabel()
        size = theme.current().px(72)
        picture.setPixmap(icons.of_papo().pixmap(size, size))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text = label(_("Not connected."), "note")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.connect_button = button(_("Connect to a server"), "primary")
        body.addWidget(picture)
        body.addWidget(text)
        body.addWidget(self.connect_button, 0, Qt.AlignmentFlag.AlignCenter)
        page.body.addStretch(1)
        page.body.addLayout(body)
        page.body.addStretch(1)
        return page

    def restyle(self) -> None:
        """Apply the theme of the settings."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        px = theme.apply(app, self.networks.settings.appearance, self.networks.settings.font_size).px
        for each in (self.sidebar, self.header, self.toolbar, self.composer):
            each.restyle()
        self.setMinimumSize(px(360), px(360))
        self.sidebar.setMinimumWidth(px(170))
        self.right.setMinimumWidth(px(170))
        self.sidebar.setMaximumWidth(px(420))
        self._splitter.setSizes([px(236), self.width(), px(216)])
        self.timeline.reset_layouts()
        self.fit()

    # --- what has room

    def is_narrow(self) -> bool:
        """Whether the sidebar has no room beside the timeline."""
        return self.width() < theme.current().px(SIDEBAR_FROM_PX)

    def fit(self) -> None:
        """Show what has room at this width."""
        narrow = self.is_narrow()
        self.sidebar.setVisible(not narrow)
        self.header.menu.setVisible(narrow)
        self.fit_right()
        self.toasts.place()

    def fit_right(self) -> None:
        """Show the search, the members of the channel, or neither."""
        network, buffer = self.networks.shown if self.networks.shown is not None else (None, None)
        searching = self.header.search.isChecked()
        has_room = self.width() >= theme.current().px(MEMBERS_FROM_PX)
        members = buffer is not None and buffer.kind == "channel" and self._wants_members and has_room
        self.right.setCurrentWidget(self.search_panel if searching else self.members)
        self.right.setVisible(searching or members)
        self.header.members.setChecked(members and not searching)
        if members and not searching:
            self.members.refresh(network, buffer)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """At another width other parts have room."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()
        self.header.refresh(*(self.networks.shown if self.networks.shown is not None else (None, None)))

    def toggle_members(self) -> None:
        """Show the members of the channel, or hide them."""
        was_shown = self.right.isVisible() and self.right.currentWidget() is self.members
        self.header.search.setChecked(False)
        self._wants_members = not was_shown
        self.fit_right()

    def toggle_sidebar(self) -> None:
        """Show the sidebar, or hide it."""
        self.sidebar.setVisible(not self.sidebar.isVisible())

    def toggle_search(self) -> None:
        """The search button of the header was clicked."""
        if self.header.search.isChecked():
            self.search("")
        else:
            self.close_search()

    def search(self, words: str) -> None:
        """Open the search. With `words` search for them at once."""
        if self.networks.shown is None:
            return
        if not can_search(self.networks.shown[0]):
            self.toasts.add(_("This server does not support searching."))
            return
        self.header.search.setChecked(True)
        self.fit_right()
        self.search_panel.begin(words)

    def close_search(self) -> None:
        """Close the search and go back to writing."""
        self.header.search.setChecked(False)
        self.fit_right()
        self.composer.input.setFocus()
