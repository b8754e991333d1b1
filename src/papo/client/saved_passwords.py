"""Passwords in the system's keyring, if it has one."""

from __future__ import annotations

import contextlib

SERVICE = "papo"


def recall(server: str, account: str) -> str:
    """The saved password; "" for none. Takes as long as the system needs to ask the user."""
    with contextlib.suppress(Exception):  # each system's keyring raises errors of its own; without it the user is asked
        import keyring  # noqa: PLC0415 - slow to load, and rarely needed

        return keyring.get_password(SERVICE, f"{account}@{server}") or ""
    return ""


def remember(server: str, account: str, password: str) -> bool:
    """Save a password. False if there is no safe place for it."""
    with contextlib.suppress(Exception):  # as above
        import keyring  # noqa: PLC0415

        keyring.set_password(SERVICE, f"{account}@{server}", password)
        # A system without a keyring may accept it and keep nothing.
        return keyring.get_password(SERVICE, f"{account}@{server}") == password
    return False


def forget(server: str, account: str) -> None:
    """Delete a saved password."""
    with contextlib.suppress(Exception):  # as above
        import keyring  # noqa: PLC0415

        keyring.delete_password(SERVICE, f"{account}@{server}")
