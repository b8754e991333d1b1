"""SCRAM-SHA-256, server side (RFC 5802, RFC 7677), by the library `scramp`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable

from scramp import ScramMechanism
from scramp.utils import ScramException

from papo.server.auth.passwords import SCRAM_ROUNDS

_PEPPER = os.urandom(32)
"""Salts for accounts that do not exist come from this: a name always gets the same, as an account's name does."""


class Scram:
    """One exchange. `keys_of` returns an account's keys by its name (`passwords.scram_keys`); "" for no account."""

    def __init__(self, keys_of: Callable[[str], str]) -> None:
        self.name = ""
        """The name in the client's first message; "" before it."""
        self._keys_of = keys_of
        self._server = ScramMechanism("SCRAM-SHA-256").make_server(self._keys)

    def _keys(self, name: str) -> tuple[bytes, bytes, bytes, int]:
        self.name = name
        rounds, salt, stored, server = (self._keys_of(name) or _decoy(name)).split(":")
        return base64.b64decode(salt), base64.b64decode(stored), base64.b64decode(server), int(rounds)

    def begin(self, message: str) -> str:
        """The challenge to the client's first message. Raises ValueError."""
        try:
            self._server.set_client_first(message)
            return str(self._server.get_server_first())
        except (ScramException, ValueError) as error:
            raise ValueError(str(error)) from None

    def finish(self, message: str) -> str | None:
        """The server's own proof, if the client's final message proves the password; else None."""
        try:
            self._server.set_client_final(message)
            return str(self._server.get_server_final())
        except (ScramException, ValueError):
            return None


def _decoy(name: str) -> str:
    salt = hmac.digest(_PEPPER, name.encode(), "sha256")[:16]
    parts = (salt, hashlib.sha256(os.urandom(32)).digest(), os.urandom(32))
    return ":".join([str(SCRAM_ROUNDS), *(base64.b64encode(part).decode() for part in parts)])
