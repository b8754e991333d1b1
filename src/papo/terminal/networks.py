"""The networks that the program is connected to, and what is kept of them in the user's folder. Knows no screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from papo.client import saved_passwords
from papo.client import settings as user_settings
from papo.client.address import Address, read_address
from papo.client.certificates import Certificates
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.settings import Settings
from papo.client.state.listener import Listener
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox
from papo.ui.networks import make_network, nick_for, remember
from papo.ui.unsaved_passwords import UnsavedPasswords

QUIT_S = 1.5
"""How long servers may take to hear that we quit."""


class Networks:
    """All networks of a program, in the order in which they were added."""

    def __init__(self, folder: Path | None, settings: Settings, listener: Listener) -> None:
        """`folder`: for settings, certificates and outbox; None: nothing is kept."""
        self.all: list[Network] = []
        self.settings = settings
        self.certificates = Certificates(folder / "certificates.json" if folder is not None else None)
        self.outbox = Outbox(folder / "outbox" if folder is not None else None)
        self._folder = folder
        self._listener = listener
        self._has_changes = False
        self.unsaved_passwords = UnsavedPasswords(settings)
        self._tasks: set[asyncio.Task[None]] = set()

    def add(
        self, address: Address, *, nick: str, account: str = "", password: str = "", rooms: Sequence[str] = ()
    ) -> Network:
        """Connect to a server. Without a password the user is a guest."""
        identity = Identity(nick, account=account if password else "", password=password)
        if password:
            identity.device = self.settings.server(str(address)).device_name()
            self._has_changes = True
        network = make_network(
            address, identity, settings=self.settings, rooms=rooms, outbox=self.outbox, listener=self._listener
        )
        self.all.append(network)
        self.connect(network)
        return network

    def add_url(self, url: str, like: Network | None) -> Network:
        """Connect to a server by what the user typed. Raises NotAnAddressError.

        `like`: a network whose nick the user most likely wants here too.
        """
        address = read_address(url)
        nick = address.nick or (like.nick if like is not None else nick_for(self.settings, address))
        return self.add(address, nick=nick, rooms=[address.room] if address.room else [])

    def connect(self, network: Network) -> None:
        """Connect to a network, for the first time or again."""
        task = ServerConnection(network, certificates=self.certificates).start()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def leave(self, network: Network, reason: str) -> None:
        """Quit a network and forget it."""
        network.quit(reason)
        self.unsaved_passwords.discard(network)
        if network in self.all:
            self.all.remove(network)

    async def close(self) -> None:
        """Quit every network and keep what there is to keep."""
        self.save()
        for network in self.all:
            network.quit()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=QUIT_S)
        self.outbox.close()

    def unsent(self, network: Network) -> int:
        """Number of the network's messages that wait in the outbox."""
        return sum(not each.failed for each in self.outbox.of(str(network.address)))

    # --- what is kept

    def remember(self, network: Network) -> None:
        """Keep what the next start needs of a network."""
        if network.was_online and not network.address.is_classroom:
            remember(self.settings, network)
            self.settings_changed()

    def settings_changed(self) -> None:
        """Write the settings with the next tick."""
        self._has_changes = True

    def save(self) -> None:
        """Write the settings."""
        if self._folder is not None:
            user_settings.write(self._folder, self.settings)

    def tick(self) -> None:
        """A second has passed."""
        for network in self.all:
            network.tick()
        if self._has_changes:
            self._has_changes = False
            self.save()

    async def save_passwords(self, accepted: Sequence[tuple[str, str, str]]) -> bool:
        """Save passwords that servers have accepted, as `take_accepted` gives them. True if the keyring took one."""
        self.settings_changed()
        return any([await asyncio.to_thread(saved_passwords.remember, *each) for each in accepted])
