"""Passwords that are to be saved in the system's keyring, but not before the server has accepted them."""

from __future__ import annotations

from papo.client.settings import Settings
from papo.client.state.network import Network


class UnsavedPasswords:
    """At most one account and password for each network. A password that the server refuses is never saved."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._passwords: dict[Network, tuple[str, str]] = {}

    def add(self, network: Network, account: str, password: str) -> None:
        """Save this password once it is accepted; it replaces the one that the network had."""
        self._passwords[network] = (account, password)

    def discard(self, network: Network) -> None:
        """Save nothing for this network."""
        self._passwords.pop(network, None)

    def take_accepted(self) -> list[tuple[str, str, str]]:
        """Server, account and password of each that is accepted, for `saved_passwords.remember`; each only once.

        The accounts are put into the settings, since the next start looks for the password by account.
        """
        accepted = [
            network
            for network, credentials in self._passwords.items()
            if network.session.registration.accepted_credentials == credentials
        ]
        taken = []
        for network in accepted:
            url = str(network.address)
            account, password = self._passwords.pop(network)
            self._settings.server(url).account = account
            taken.append((url, account, password))
        return taken
