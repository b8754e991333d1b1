"""Proof for the server of who we are (SASL): SCRAM-SHA-256 where it is offered, PLAIN where nobody listens in.

Sources: IRCv3 sasl-3.2; RFC 5802, RFC 7677 (SCRAM); RFC 4616 (PLAIN).
"""

from __future__ import annotations

import base64
import binascii

from scramp import ScramClient, ScramException

CHUNK = 400


class CannotSignInError(Exception):
    """The text says why, for a person."""


class SignIn:
    """One attempt. `mechanism` is what AUTHENTICATE names first."""

    def __init__(self, account: str, password: str, *, offered: str, private: bool) -> None:
        """`offered`: the value of the capability `sasl`; `private`: nobody on the way can read what is sent.

        Raises LookupError where there is no way that keeps the password safe.
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
        self._asked = 0
        self.is_mutual = self.mechanism == "PLAIN"
        """Whether the server has proved all that the mechanism asks of it: with SCRAM, that it knows the password."""

    def answer(self, challenge: str) -> list[str]:
        """The parameters of the AUTHENTICATE lines that answer this one (base64, or `+` for nothing).

        Raises CannotSignInError where the server does not know the password itself.
        """
        if self.mechanism == "PLAIN":
            return chunks(f"\0{self._account}\0{self._password}")
        self._asked += 1
        try:
            if self._scram is None:
                self._scram = ScramClient(["SCRAM-SHA-256"], self._account, self._password)
                return chunks(self._scram.get_client_first())
            text = base64.b64decode(challenge).decode()
            if self._asked == 2:
                self._scram.set_server_first(text)
                return chunks(self._scram.get_client_final())
            self._scram.set_server_final(text)
            self.is_mutual = True
        except (ScramException, binascii.Error, ValueError) as error:
            raise CannotSignInError(str(error)) from None
        return ["+"]


def chunks(payload: str) -> list[str]:
    """Base64 in pieces of 400; a `+` at the end where the last piece is full, or alone for nothing."""
    text = base64.b64encode(payload.encode()).decode()
    pieces = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]
    return pieces if pieces and len(pieces[-1]) < CHUNK else [*pieces, "+"]
