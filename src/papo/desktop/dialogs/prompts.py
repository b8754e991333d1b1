"""What only a person can answer when coming in failed: another nick, the password, whether to trust a certificate."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QWidget

from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.state.network import Network
from papo.desktop import sentences
from papo.desktop.networks import Networks
from papo.desktop.theme import theme
from papo.desktop.theme.controls import Sheet, button, label
from papo.i18n import _

NICK_CODES = frozenset({"431", "432", "433", "436", "437"})
SIGN_IN_CODES = frozenset({"sasl", "902", "904", "905"})


class Question(Sheet):
    """Something to answer about one network."""

    def __init__(self, parent: QWidget | None, network: Network, title: str, text: str) -> None:
        super().__init__(parent, title, 430)
        self.network = network
        self.body.addWidget(label(f"{network.title}: {text}"))
        self._buttons = QHBoxLayout()
        self._buttons.addStretch(1)

    def offer(self, text: str, act: object, kind: str = "") -> None:
        """One more button."""
        made = button(text, kind)
        made.clicked.connect(act)
        if kind == "primary":
            made.setDefault(True)
        self._buttons.addWidget(made)

    def finish(self) -> None:
        """All is there."""
        self.body.addLayout(self._buttons)


class NickQuestion(Question):
    """Somebody has our nick, or the server does not like it."""

    def __init__(self, parent: QWidget | None, desk: Networks, network: Network, code: str, text: str) -> None:
        said = text if isinstance(network, ClassroomNetwork) else sentences.refusal(code, text)
        super().__init__(parent, network, _("Nick"), said)
        self._desk = desk
        self.field = QLineEdit(f"{network.wanted_nick}2" if code in {"433", "436"} else network.wanted_nick)
        self.field.setAccessibleName(_("Nick"))
        self.field.selectAll()
        self.body.addWidget(self.field)
        self.offer(_("Cancel"), self.reject)
        self.offer(_("Come in"), self._take, "primary")
        self.finish()
        self.field.setFocus()

    def _take(self) -> None:
        nick = self.field.text().strip().replace(" ", "_")
        if nick:
            self._desk.rename(self.network, nick)
            if self.network.status == "closed":
                self._desk.again(self.network)
            self.accept()

    def reject(self) -> None:
        """Without another nick there is no coming in."""
        super().reject()
        self._desk.leave(self.network)


class PasswordQuestion(Question):
    """The account or its password is wrong, or the server's own is."""

    def __init__(self, parent: QWidget | None, desk: Networks, network: Network, code: str, text: str) -> None:
        super().__init__(parent, network, _("Sign in"), sentences.refusal(code, text))
        self._desk = desk
        self._of_server = code == "464"
        self.account = QLineEdit(network.identity.account or network.wanted_nick)
        self.account.setAccessibleName(_("Account"))
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText(_("Password of the server") if self._of_server else _("Password"))
        self.password.setAccessibleName(self.password.placeholderText())
        self.keeps = QCheckBox(_("Keep the password in this system's keyring"))
        if code != "sasl" and not self._of_server:
            self.body.addWidget(self.account)
        if code != "sasl":
            self.body.addWidget(self.password)
        if code != "sasl" and not self._of_server:
            self.body.addWidget(self.keeps)
        if not self._of_server:
            self.offer(_("Come in as a guest"), self._guest)
        if code != "sasl":
            self.offer(_("Sign in"), self._take, "primary")
        self.finish()
        (self.password if code != "sasl" else self).setFocus()

    def _take(self) -> None:
        network, password = self.network, self.password.text()
        if not password:
            return
        if self._of_server:
            network.identity.server_password = password
        else:
            account = self.account.text().strip()
            if self.keeps.isChecked():
                self._desk.remember_password(network, account, password)
            network.identity.account, network.identity.password = account, password
            if network.status in {"registering", "online"}:
                network.log_in(account, password)
        if network.status == "closed":
            self._desk.again(network)
        self.accept()

    def reject(self) -> None:
        """Neither as somebody nor as a guest."""
        super().reject()
        if self.network.status != "online":
            self._desk.leave(self.network)

    def _guest(self) -> None:
        network = self.network
        network.continue_as_guest()
        if network.status == "closed":
            self._desk.again(network)
        self.accept()


class CertificateQuestion(Question):
    """Nobody vouches for the server's certificate."""

    def __init__(self, parent: QWidget | None, desk: Networks, network: Network, fingerprint: str) -> None:
        known = desk.certificates.pin(network.address)
        text = (
            _("This is another certificate than the one you trust. Somebody may be in between.")
            if known
            else _("No authority knows this server's certificate. Compare its fingerprint with what the server shows.")
        )
        super().__init__(parent, network, _("Certificate"), text)
        self._desk = desk
        self._fingerprint = fingerprint
        pairs = [fingerprint[at : at + 2].upper() for at in range(0, len(fingerprint), 2)]
        shown = label("\n".join(":".join(pairs[at : at + 16]) for at in range(0, len(pairs), 16)))
        shown.setFont(theme.now().mono)
        shown.setAccessibleName(_("Fingerprint (SHA-256)"))
        self.body.addWidget(label(_("Fingerprint (SHA-256)"), "note"))
        self.body.addWidget(shown)
        self.offer(_("Cancel"), self.reject, "primary")
        self.offer(_("Trust it"), self._trust, "danger")
        self.finish()

    def _trust(self) -> None:
        self._desk.certificates.trust(self.network.address, self._fingerprint)
        self.accept()
        # The connection that found it may still be ending.
        QTimer.singleShot(0, lambda: self._desk.again(self.network))


def question(parent: QWidget | None, desk: Networks, network: Network, code: str, text: str) -> Question | None:
    """The dialog for a refusal; None where the text says everything."""
    if code == "certificate":
        return CertificateQuestion(parent, desk, network, text)
    if code in NICK_CODES:
        return NickQuestion(parent, desk, network, code, text)
    if code in SIGN_IN_CODES or code == "464":
        return PasswordQuestion(parent, desk, network, code, text)
    return None
