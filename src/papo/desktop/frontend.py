"""What commands and menus open: conversations and dialogs. Is the `Frontend` of `papo.client.commands`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QWidget

from papo.client.address import read_address
from papo.client.commands import Dialog
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.desktop.dialogs.channel_list import ChannelList
from papo.desktop.dialogs.connect_dialog import ConnectDialog
from papo.desktop.dialogs.help import Help
from papo.desktop.dialogs.palette import palette
from papo.desktop.dialogs.preferences import Preferences
from papo.desktop.dialogs.user_card import UserCard
from papo.desktop.networks import Networks
from papo.ui.networks import first_conversation


class Frontend:
    """Opens one dialog at a time; the window shows conversations and does what is not a dialog."""

    def __init__(
        self,
        window: QWidget,
        networks: Networks,
        *,
        search: Callable[[str], None],
        upload: Callable[[str], None],
        restyle: Callable[[], None],
        closed: Callable[[], None],
    ) -> None:
        """`window`: the parent of every dialog. `closed` is called after the last one was closed."""
        self._window = window
        self._networks = networks
        self._search = search
        self._upload = upload
        self._restyle = restyle
        self._closed = closed
        self._dialog: QDialog | None = None

    @property
    def opened(self) -> QDialog | None:
        """The dialog that is open."""
        return self._dialog

    def open(self, dialog: QDialog) -> None:
        """Open a dialog in place of the one that is open."""
        last, self._dialog = self._dialog, dialog
        if last is not None:
            last.close()
        dialog.finished.connect(lambda _result: self._finished(dialog))
        dialog.open()

    def _finished(self, dialog: QDialog) -> None:
        if self._dialog is dialog:
            self._dialog = None
            self._closed()

    # --- what commands ask for

    def show(self, network: Network, buffer: Buffer) -> None:
        """Show a conversation."""
        self._networks.show(network, buffer)

    def dialog(self, name: Dialog, words: str) -> None:
        """Open a dialog, or what the window has in place of one."""
        network = self._networks.shown[0] if self._networks.shown is not None else None
        match name:
            case "help":
                self.open(Help(self._window))
            case "settings" | "themes":
                self.open(Preferences(self._window, self._networks, network, self._restyle))
            case "servers":
                self.open_connect_dialog()
            case "user" if network is not None:
                self.open_user_card(network, words.partition(" ")[0] or network.nick)
            case "channels" if network is not None:
                self._open_channel_list(network)
            case "search":
                self._search(words)
            case "upload":
                self._upload(words)
            case _:
                pass

    def connect(self, address: str) -> None:
        """Connect to another server. Raises NotAnAddressError."""
        read_address(address)
        network = self._networks.add(address)
        self.show(network, first_conversation(network))

    def leave(self, network: Network, reason: str) -> None:
        """Quit a network."""
        self._networks.leave(network, reason)

    # --- what menus and buttons open

    def open_connect_dialog(self) -> None:
        """Ask for a server."""
        dialog = ConnectDialog(self._window, self._networks)
        dialog.chosen.connect(lambda network: self.show(network, first_conversation(network)))
        self.open(dialog)

    def open_palette(self) -> None:
        """Go anywhere, do anything, by a few letters."""
        self.open(palette(self._window, self._networks, self, self.list_channels))

    def list_channels(self, network: Network) -> None:
        """Ask a server for its channels."""
        network.channel_list = None
        if network.status == "online":
            network.session.send("LIST")
        self._open_channel_list(network)

    def _open_channel_list(self, network: Network) -> None:
        dialog = ChannelList(self._window, network)
        self._networks.changes.connect(dialog.follow)
        self.open(dialog)

    def open_user_card(self, network: Network, nick: str) -> None:
        """Show what is known of a user."""
        self.open(UserCard(self._window, network, nick, lambda: self.show(network, network.open(nick))))
