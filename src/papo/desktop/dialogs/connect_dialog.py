"""The dialog to connect: an address and a nick; servers nearby, classroom dialects, accounts."""

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
from papo.client.classroom.conversation import nick_problem
from papo.client.discovery import DiscoveredServer, discover
from papo.desktop.composer.completion_popup import TwoSided, row
from papo.desktop.networks import Networks
from papo.desktop.theme import theme
from papo.desktop.theme.controls import Sheet, button, label
from papo.i18n import _
from papo.protocol.dialects import CLASSROOM

URL = Qt.ItemDataRole.UserRole + 2


class ConnectDialog(Sheet):
    """Emits `chosen` with the network it goes to."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None, desk: Networks, url: str = "", problem: str = "") -> None:
        super().__init__(parent, _("Connect to a server"), 500)
        self._desk = desk
        self._gone = False
        self.tabs = QTabWidget()
        self.tabs.addTab(self._server(url), _("Server"))
        self.tabs.addTab(self._lesson(), _("Classroom"))
        self.nick = QLineEdit(desk.settings.nick or desk.nick_for_any())
        self.nick.setMaxLength(32)
        self.nick.setAccessibleName(_("Your name here"))
        self.wrong = label(problem, "wrong")
        self.wrong.setVisible(bool(problem))
        self.go = button(_("Connect"), "primary")
        self.go.setDefault(True)
        cancel = button(_("Cancel"))
        cancel.clicked.connect(self.reject)
        name = QFormLayout()
        name.addRow(label(_("Your name here")), self.nick)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(cancel)
        line.addWidget(self.go)
        self.body.addLayout(name)
        self.body.addWidget(self.tabs, 1)
        self.body.addWidget(self.wrong)
        self.body.addLayout(line)
        self.go.clicked.connect(self.connect_now)
        self._look_around()
        (self.address if self.nick.text() else self.nick).setFocus()

    def _server(self, url: str) -> QWidget:
        page = QWidget()
        self.address = QLineEdit(url)
        self.address.setPlaceholderText("irc://localhost, https://chat.example.org")
        self.address.setAccessibleName(_("Address"))
        self.room = QLineEdit()
        self.room.setPlaceholderText("#geral")
        self.room.setAccessibleName(_("Channel"))
        self.signs_in = QCheckBox(_("I have an account"))
        self.account = QLineEdit()
        self.account.setAccessibleName(_("Account"))
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setAccessibleName(_("Password"))
        self.keeps = QCheckBox(_("Keep the password in this system's keyring"))
        form = QFormLayout()
        form.addRow(label(_("Address")), self.address)
        form.addRow(label(_("Channel")), self.room)
        form.addRow(self.signs_in)
        self._signing = [label(_("Account")), self.account, label(_("Password")), self.password, self.keeps]
        form.addRow(self._signing[0], self.account)
        form.addRow(self._signing[2], self.password)
        form.addRow(self.keeps)
        self.signs_in.toggled.connect(self._toggle)
        self._toggle(False)
        self.near = QListWidget()
        self.near.setObjectName("boxed")
        self.near.setItemDelegate(TwoSided(self.near))
        self.near.setAccessibleName(_("Servers nearby"))
        self.near.setMaximumHeight(theme.now().px(120))
        self.near_note = label(_("Looking for servers nearby…"), "note")
        self.near.itemClicked.connect(self._take_near)
        self.near.itemActivated.connect(self._take_near)
        body = QVBoxLayout(page)
        body.setContentsMargins(0, 12, 0, 0)
        body.addLayout(form)
        body.addWidget(self.near_note)
        body.addWidget(self.near)
        known = [each.url for each in self._desk.settings.servers]
        for url_ in known:
            self._row(url_, url_)
        self.near.setVisible(bool(known))
        body.addStretch(1)
        return page

    def _lesson(self) -> QWidget:
        page = QWidget()
        body = QVBoxLayout(page)
        body.setContentsMargins(0, 12, 0, 0)
        body.addWidget(label(_("Servers written in class: they keep nothing, and everybody is in one room."), "note"))
        grid = QGridLayout()
        self.dialect = QListWidget()
        self.dialect.setObjectName("boxed")
        self.dialect.setItemDelegate(TwoSided(self.dialect))
        self.dialect.setAccessibleName(_("Dialect"))
        for scheme, dialect in CLASSROOM.items():
            item = row(scheme, str(dialect.port))
            item.setData(URL, scheme)
            self.dialect.addItem(item)
        self.dialect.setCurrentRow(0)
        self.dialect.setMinimumHeight(theme.now().px(168))
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

    def _toggle(self, shown: bool) -> None:  # noqa: FBT001 - a slot of a Qt signal
        for each in self._signing:
            each.setVisible(shown)
        self.adjustSize()

    # --- servers nearby

    def _look_around(self) -> None:
        if self._desk.worker is None:
            self.near_note.hide()
            return
        self._desk.worker.run(discover(), self._found)

    def _found(self, near: list[DiscoveredServer]) -> None:
        if self._gone:
            return
        self.near_note.setText(_("Servers nearby") if near else "")
        self.near_note.setVisible(bool(near))
        for at, each in enumerate(near):
            self._row(each.name, each.url, at)
        self.near.setVisible(self.near.count() > 0)

    def _row(self, text: str, url: str, at: int | None = None) -> None:
        item = row(text, url if url != text else "")
        item.setData(URL, url)
        self.near.insertItem(self.near.count() if at is None else at, item)

    def _take_near(self, item: QListWidgetItem) -> None:
        self.address.setText(str(item.data(URL)))

    def done(self, result: int) -> None:
        """Closed."""
        self._gone = True
        super().done(result)

    # --- going

    def url(self) -> str:
        """What was chosen."""
        if self.tabs.currentIndex() == 0:
            return self.address.text().strip() or "localhost"
        scheme = str(self.dialect.currentItem().data(URL))
        host = self.host.text().strip() or "localhost"
        return f"{scheme}://{host}:{self.port.text().strip() or CLASSROOM[scheme].port}"

    def connect_now(self) -> None:
        """Go there, or say what is wrong."""
        nick = self.nick.text().strip().replace(" ", "_")
        try:
            address = read_address(self.url())
        except NotAnAddressError as error:
            self._say(str(error))
            return
        if address.is_classroom:
            problem = nick_problem(address.scheme, nick)
        else:
            problem = "" if nick else _("Choose a nickname: it cannot be empty.")
        if problem:
            self._say(problem)
            return
        signs_in = self.tabs.currentIndex() == 0 and self.signs_in.isChecked()
        account = self.account.text().strip() if signs_in else ""
        password = self.password.text() if signs_in else ""
        room = self.room.text().strip()
        rooms = [room] if room and not address.is_classroom else []
        self._desk.settings.nick = nick
        network = self._desk.go(self.url(), nick=nick, rooms=rooms, account=account, password=password)
        if account and password and self.keeps.isChecked():
            self._desk.remember_password(network, account, password)
        self.accept()
        self.chosen.emit(network)

    def _say(self, text: str) -> None:
        self.wrong.setText(text)
        self.wrong.show()
