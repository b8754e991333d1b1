"""What is known of a user."""

from __future__ import annotations

from rich.text import Text

from papo.client.session.answers import Answer
from papo.client.state.network import Network
from papo.client.text.markup import plain
from papo.i18n import _
from papo.terminal.dialogs.text_dialog import TextDialog
from papo.terminal.theme import TextStyles
from papo.ui.whois import facts


class UserCard(TextDialog):
    """Asks the server when it is shown."""

    def __init__(self, network: Network, nick: str, styles: TextStyles) -> None:
        super().__init__(plain(nick), Text(_("Loading…"), styles.dim))
        self._network, self._nick, self._styles = network, nick, styles

    def on_mount(self) -> None:
        """Ask, if this kind of server can be asked."""
        if self._network.address.is_classroom or self._network.status != "online":
            self._received([])
        else:
            self._network.session.ask("WHOIS", self._nick, then=self._received)

    def _received(self, answer: Answer | None) -> None:
        text = Text()
        for label, value in facts(self._network.find_user(self._nick), answer or []):
            text.append(f"{label}: " if label else "", self._styles.dim)
            text.append(f"{value}\n")
        self.update_text(text or Text(_("This person is not here now."), self._styles.dim))
