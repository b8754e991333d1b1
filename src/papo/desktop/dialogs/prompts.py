"""What only the user can answer when a server refuses: another nick, a password, whether to trust a certificate."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QWidget

from papo.client.state.network import Network
from papo.desktop.networks import Networks
from papo.desktop.theme import theme
from papo.desktop.theme.controls import BaseDialog, button, label
from papo.i18n import _
from papo.ui import refusals
from papo.ui.networks import nick_from


class Prompt(BaseDialog):
    """A question about one network. Going back means leaving a network that is not online."""

    def __init__(self, parent: QWidget | None, networks: Networks, network: Network, title: str, text: str) -> None:
        super().__init__(parent, title, 430)
        self.networks = networks
        self.network = network
        self.body.addWidget(label(f"{network.title}: {text}"))
        self._buttons = QHBoxLayout()
        self._buttons.addStretch(1)

    def add_button(self, text: str, act: Callable[[], object], kind: str = "") -> None:
        """Add a button; `kind` as for `controls.button`."""
        made = button(text, kind)
        made.clicked.connect(act)
        made.setDefault(kind == "primary")
        self._buttons.addWidget(made)

    def add_buttons(self) -> None:
        """Put the buttons beneath everything else."""
        self.body.addLayout(self._buttons)

    def go_on(self) -> None:
        """Close, and connect again if the connection has ended meanwhile."""
        if self.network.status == "closed":
            self.networks.reconnect(self.network)
        self.accept()

    def reject(self) -> None:
        """Go back."""
        super().reject()
        if self.network.status != "online":
            self.networks.leave(self.network)


class NickPrompt(Prompt):
    """The nick is taken, or the server does not accept it."""

    def __init__(self, parent: QWidget | None, networks: Networks, network: Network, code: str, text: str) -> None:
        super().__init__(parent, networks, network, _("Nick"), refusals.sentence(network, code, text))
        self.field = QLineEdit(refusals.suggested_nick(network, code))
        self.field.setAccessibleName(_("Nick"))
        self.field.selectAll()
        self.body.addWidget(self.field)
        self.add_button(_("Cancel"), self.reject)
        self.add_button(_("Connect"), self.take_nick, "primary")
        self.add_buttons()
        self.field.setFocus()

    def take_nick(self) -> None:
        """Try the nick in the field."""
        nick = nick_from(self.field.text())
        if nick:
            self.networks.change_nick(self.network, nick)
            self.go_on()


class AccountPrompt(Prompt):
    """The account or its password is wrong."""

    def __init__(self, parent: QWidget | None, networks: Networks, network: Network, code: str, text: str) -> None:
        super().__init__(parent, networks, network, _("Sign in"), refusals.sentence(network, code, text))
        self.account = QLineEdit(network.identity.account or network.wanted_nick)
        self.account.setAccessibleName(_("Account"))
        self.password = password_field(_("Password"))
        self.saves = QCheckBox(_("Keep the password in this system's keyring"))
        for each in (self.account, self.password, self.saves):
            self.body.addWidget(each)
        self.add_button(_("Continue as a guest"), self.continue_as_guest)
        self.add_button(_("Sign in"), self.sign_in, "primary")
        self.add_buttons()
        self.password.setFocus()

    def sign_in(self) -> None:
        """Try what is in the fields."""
        network, account, password = self.network, self.account.text().strip(), self.password.text()
        if not password:
            return
        if self.saves.isChecked():
            self.networks.unsaved_passwords.add(network, account, password)
        network.identity.account, network.identity.password = account, password
        if network.status in {"registering", "online"}:
            network.log_in(account, password)
        self.go_on()

    def continue_as_guest(self) -> None:
        """Do without an account."""
        self.network.continue_as_guest()
        self.go_on()


class CodePrompt(Prompt):
    """The account has a second factor."""

    def __init__(self, parent: QWidget | None, networks: Networks, network: Network, code: str, text: str) -> None:
        super().__init__(parent, networks, network, _("Sign in"), refusals.sentence(network, code, text))
        self.field = QLineEdit()
        self.field.setPlaceholderText(_("Code"))
        self.field.setAccessibleName(_("Code"))
        self.body.addWidget(self.field)
        self.add_button(_("Cancel"), self.reject)
        self.add_button(_("Sign in"), self.give_code, "primary")
        self.add_buttons()
        self.field.setFocus()

    def give_code(self) -> None:
        """Try the code in the field."""
        if self.field.text().strip():
            self.accept()
            self.network.give_code(self.field.text())


class GuestPrompt(Prompt):
    """The server knows no way to sign in."""

    def __init__(self, parent: QWidget | None, networks: Networks, network: Network, code: str, text: str) -> None:
        super().__init__(parent, networks, network, _("Sign in"), refusals.sentence(network, code, text))
        self.add_button(_("Cancel"), self.reject)
        self.add_button(_("Continue as a guest"), self.continue_as_guest, "primary")
        self.add_buttons()

    def continue_as_guest(self) -> None:
        """Do without an account."""
        self.network.continue_as_guest()
        self.go_on()


class ServerPasswordPrompt(Prompt):
    """The server itself wants a password, or another one."""

    def __init__(self, parent: QWidget | None, networks: Networks, network: Network, code: str, text: str) -> None:
        sentence = refusals.sentence(network, code, text)
        super().__init__(parent, networks, network, _("This server wants a password"), sentence)
        self.password = password_field(_("Password of the server"))
        self.body.addWidget(self.password)
        self.add_button(_("Cancel"), self.reject)
        self.add_button(_("Connect"), self.take_password, "primary")
        self.add_buttons()
        self.password.setFocus()

    def take_password(self) -> None:
        """Try the password in the field."""
        if self.password.text():
            self.network.identity.server_password = self.password.text()
            self.go_on()


class CertificatePrompt(Prompt):
    """The server's certificate is not signed by a trusted authority."""

    def __init__(
        self, parent: QWidget | None, networks: Networks, network: Network, code: str, fingerprint: str
    ) -> None:
        _unused = code
        changed = bool(networks.pinned(network))
        question = refusals.certificate_question(network.address.host, changed=changed)
        super().__init__(parent, networks, network, _("Certificate"), question)
        self._fingerprint = fingerprint
        shown = label("\n".join(refusals.fingerprint_lines(fingerprint)))
        shown.setFont(theme.current().mono)
        shown.setAccessibleName(_("Fingerprint (SHA-256)"))
        self.body.addWidget(label(_("Fingerprint (SHA-256)"), "note"))
        self.body.addWidget(shown)
        self.add_button(_("Cancel"), self.reject, "primary")
        self.add_button(_("Trust it"), self.trust, "danger")
        self.add_buttons()

    def trust(self) -> None:
        """Trust the certificate from now on, and connect again."""
        self.networks.certificates.trust(self.network.address, self._fingerprint)
        self.accept()
        # The connection that found it may still be about to end.
        QTimer.singleShot(0, lambda: self.networks.reconnect(self.network))


PROMPTS = {
    "nick": NickPrompt,
    "account": AccountPrompt,
    "guest": GuestPrompt,
    "server password": ServerPasswordPrompt,
    "certificate": CertificatePrompt,
    "code": CodePrompt,
}


def prompt(parent: QWidget | None, networks: Networks, network: Network, code: str, text: str) -> Prompt | None:
    """The dialog for a refusal; None if no answer would help."""
    kind = PROMPTS.get(refusals.prompt_for(code))
    return kind(parent, networks, network, code, text) if kind is not None else None


def password_field(name: str) -> QLineEdit:
    """A field that does not show what is typed."""
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setPlaceholderText(name)
    field.setAccessibleName(name)
    return field
