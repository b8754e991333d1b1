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
        self._unsaved_passwords: dict[int, tuple[str, str]] = {}
        """By `id` of a network: account and password, until the server has accepted them."""
        self._tasks: set[asyncio.Task[None]] = set()

    def add(
        self, address: Address, *, nick: str, account: str = "", password: str = "", rooms: Sequence[str] = ()
    ) -> Network:
        """Connect to a server. Without a password the user is a guest."""
        person = Identity(nick, account=account if password else "", password=password)
        network = make_network(
            address, person, settings=self.settings, rooms=rooms, outbox=self.outbox, listener=self._listener
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

    def keep_password(self, network: Network, account: str, password: str) -> None:
        """Keep a password in the system's keyring as soon as the server has accepted it."""
        self._unsaved_passwords[id(network)] = (account, password)

    def accepted_passwords(self) -> list[Network]:
        """Networks that have accepted a password that is not saved yet."""
        return [each for each in self.all if each.account and id(each) in self._unsaved_passwords]

    async def save_passwords(self) -> bool:
        """Keep the passwords that servers have accepted; True if the keyring has taken one."""
        taken = False
        for network in self.accepted_passwords():
            account, password = self._unsaved_passwords.pop(id(network))
            url = str(network.address)
            self.settings.server(url).account = account
            self.settings_changed()
            taken |= await asyncio.to_thread(saved_passwords.remember, url, account, password)
        return taken
