"""The networks of the window, and what is kept of them in the user's folder. Knows no widget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from papo.client import saved_passwords
from papo.client import settings as user_settings
from papo.client.address import Address, read_address
from papo.client.certificates import Certificates
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox
from papo.desktop.worker import Worker
from papo.i18n import _
from papo.ui.networks import make_network, nick_for, remember, room_names, unread
from papo.ui.unsaved_passwords import UnsavedPasswords

DRAW_MS = 30
TICK_MS = 1_000


class Networks(QObject):
    """All networks, in the order in which they were added. Is the `Listener` of each of them."""

    changes = Signal()
    """Something that can be seen is different; at most every `DRAW_MS`."""
    noticed = Signal(str, str)
    """A text and its kind."""
    highlighted = Signal(object, object, object)
    message_received = Signal(object, object, object)
    show_wanted = Signal(object, object)
    """A network and its conversation that is to be shown."""
    was_refused = Signal(object, str, str)
    list_changed = Signal()
    """A network was added or left."""
    ticked = Signal()

    def __init__(self, folder: Path, worker: Worker | None) -> None:
        """`worker`: runs the connections; None: nothing connects, for tests."""
        super().__init__()
        self.folder = folder
        self.settings = user_settings.read(folder)
        self.certificates = Certificates(folder / "certificates.json")
        self.outbox = Outbox(folder / "outbox")
        self.unsaved_passwords = UnsavedPasswords(self.settings)
        self.all: list[Network] = []
        self.shown: tuple[Network, Buffer] | None = None
        """The conversation in the timeline; the window keeps it up to date."""
        self.worker = worker
        self._connections: dict[int, ServerConnection] = {}
        """By `id` of their network."""
        self._draw_timer = QTimer(self)
        self._draw_timer.setSingleShot(True)
        self._draw_timer.setInterval(DRAW_MS)
        self._draw_timer.timeout.connect(self.changes)
        self._tick_timer = QTimer(self)
        self._tick_timer.setInterval(TICK_MS)
        self._tick_timer.timeout.connect(self.tick)
        self._tick_timer.start()

    # --- `Listener`: what networks report

    def changed(self) -> None:
        """Emit `changes` within `DRAW_MS`."""
        if not self._draw_timer.isActive():
            self._draw_timer.start()

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:  # noqa: ARG002 - Listener
        """Show a toast."""
        self.noticed.emit(text, kind)

    def highlight(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """Notify the user."""
        self.highlighted.emit(network, buffer, line)

    def message(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """Report a message that arrived just now."""
        self.message_received.emit(network, buffer, line)

    def show(self, network: Network, buffer: Buffer) -> None:
        """Ask the window to show a conversation."""
        self.show_wanted.emit(network, buffer)

    def refused(self, network: Network, code: str, text: str) -> None:
        """Ask the user for what the server wants."""
        self.was_refused.emit(network, code, text)

    def buffers_changed(self, network: Network) -> None:
        """Save which conversations are open."""
        self.remember(network)
        self.changed()

    # --- connecting and leaving

    def find(self, address: Address) -> Network | None:
        """The network with this address."""
        return next((each for each in self.all if str(each.address) == str(address)), None)

    def add(
        self, url: str, *, nick: str = "", rooms: Sequence[str] = (), account: str = "", password: str = ""
    ) -> Network:
        """Connect to a server, or return the network that is connected already. Raises NotAnAddressError.

        `rooms`: channels to join. Without an account that of the last time is used.
        """
        address = read_address(url)
        wanted = [*([address.room] if address.room else []), *room_names(rooms)]
        present = self.find(address)
        if present is not None and not present.is_closed:
            for room in wanted:
                present.join(room)
            return present
        if present is not None:
            self.all.remove(present)
        saved = self.settings.server(str(address))
        saved.connects = True
        saved.account = account or saved.account
        nick = nick or nick_for(self.settings, address) or _("guest")
        identity = Identity(nick, account=saved.account, password=password, device=saved.device_name())
        network = make_network(
            address, identity, settings=self.settings, rooms=wanted, outbox=self.outbox, listener=self
        )
        self.all.append(network)
        self.remember(network)
        self.list_changed.emit()
        self._recall_password(network)
        return network

    def _recall_password(self, network: Network) -> None:
        """Connect, with the password from the keyring if there is one: the keyring may ask the user."""
        identity = network.identity
        if self.worker is None:
            return
        if not identity.account or identity.password:
            self._connect(network)
            return

        def recalled(password: str) -> None:
            identity.password = password
            if not password:
                identity.account = ""
            self._connect(network)

        self.worker.run(asyncio.to_thread(saved_passwords.recall, str(network.address), identity.account), recalled)

    def _connect(self, network: Network) -> None:
        if self.worker is None or network not in self.all:
            return
        connection = ServerConnection(network, certificates=self.certificates, post=self.worker.post)
        worker = self.worker
        # Through the loop, so that leaving at once finds the connection started.
        network.disconnect = lambda: worker.call(connection.close)
        self._connections[id(network)] = connection
        worker.call(connection.start)

    def reconnect(self, network: Network) -> None:
        """Try to connect now."""
        connection = self._connections.get(id(network))
        if network.status == "waiting" and connection is not None:
            connection.reconnect()
        elif network.status == "closed":
            network.connecting()
            self._connect(network)

    def leave(self, network: Network, reason: str = "") -> None:
        """Quit a network for good: the next start does not connect to it."""
        self.settings.server(str(network.address)).connects = False
        network.quit(reason)
        self.unsaved_passwords.discard(network)
        if network in self.all:
            self.all.remove(network)
        self._connections.pop(id(network), None)
        self.save()
        self.list_changed.emit()
        self.changed()

    def close(self) -> None:
        """Quit every network, because the program ends; the next start connects to them again."""
        self._tick_timer.stop()
        for network in self.all:
            self.remember(network)
            network.quit()
        if self.worker is not None:
            self.worker.stop()
        self.outbox.close()

    def tick(self) -> None:
        """A second has passed."""
        for network in self.all:
            network.tick()
        self._save_accepted_passwords()
        self.ticked.emit()

    # --- what the user decides about a network

    def change_nick(self, network: Network, nick: str) -> None:
        """Change the nick, now or once the connection is open."""
        if network.status == "registering":
            network.retry_with_nick(nick)
        else:
            network.change_nick(nick)
        self.remember(network)

    def _save_accepted_passwords(self) -> None:
        accepted = self.unsaved_passwords.take_accepted()
        if not accepted or self.worker is None:
            return

        def saved(done: bool) -> None:  # noqa: FBT001 - called by position
            if not done:
                self.noticed.emit(_("There is no safe place for passwords here; it was not kept."), "error")

        self.save()
        for each in accepted:
            self.worker.run(asyncio.to_thread(saved_passwords.remember, *each), saved)

    def pinned(self, network: Network) -> str:
        """Fingerprint of the certificate that the user trusts there; "" for none."""
        return self.certificates.pin(network.address)

    def unread(self) -> tuple[int, int]:
        """Number of highlights and of unread messages, without conversations whose notifications are off."""
        return unread(self.all)

    # --- what is kept

    def remember(self, network: Network) -> None:
        """Keep what the next start needs of a network."""
        remember(self.settings, network)
        self.save()

    def save(self) -> None:
        """Write the settings into the user's folder."""
        user_settings.write(self.folder, self.settings)

    def settings_changed(self) -> None:
        """Let the settings take effect, and write them."""
        for network in self.all:
            network.keywords = tuple(self.settings.keywords)
        self.save()
        self.changed()
