"""Passwords where the system keeps them (keyring); nowhere, where it keeps none."""

from __future__ import annotations

import contextlib

SERVICE = "papo"


def recall(server: str, account: str) -> str:
    """The password that was kept; "" for none. May take as long as the system asks its user."""
    with contextlib.suppress(Exception):  # every system's keyring has errors of its own, and none of them matters here
        import keyring  # noqa: PLC0415 - slow to load, and rarely needed

        return keyring.get_password(SERVICE, f"{account}@{server}") or ""
    return ""


def remember(server: str, account: str, password: str) -> bool:
    """Keep a password; False where there is no safe place for it."""
    with contextlib.suppress(Exception):  # as above
        import keyring  # noqa: PLC0415

        keyring.set_password(SERVICE, f"{account}@{server}", password)
        # A system without a safe place may take it, and keep nothing.
        return keyring.get_password(SERVICE, f"{account}@{server}") == password
    return False


def forget(server: str, account: str) -> None:
    """Keep it no longer."""
    with contextlib.suppress(Exception):  # as above
        import keyring  # noqa: PLC0415

        keyring.delete_password(SERVICE, f"{account}@{server}")
