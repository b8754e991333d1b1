"""The channels of a server, while it lists them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from papo.client.state.network import Network
from papo.desktop.dialogs.chooser import Choice, Chooser
from papo.i18n import _, ngettext
from papo.ui.matching import matching

MAX_SHOWN = 300


class ChannelList(Chooser):
    """Joins the chosen channel, or creates the one whose name was typed."""

    def __init__(self, parent: QWidget | None, network: Network) -> None:
        self._network = network
        super().__init__(parent, _("Channels"), _("Find a channel, or name a new one"), self._matching)
        self.follow()

    def follow(self) -> None:
        """Show what the server has listed since then."""
        self.refresh()
        if not self.shown:
            self.note.setText(_("Loading…"))

    def _matching(self, typed: str) -> Sequence[Choice]:
        network = self._network
        listed = {each.name: each for each in network.channel_list or ()}
        by_size = sorted(listed.values(), key=lambda each: (-each.users, each.name.lower()))
        found = []
        for each in matching(by_size, typed, lambda each: f"{each.name} {each.topic}")[:MAX_SHOWN]:
            people = ngettext("{count} person", "{count} people", each.users).format(count=each.users)
            about = f"{people} · {each.topic}" if each.topic else people
            found.append(Choice(each.name, about, partial(network.join, each.name)))
        name = typed.strip().replace(" ", "-")
        name = name if network.is_channel(name) else f"#{name}"
        if len(name) > 1 and not any(network.fold(each) == network.fold(name) for each in listed):
            about = _("Create this channel, or join it if it is hidden")
            found.append(Choice(name, about, partial(network.join, name)))
        return found
