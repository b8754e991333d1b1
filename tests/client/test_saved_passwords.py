"""Passwords in the system's keyring."""

from __future__ import annotations

import keyring
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.backend import KeyringBackend

from papo.client import saved_passwords


class Memory(KeyringBackend):
    """A keyring in a dictionary."""

    priority = 1.0
    kept: dict[tuple[str, str], str]

    def __init__(self) -> None:
        self.kept = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.mark.parametrize("kind", [keyring.backends.null.Keyring, keyring.backends.fail.Keyring, Memory])
def test_passwords_where_the_system_keeps_them(kind: type[KeyringBackend]) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(kind())
    try:
        keeps = kind is Memory
        assert saved_passwords.recall("irc://x:6667", "ana") == ""
        assert saved_passwords.remember("irc://x:6667", "ana", "segredo") == keeps
        assert saved_passwords.recall("irc://x:6667", "ana") == ("segredo" if keeps else "")
        assert saved_passwords.recall("irc://y:6667", "ana") == ""
        saved_passwords.forget("irc://x:6667", "ana")
        saved_passwords.forget("irc://x:6667", "ana")
        assert saved_passwords.recall("irc://x:6667", "ana") == ""
    finally:
        keyring.set_keyring(before)
