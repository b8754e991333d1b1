"""What a connection has begun and not finished: a login that lacks the second factor, an app that is being set up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from papo.server.auth.passkeys import Challenge
    from papo.server.dialects.irc.sasl import Chunks
    from papo.server.world.records import Account

WAIT_S = 300.0
"""How long somebody may look for their phone."""
MAX_TRIES = 3
"""Wrong codes for one login; then the password is asked for again."""


class PendingPasskey(NamedTuple):
    """A passkey that the browser is making."""

    asked: Challenge
    name: str
    chunks: Chunks


class PendingFactor:
    """Both, and when."""

    __slots__ = ("account", "passkey", "secret", "since_s", "tries")

    def __init__(self) -> None:
        self.account: Account | None = None
        """Proved by its password; None if no code is awaited."""
        self.since_s = 0.0
        """Monotonic."""
        self.tries = 0
        self.passkey: PendingPasskey | None = None
        self.secret = ""
        """Of the authenticator app that has not shown its first code yet."""
