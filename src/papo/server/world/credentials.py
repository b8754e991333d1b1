"""What logs in to an account besides its password: each can be told from the others, and revoked alone.

Both are random and long, so a fast hash keeps them: nobody can guess 128 bits, however fast a guess is checked.
"""

from __future__ import annotations

import msgspec


class Credential(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What both kinds have."""

    name: str
    """The owner's word for it."""
    digest: str
    """SHA-256 of the secret, in hex."""
    created_at_ms: int
    used_at_ms: int = 0
    """When it last logged in, to the hour; 0 if it never did."""
    used_from: str = ""
    """The network it last logged in from: an IPv4 address, or the /64 of an IPv6 address."""


class AppPassword(Credential, frozen=True, kw_only=True, omit_defaults=True):
    """A password of one program, which cannot be asked for a second factor."""

    scram: str = ""
    """As `Account.scram`; "" if SCRAM does not log in with it."""


class TrustedDevice(Credential, frozen=True, kw_only=True, omit_defaults=True):
    """A client that has given the second factor once: its token stands for that later."""
