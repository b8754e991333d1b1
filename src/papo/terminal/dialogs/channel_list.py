"""The channels of a server, while it lists them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rich.text import Text

from papo.client.state.message import one_line
from papo.client.state.network import Network
from papo.client.text.markup import plain
from papo.i18n import _
from papo.terminal.dialogs.chooser import Choice, Chooser, fixed
from papo.terminal.theme import TextStyles

REFRESH_S = 0.5


class ChannelList(Chooser):
    """Joins the chosen channel."""

    def __init__(self, network: Network, styles: TextStyles) -> None:
        super().__init__(_("Channels"), _("part of a name or a topic"), self._matching)
        self._network = network
        self._styles = styles
        self._count = 0

    def on_mount(self) -> None:
        """Show what the server has listed, and what comes after that."""
        self.set_interval(REFRESH_S, self._follow)

    def _follow(self) -> None:
        if len(self._network.channel_list or ()) != self._count:
            self.update_choices()

    def _matching(self, typed: str) -> Sequence[Choice]:
        channels = sorted(self._network.channel_list or (), key=lambda each: -each.users)
        self._count = len(channels)
        return fixed([
            Choice(
                Text.assemble(plain(each.name), (f"  {each.users}  {one_line(each.topic)}", self._styles.dim)),
                partial(self._network.join, each.name),
            )
            for each in channels
        ])(typed)  # fmt: skip
