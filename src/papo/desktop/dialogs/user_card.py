"""Who somebody is, and what we may do with them here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QMenu, QWidget

from papo.client.commands import ban_mask
from papo.client.session.answers import Answer
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.desktop.theme import theme
from papo.desktop.theme.controls import Sheet, button, label
from papo.desktop.timeline.avatar import paint_avatar
from papo.i18n import _


class Avatar(QWidget):
    """A large picture."""

    def __init__(self, nick: str) -> None:
        super().__init__()
        self._nick = nick
        self.setFixedSize(theme.now().px(64), theme.now().px(64))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The letter."""
        _unused = event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_avatar(painter, theme.now(), QRectF(self.rect()), self._nick)
        painter.end()


class Identity(Sheet):
    """Asks the server, and shows what it knows."""

    def __init__(self, parent: QWidget | None, network: Network, nick: str, write: Callable[[], None]) -> None:
        super().__init__(parent, nick, 420)
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(theme.now().px(14))
        line = QHBoxLayout()
        line.setSpacing(theme.now().px(14))
        line.addWidget(Avatar(nick))
        line.addLayout(self._form, 1)
        self.body.addLayout(line)
        known = network.find_user(nick)
        if known is not None and known.account:
            self._fact(_("Account"), known.account)
        if known is not None and known.away:
            self._fact(_("Away"), known.away_text or "…")
        self._note = label(_("Loading…"), "note")
        self.body.addWidget(self._note)
        if not network.is_me(nick):
            begin = button(_("Write a message"), "primary")
            begin.clicked.connect(self.accept)
            begin.clicked.connect(write)
            self.body.addWidget(begin)
        self._gone = False
        self.destroyed.connect(self._left)
        if network.status == "online" and not network.address.is_classroom:
            network.session.ask("WHOIS", nick, then=self._take)
        else:
            self._note.hide()

    def _left(self) -> None:
        self._gone = True

    def done(self, result: int) -> None:
        """Closed: the answer comes too late."""
        self._gone = True
        super().done(result)

    def _fact(self, name: str, value: str) -> None:
        self._form.addRow(label(name, "note"), label(value))

    def _take(self, answer: Answer | None) -> None:
        if self._gone:
            return
        facts = whois(answer or [])
        for name, value in facts:
            self._fact(name, value)
        self._note.setVisible(not facts)
        self._note.setText(_("This person is not here now."))


def whois(answer: Answer) -> list[tuple[str, str]]:
    """What a server says of somebody."""
    facts: list[tuple[str, str]] = []
    for line in answer:
        params = line.params
        if line.command == "311" and len(params) > 5:
            facts += [(_("Name"), params[5]), (_("Address"), f"{params[2]}@{params[3]}")]
        elif line.command == "319" and len(params) > 2:
            facts.append((_("Channels"), params[2]))
        elif line.command in {"313", "335", "671"} and params:
            facts.append(("", params[-1]))
    return facts


def moderation(menu: QMenu, network: Network, buffer: Buffer, nick: str) -> None:
    """What we may do with somebody in a channel, if anything."""
    support = network.session.support
    rank = network.rank(buffer)
    member = buffer.members.get(network.fold(nick))
    least = support.rank_of("h") if "h" in support.prefix_modes else support.rank_of("o")
    if buffer.kind != "channel" or member is None or network.is_me(nick) or network.address.is_classroom:
        return
    if rank < least and not network.operator:
        return

    def has(letter: str) -> bool:
        at = support.prefix_modes.find(letter)
        return at >= 0 and support.prefixes[at] in member.signs

    def mode(letters: str, word: str) -> None:
        network.session.send("MODE", buffer.name, letters, word)

    def ban() -> None:
        mode("+b", ban_mask(network, nick))
        kick()

    def kick() -> None:
        network.session.send("KICK", buffer.name, nick, nick)

    menu.addSection(_("In {name}").format(name=buffer.name))
    if rank >= support.rank_of("o") or network.operator:
        words = _("No operator any more") if has("o") else _("Make operator")
        menu.addAction(words, lambda: mode("-o" if has("o") else "+o", nick))
    words = _("Take voice") if has("v") else _("Give voice")
    menu.addAction(words, lambda: mode("-v" if has("v") else "+v", nick))
    menu.addAction(_("Mute"), lambda: mode("+b", f"m:{ban_mask(network, nick)}"))
    menu.addAction(_("Put out"), kick)
    menu.addAction(_("Put out and ban"), ban)
