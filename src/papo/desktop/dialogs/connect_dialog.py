"""The dialog to connect to a server: a nick and an address, servers nearby, classroom dialects, accounts."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from papo.client.address import NotAnAddressError, read_address
from papo.client.discovery import DiscoveredServer, discover
from papo.desktop.dialogs.prompts import password_field
from papo.desktop.networks import Networks
from papo.desktop.theme import theme
from papo.desktop.theme.controls import BaseDialog, button, label
from papo.desktop.theme.list_items import TwoColumnDelegate, list_item
from papo.i18n import _
from papo.protocol.dialects import CLASSROOM
from papo.ui.networks import nick_for, nick_from, nick_problem

URL = Qt.ItemDataRole.UserRole + 2


class ConnectDialog(BaseDialog):
    """Emits `chosen` with the network that it connects to."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None, networks: Networks) -> None:
        super().__init__(parent, _("Connect to a server"), 500)
        self._networks = networks
        self._is_closed = False
        self.tabs = QTabWidget()
        self.tabs.addTab(self._server_tab(), _("Server"))
        self.tabs.addTab(self._classroom_tab(), _("Classroom"))
        self.nick = QLineEdit(nick_for(networks.settings))
        self.nick.setMaxLength(32)
        self.nick.setAccessibleName(_("Nick"))
        self.error = label("", "error")
        self.error.hide()
        self.connect_button = button(_("Connect"), "primary")
        self.connect_button.setDefault(True)
        cancel = button(_("Cancel"))
        cancel.clicked.connect(self.reject)
        form = QFormLayout()
        form.addRow(label(_("Nick")), self.nick)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.connect_button)
        self.body.addLayout(form)
        self.body.addWidget(self.tabs, 1)
        self.body.addWidget(self.error)
        self.body.addLayout(buttons)
        self.connect_button.clicked.connect(self.connect_now)
        self._discover()
        (self.address if self.nick.text() else self.nick).setFocus()

    def _server_tab(self) -> QWidget:
        page = QWidget()
        self.address = QLineEdit()
        self.address.setPlaceholderText("irc://localhost, https://chat.example.org")
        self.address.setAccessibleName(_("Address"))
        self.room = QLineEdit()
        self.room.setPlaceholderText("#geral")
        self.room.setAccessibleName(_("Channel"))
        self.has_account = QCheckBox(_("I have an account"))
        self.account = QLineEdit()
        self.account.setAccessibleName(_("Account"))
        self.password = password_field(_("Password"))
        self.saves = QCheckBox(_("Keep the password in this system's keyring"))
        form = QFormLayout()
        form.addRow(label(_("Address")), self.address)
        form.addRow(label(_("Channel")), self.room)
        form.addRow(self.has_account)
        self._account_widgets = [label(_("Account")), self.account, label(_("Password")), self.password, self.saves]
        form.addRow(self._account_widgets[0], self.account)
        form.addRow(self._account_widgets[2], self.password)
        form.addRow(self.saves)
        self.has_account.toggled.connect(self._show_account)
        self._show_account(False)
        self.discovered = QListWidget()
        self.discovered.setObjectName("boxed")
        self.discovered.setItemDelegate(TwoColumnDelegate(self.discovered))
        self.discovered.setAccessibleName(_("Servers nearby"))
        self.discovered.setMaximumHeight(theme.current().px(120))
        self.discovered_note = label(_("Looking for servers nearby…"), "note")
        self.discovered.itemClicked.connect(self._choose_discovered)
        self.discovered.itemActivated.connect(self._choose_discovered)
        body = QVBoxLayout(page)
        body.setContentsMargins(0, 12, 0, 0)
        body.addLayout(form)
        body.addWidget(self.discovered_note)
        body.addWidget(self.discovered)
        saved = [each.url for each in self._networks.settings.servers]
        for each in saved:
            self._add_nearby(each, each)
        self.discovered.setVisible(bool(saved))
        body.addStretch(1)
        return page

    def _classroom_tab(self) -> QWidget:
        page = QWidget()
        body = QVBoxLayout(page)
        body.setContentsMargins(0, 12, 0, 0)
        body.addWidget(label(_("Servers written in class: everybody is in one channel, and nothing is kept."), "note"))
        grid = QGridLayout()
        self.dialect = QListWidget()
        self.dialect.setObjectName("boxed")
        self.dialect.setItemDelegate(TwoColumnDelegate(self.dialect))
        self.dialect.setAccessibleName(_("Dialect"))
        for scheme, dialect in CLASSROOM.items():
            item = list_item(scheme, str(dialect.port))
            item.setData(URL, scheme)
            self.dialect.addItem(item)
        self.dialect.setCurrentRow(0)
        self.dialect.setMinimumHeight(theme.current().px(168))
        self.host = QLineEdit("localhost")
        self.host.setAccessibleName(_("Address"))
        self.port = QLineEdit()
        self.port.setAccessibleName(_("Port"))
        self.dialect.currentItemChanged.connect(self._port)
        self._port()
        grid.addWidget(label(_("Address")), 0, 0)
        grid.addWidget(self.host, 0, 1)
        grid.addWidget(label(_("Port")), 1, 0)
        grid.addWidget(self.port, 1, 1)
        body.addWidget(self.dialect, 1)
        body.addLayout(grid)
        return page

    def _port(self) -> None:
        item = self.dialect.currentItem()
        if item is not None:
            self.port.setText(str(CLASSROOM[item.data(URL)].port))

    def _show_account(self, shown: bool) -> None:  # noqa: FBT001 - a slot of a Qt signal
        for each in self._account_widgets:
            each.setVisible(shown)
        self.adjustSize()

    # --- servers nearby

    def _discover(self) -> None:
        if self._networks.worker is None:
            self.discovered_note.hide()
            return
        self._networks.worker.run(discover(), self._discovered)

    def _discovered(self, near: list[DiscoveredServer]) -> None:
        if self._is_closed:
            return
        self.discovered_note.setText(_("Servers nearby") if near else "")
        self.discovered_note.setVisible(bool(near))
        for at, each in enumerate(near):
            self._add_nearby(each.name, each.url, at)
        self.discovered.setVisible(self.discovered.count() > 0)

    def _add_nearby(self, text: str, url: str, at: int | None = None) -> None:
        item = list_item(text, url if url != text else "")
        item.setData(URL, url)
        self.discovered.insertItem(self.discovered.count() if at is None else at, item)

    def _choose_discovered(self, item: QListWidgetItem) -> None:
        self.address.setText(str(item.data(URL)))

    def done(self, result: int) -> None:
        """Close; what is discovered later is ignored."""
        self._is_closed = True
        super().done(result)

    # --- going

    def url(self) -> str:
        """The address that the user wants."""
        if self.tabs.currentIndex() == 0:
            return self.address.text().strip() or "localhost"
        scheme = str(self.dialect.currentItem().data(URL))
        host = self.host.text().strip() or "localhost"
        return f"{scheme}://{host}:{self.port.text().strip() or CLASSROOM[scheme].port}"

    def connect_now(self) -> None:
        """Connect, or say what is wrong."""
        nick = nick_from(self.nick.text())
        try:
            address = read_address(self.url())
        except NotAnAddressError as error:
            self._show_error(str(error))
            return
        problem = nick_problem(address, nick)
        if problem:
            self._show_error(problem)
            return
        has_account = self.tabs.currentIndex() == 0 and self.has_account.isChecked()
        account = self.account.text().strip() if has_account else ""
        password = self.password.text() if has_account else ""
        room = self.room.text().strip()
        rooms = [room] if room and not address.is_classroom else []
        self._networks.settings.nick = nick
        network = self._networks.add(self.url(), nick=nick, rooms=rooms, account=account, password=password)
        if account and password and self.saves.isChecked():
            self._networks.unsaved_passwords.add(network, account, password)
        self.accept()
        self.chosen.emit(network)

    def _show_error(self, text: str) -> None:
        self.error.setText(text)
        self.error.show()
