"""SCRAM-SHA-256, server side (RFC 5802, RFC 7677), by the library `scramp`; and the keys that it needs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable

from scramp import ScramMechanism
from scramp.utils import ScramException, saslprep

COUNT_INTERVAL_S = 600.0
"""Between two counts of the rounds in use."""


class Scram:
    """One exchange. `keys_of` returns the keys that belong to a name (`make_keys`)."""

    def __init__(self, keys_of: Callable[[str], str]) -> None:
        self.name = ""
        """The name in the client's first message; "" before it."""
        self._keys_of = keys_of
        self._server = ScramMechanism("SCRAM-SHA-256").make_server(self._keys)

    def _keys(self, name: str) -> tuple[bytes, bytes, bytes, int]:
        self.name = name
        rounds, salt, stored, server = self._keys_of(name).split(":")
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


def make_keys(password: str, rounds: int) -> str:
    """`rounds:salt:stored key:server key`, in base64; "" for a password that SASLprep (RFC 4013) forbids."""
    try:
        prepared = saslprep(password)
    except (ScramException, UnicodeError):
        return ""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", prepared.encode(), salt, rounds)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    return _joined(rounds, salt, hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", "sha256"))


def rounds_of(keys: str) -> int:
    """With how many rounds keys were made; 0 for no keys."""
    return int(keys.partition(":")[0]) if keys else 0


def _joined(rounds: int, *parts: bytes) -> str:
    return ":".join([str(rounds), *(base64.b64encode(part).decode() for part in parts)])


class Decoys:
    """Keys for names without an account, which look like those of an account and match no password.

    A name has the same salt and rounds each time, after a restart too. While some accounts have keys of fewer rounds,
    the same share of the decoys has; as accounts are renewed, decoys seem to be.
    """

    def __init__(self, usual_rounds: int) -> None:
        self.secret = b""
        """What the salts are made with."""
        self._usual = usual_rounds
        self._in_use: list[int] = []
        self._counted_at_s = float("-inf")

    def keys(self, name: str, rounds_in_use: Callable[[], list[int]], now_s: float) -> str:
        """Keys for a name; `rounds_in_use` gives the rounds of all accounts that have keys."""
        if now_s - self._counted_at_s >= COUNT_INTERVAL_S:
            self._in_use = sorted(rounds_in_use()) or [self._usual]
            self._counted_at_s = now_s
        share = int.from_bytes(self._digest(name)[:6]) / (1 << 48)
        rounds = self._in_use[int(share * len(self._in_use))]
        salt = self._digest(f"{rounds} {name}")[:16]
        return _joined(rounds, salt, hashlib.sha256(os.urandom(32)).digest(), os.urandom(32))

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self.secret, text.encode(), "sha256")
