"""A dialog with a field and a list that the field makes shorter: where to go, which channel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QWidget

from papo.client.state.network import Network
from papo.client.state.search import can_search
from papo.client.text.emoji import unaccented
from papo.desktop.composer.completion_popup import TwoSided, row
from papo.desktop.theme import theme
from papo.desktop.theme.controls import Sheet, label
from papo.i18n import _, ngettext

MOST_PLACES = 14
MOST_ROOMS = 300


class Choice(msgspec.Struct, frozen=True):
    """A row, and what it does."""

    label: str
    about: str
    act: Callable[[], None]


class Chooser(Sheet):
    """Type, and press Enter. `choices` gives what fits what was typed."""

    def __init__(self, parent: QWidget | None, title: str, hint: str, choices: Callable[[str], list[Choice]]) -> None:
        super().__init__(parent, title, 520)
        self._choices = choices
        self._shown: list[Choice] = []
        self.field = QLineEdit()
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName(hint)
        self.list = QListWidget()
        self.list.setItemDelegate(TwoSided(self.list))
        self.list.setAccessibleName(title)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(theme.now().px(320))
        self.note = label(_("Nothing fits."), "note")
        for each in (self.field, self.list, self.note):
            self.body.addWidget(each)
        self.field.textChanged.connect(self.refresh)
        self.field.returnPressed.connect(lambda: self._do(self.list.currentRow()))
        self.list.itemClicked.connect(lambda item: self._do(self.list.row(item)))
        self.refresh()
        self.field.setFocus()

    def refresh(self, _text: str = "") -> None:
        """What fits now."""
        shown = self._choices(self.field.text())
        if [(each.label, each.about) for each in shown] == [(each.label, each.about) for each in self._shown]:
            self._shown = shown
            return
        self._shown = shown
        self.list.clear()
        for each in shown:
            self.list.addItem(row(each.label, each.about))
        self.list.setCurrentRow(0)
        self.note.setVisible(not shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk through the list while the field has the keyboard."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        by = steps.get(Qt.Key(event.key()))
        if by is not None and self.list.count():
            at = self.list.currentRow() + by
            self.list.setCurrentRow(at % self.list.count() if abs(by) == 1 else max(0, min(at, self.list.count() - 1)))
            return
        super().keyPressEvent(event)

    def _do(self, at: int) -> None:
        if 0 <= at < len(self._shown):
            act = self._shown[at].act
            self.accept()
            act()


def places(networks: list[Network], here: Network | None, show: Callable[..., None]) -> list[Choice]:
    """Every conversation, and everybody who could become one."""
    found = []
    for network in networks:
        where = network.title if len(networks) > 1 else ""
        for buffer in network.conversations():
            count = buffer.mentions or buffer.unread
            about = " · ".join(filter(None, (where, str(count) if count else "")))
            found.append(Choice(buffer.name, about, partial(show, network, buffer)))

    def write(nick: str) -> None:
        if here is not None:
            show(here, here.open(nick))

    if here is not None:
        for key, known in here.users.items():
            if key not in here.buffers and not here.is_me(known.nick):
                found.append(Choice(known.nick, _("write a message"), partial(write, known.nick)))
    return found


def fitting(choices: list[Choice], text: str) -> list[Choice]:
    """Those that fit, the best first."""
    wanted = unaccented(text.lstrip("#@"))
    fits = [each for each in choices if wanted in unaccented(each.label)]
    fits.sort(key=lambda each: not unaccented(each.label.lstrip("#")).startswith(wanted))
    return fits


def palette(
    parent: QWidget | None,
    networks: list[Network],
    here: Network | None,
    show: Callable[..., None],
    doing: list[Choice],
) -> Chooser:
    """Ctrl+K: go anywhere, do anything, by typing a few letters."""

    def choices(text: str) -> list[Choice]:
        fits = fitting([*places(networks, here, show), *doing], text)[:MOST_PLACES]
        name = text.strip()
        if here is not None and not here.address.is_classroom and len(name) > 1:
            if here.is_channel(name) and here.buffer(name) is None:
                fits.append(Choice(name, _("join, or make it"), lambda: here.join(name)))
            elif name.startswith("@") and here.buffer(name[1:]) is None:
                fits.append(Choice(name[1:], _("write a message"), lambda: show(here, here.open(name[1:]))))
        return fits

    hint = _("A channel, a person or an action")
    return Chooser(parent, _("Go to"), hint, choices)


def doings(here: Network | None, dialog: Callable[[str, str], None]) -> list[Choice]:
    """What else can be done from the palette."""
    found = [Choice(_("Connect to a server"), "", lambda: dialog("servers", ""))]
    if here is not None and not here.address.is_classroom:
        found.append(Choice(_("Find a channel"), "", lambda: dialog("browse", "")))
    if here is not None and can_search(here):
        found.append(Choice(_("Search messages"), "", lambda: dialog("search", "")))
    found.append(Choice(_("Settings"), "", lambda: dialog("settings", "")))
    found.append(Choice(_("Shortcuts and commands"), "", lambda: dialog("help", "")))
    return found


class Rooms(Chooser):
    """All channels of a server that it has told of, with a filter."""

    def __init__(self, parent: QWidget | None, network: Network) -> None:
        self._network = network
        super().__init__(parent, _("Channels"), _("Find a channel, or name a new one"), self._fitting)
        self.redraw()

    def redraw(self) -> None:
        """More channels may have come."""
        self.refresh()
        if not self._shown:
            self.note.setText(_("Loading…"))

    def _fitting(self, text: str) -> list[Choice]:
        network = self._network
        wanted = unaccented(text)
        known = {each.name: each for each in network.channel_list or ()}
        rooms = [each for each in known.values() if wanted in unaccented(f"{each.name} {each.topic}")]
        rooms.sort(key=lambda each: (-each.users, each.name.lower()))
        found = []
        for each in rooms[:MOST_ROOMS]:
            people = ngettext("{count} person", "{count} people", each.users).format(count=each.users)
            about = f"{people} · {each.topic}" if each.topic else people
            found.append(Choice(each.name, about, partial(network.join, each.name)))
        name = text.strip().replace(" ", "-")
        name = name if network.is_channel(name) else f"#{name}"
        if len(name) > 1 and not any(network.fold(each.name) == network.fold(name) for each in rooms):
            found.append(Choice(name, _("Make this channel, or join it if it is hidden"), lambda: network.join(name)))
        return found
