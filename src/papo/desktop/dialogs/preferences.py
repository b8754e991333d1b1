"""The user's settings. Every change takes effect at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QHBoxLayout, QLineEdit, QWidget

from papo.client.state.network import Network
from papo.desktop.networks import Networks
from papo.desktop.theme.controls import BaseDialog, button, label
from papo.i18n import N_, _
from papo.ui.networks import nick_from

APPEARANCES = (("system", N_("As the system")), ("light", N_("Light")), ("dark", N_("Dark")))
SIZES_PT = (8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 28)


class Preferences(BaseDialog):
    """The dialog. `restyle` is called after the colours or the size of text have changed."""

    def __init__(
        self, parent: QWidget | None, networks: Networks, network: Network | None, restyle: Callable[[], None]
    ) -> None:
        super().__init__(parent, _("Settings"), 470)
        self._networks = networks
        self._network = network
        self._restyle = restyle
        settings = networks.settings
        self.nick = QLineEdit(network.wanted_nick if network is not None else settings.nick)
        self.nick.setMaxLength(32)
        self.nick.setAccessibleName(_("Nick"))
        change = button(_("Change"))
        change.clicked.connect(self._rename)
        self.nick.returnPressed.connect(self._rename)
        naming = QHBoxLayout()
        naming.addWidget(self.nick, 1)
        naming.addWidget(change)
        self.appearance = QComboBox()
        self.appearance.setAccessibleName(_("Colours"))
        for value, name in APPEARANCES:
            self.appearance.addItem(_(name), value)
        self.appearance.setCurrentIndex([value for value, _name in APPEARANCES].index(settings.appearance))
        self.points = QComboBox()
        self.points.setAccessibleName(_("Size of text"))
        for points in dict.fromkeys((0, *SIZES_PT, settings.font_size)):
            self.points.addItem(f"{points} pt" if points else _("As the system"), points)
        self.points.setCurrentIndex(self.points.findData(settings.font_size))
        self.keywords = QLineEdit(", ".join(settings.keywords))
        self.keywords.setAccessibleName(_("Other words that count as a mention, separated by commas"))
        self.joins = QCheckBox(_("Show joins and leaves"))
        self.joins.setChecked(settings.shows_joins)
        self.notifies = QCheckBox(_("Show a notification"))
        self.notifies.setChecked(settings.notifies)
        self.typing = QCheckBox(_("Tell others when you are typing"))
        self.typing.setChecked(settings.sends_typing)
        form = QFormLayout()
        form.addRow(label(_("Nick")), naming)
        form.addRow(label(_("Colours")), self.appearance)
        form.addRow(label(_("Size of text")), self.points)
        self.body.addLayout(form)
        self.body.addWidget(label(_("Messages"), "section"))
        self.body.addWidget(self.joins)
        self.body.addWidget(self.typing)
        self.body.addWidget(label(_("When somebody mentions you"), "section"))
        self.body.addWidget(self.notifies)
        self.body.addWidget(label(_("Other words that count as a mention, separated by commas")))
        self.body.addWidget(self.keywords)
        self.body.addStretch(1)
        close = button(_("Close"), "primary")
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        self.body.addLayout(buttons)
        for each in (self.joins, self.notifies, self.typing):
            each.toggled.connect(self._changed)
        self.keywords.editingFinished.connect(self._changed)
        self.appearance.currentIndexChanged.connect(self._changed)
        self.points.currentIndexChanged.connect(self._changed)
        self.nick.setFocus()

    def _rename(self) -> None:
        nick = nick_from(self.nick.text())
        if not nick:
            return
        self._networks.settings.nick = nick
        if self._network is not None:
            self._networks.change_nick(self._network, nick)
        self._networks.settings_changed()

    def _changed(self) -> None:
        settings = self._networks.settings
        settings.shows_joins = self.joins.isChecked()
        settings.notifies = self.notifies.isChecked()
        settings.sends_typing = self.typing.isChecked()
        settings.keywords = [word.strip() for word in self.keywords.text().split(",") if word.strip()]
        appearance = cast('Literal["system", "light", "dark"]', self.appearance.currentData())
        size = int(self.points.currentData())
        restyles = (appearance, size) != (settings.appearance, settings.font_size)
        settings.appearance, settings.font_size = appearance, size
        self._networks.settings_changed()
        if restyles:
            self._restyle()
