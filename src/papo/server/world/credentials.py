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


class Passkey(Credential, frozen=True, kw_only=True, omit_defaults=True):
    """A key pair of the owner's phone, computer or security key (WebAuthn). Its `digest` is of its id: it has no secret
    that the server knows.
    """

    credential_id: str
    """base64url, as what follows."""
    public_key: str
    """With id and model, as WebAuthn's "attested credential data"."""
    rp_id: str
    """The server's name on whose page it was made: it logs in there alone."""
    counter: int = 0
    """How often it has signed, by its own count; 0 if it does not count."""


class TrustedDevice(Credential, frozen=True, kw_only=True, omit_defaults=True):
    """A client that has given the second factor once: its token stands for that later."""
