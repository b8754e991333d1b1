"""Logging in with SASL: SCRAM-SHA-256 if it is offered, PLAIN if nobody on the way can read it.

Sources: IRCv3 sasl-3.2; RFC 5802, RFC 7677 (SCRAM); RFC 4616 (PLAIN).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from scramp import ScramClient, ScramException

from papo.protocol.sasl import CHUNK_LENGTH, chunks

MAX_CHALLENGE = 16_384
"""Characters of one challenge in all its chunks."""
MIN_ROUNDS, MAX_ROUNDS = 4096, 2_000_000
"""Of SCRAM, as a server may ask for them: with fewer a false one would get a proof that is cheap to guess (RFC 7677),
with more it would keep us busy."""


class Login:
    """One attempt. `mechanism` is the parameter of the first AUTHENTICATE."""

    def __init__(self, account: str, password: str, *, offered: str, private: bool) -> None:
        """`offered` is the value of the capability `sasl`; `private` means that nobody on the way can read it.

        Raises LookupError if no mechanism keeps the password safe.
        """
        self._account = account
        self._password = password
        names = [name.upper() for name in offered.split(",") if name]
        if "SCRAM-SHA-256" in names:
            self.mechanism = "SCRAM-SHA-256"
        elif private and (not names or "PLAIN" in names):
            self.mechanism = "PLAIN"
        else:
            raise LookupError(offered)
        self._scram: ScramClient | None = None
        self._challenges = 0
        self._chunks = ""
        self.is_mutual = self.mechanism == "PLAIN"
        """Whether the server has proved all that the mechanism asks of it: with SCRAM, that it knows the password."""
        self.slow: Callable[[], list[str]] | None = None
        """What computes the answer to the last challenge, if that takes long; its parameters are sent like others."""

    def receive(self, chunk: str) -> list[str] | None:
        """The parameters of the AUTHENTICATE lines that answer this one, none if it goes on or `slow` is set.

        None if the server's proof is wrong.
        """
        if len(chunk) == CHUNK_LENGTH and len(self._chunks) < MAX_CHALLENGE:
            self._chunks += chunk
            return []
        if self._chunks:
            chunk = self._chunks + ("" if chunk == "+" else chunk)
            self._chunks = ""
        try:
            return self._answer(chunk)
        except (ScramException, binascii.Error, ValueError):
            return None

    def _answer(self, challenge: str) -> list[str] | None:
        if self.mechanism == "PLAIN":
            return chunks(f"\0{self._account}\0{self._password}".encode())
        self._challenges += 1
        if self._scram is None:
            self._scram = ScramClient(["SCRAM-SHA-256"], self._account, self._password)
            return chunks(self._scram.get_client_first().encode())
        text = base64.b64decode(challenge).decode()
        if self._challenges == 2:
            scram = self._scram
            scram.set_server_first(text)
            if not MIN_ROUNDS <= int(scram.iterations) <= MAX_ROUNDS:
                return None
            self.slow = lambda: chunks(scram.get_client_final().encode())
            return []
        self._scram.set_server_final(text)
        self.is_mutual = True
        return ["+"]
