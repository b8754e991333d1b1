"""Codes that an authenticator app shows: TOTP (RFC 6238) as every app knows it, SHA-1, six digits, thirty seconds.

SHA-1 is what the apps take if nothing is said, and some whatever is said; HMAC does not need its collision resistance.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20
"""As long as what HMAC-SHA-1 gives (RFC 4226, section 4)."""
DRIFT = 1
"""Steps that a clock may be wrong by, in both directions (RFC 6238, section 5.2)."""


def new_secret() -> str:
    """A secret for one account, in base32."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_of(secret: str, step: int) -> str:
    """The code of one step of time (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFF_FFFF) % 10**DIGITS:0{DIGITS}}"


def find_step(secret: str, code: str, now_ms: int, after: int) -> int | None:
    """The step whose code this is, now or a step away; None if there is none later than `after`.

    `after` is the step of the last code that was accepted: none is accepted twice (RFC 6238, section 5.2).
    """
    typed = "".join(code.split()).encode("utf-8", "surrogatepass")
    present = now_ms // 1000 // STEP_S
    found = None
    for step in range(max(present - DRIFT, 0), present + DRIFT + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), typed) and step > after:
            found = step
    return found


def uri(secret: str, account: str, issuer: str) -> str:
    """What the QR code says (github.com/google/google-authenticator/wiki/Key-Uri-Format)."""
    label = f"{quote(issuer.replace(':', ' '), safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer.replace(':', ' '), safe='')}"
