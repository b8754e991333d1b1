"""Tokens of an identity provider: OAUTHBEARER (RFC 7628) and IRCV3BEARER, as signed JWTs (RFC 7519, OpenID Connect).

The provider's keys are fetched over HTTPS when they are first needed, and again after an hour or when a token names an
unknown key.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

KEYS_TTL_S = 3600.0
REFETCH_INTERVAL_S = 30.0
"""Unknown keys make it fetch again at most this often."""
TIMEOUT_S = 5.0
MAX_BYTES = 262_144
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Only signatures with a public key: Papo shares no secret with the provider."""


class Issuer(NamedTuple):
    """An identity provider, as configured."""

    url: str
    audience: str
    keys_url: str
    """Where its keys are; "" to look in `url` + /.well-known/openid-configuration."""
    name_claim: str
    keys_file: str = ""
    """A file with its keys, for a provider that cannot be reached."""


class Claims(NamedTuple):
    """What a token says of the user it is for."""

    issuer: str
    subject: str
    name: str
    email: str
    issued_ms: int = 0
    """0 if the token does not say."""


class BadToken(Exception):
    """The token is not valid; the text says why, for the log."""


class Bearer:
    """Verifies tokens of the configured issuers."""

    def __init__(self, issuers: Sequence[Issuer], fetch: Callable[[str], bytes] | None = None) -> None:
        self._issuers = {issuer.url.rstrip("/"): issuer for issuer in issuers}
        self._fetch = fetch or read_address
        self._keys: dict[str, tuple[float, KeySet]] = {}

    def __bool__(self) -> bool:
        return bool(self._issuers)

    async def check(self, token: str) -> Claims:
        """The user that the token is for. Raises BadToken."""
        return await asyncio.to_thread(self._check, token)

    def _check(self, token: str) -> Claims:
        issuer = self._issuers.get(_issuer_of(token).rstrip("/"))
        if issuer is None:
            raise BadToken("its issuer is not configured here")
        try:
            decoded = self._decode(issuer, token)
        except (JoseError, ValueError, OSError) as error:
            raise BadToken(f"{type(error).__name__}: {error}") from None
        claims = decoded.claims
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "values": [issuer.url, issuer.url.rstrip("/")]},
            aud={"essential": True, "value": issuer.audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise BadToken(f"{type(error).__name__}: {error}") from None
        email = str(claims.get("email", "")) if claims.get("email_verified") else ""
        return Claims(issuer.url, str(claims["sub"]), str(claims.get(issuer.name_claim, "")), email, _issued_ms(claims))

    def _decode(self, issuer: Issuer, token: str) -> jwt.Token:
        at_s, keys = self._keys.get(issuer.url, (-KEYS_TTL_S, None))
        age_s = time.monotonic() - at_s
        if keys is None or age_s > KEYS_TTL_S:
            keys, age_s = self._fetch_keys(issuer), 0.0
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if age_s <= REFETCH_INTERVAL_S:
                raise
            return jwt.decode(token, self._fetch_keys(issuer), algorithms=ALGORITHMS)

    def _fetch_keys(self, issuer: Issuer) -> KeySet:
        if issuer.keys_file:
            keys = read_keys(Path(issuer.keys_file))
        else:
            url = issuer.keys_url
            if not url:
                document = json.loads(self._fetch(issuer.url.rstrip("/") + "/.well-known/openid-configuration"))
                url = str(document["jwks_uri"])
            keys = KeySet.import_key_set(json.loads(self._fetch(url)))
        self._keys[issuer.url] = (time.monotonic(), keys)
        return keys


def _issued_ms(claims: Mapping[str, Any]) -> int:
    issued_s = claims.get("iat")
    return int(issued_s * 1000) if isinstance(issued_s, (int, float)) else 0


def read_keys(path: Path) -> KeySet:
    """The keys in a file (JWKS, RFC 7517 section 5). Raises OSError and ValueError."""
    try:
        return KeySet.import_key_set(json.loads(path.read_bytes()))
    except (JoseError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def _issuer_of(token: str) -> str:
    """The issuer that the token names; nothing of it is verified yet."""
    try:
        from joserfc.util import urlsafe_b64decode  # noqa: PLC0415 -- only for tokens

        claims = json.loads(urlsafe_b64decode(token.split(".")[1].encode()))
    except (ValueError, IndexError, UnicodeError):
        raise BadToken("it is not a JWT") from None
    return str(claims.get("iss", "")) if isinstance(claims, dict) else ""


_THIS_MACHINE = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


def read_address(url: str) -> bytes:
    """What is at this address of an identity provider. Raises ValueError unless it is https, or on this machine."""
    parts = urllib.parse.urlsplit(url)
    # The whole name: http://localhost.example.org is somebody else's, and so is http://localhost@example.org.
    if parts.scheme != "https" and not (parts.scheme == "http" and _THIS_MACHINE.fullmatch(parts.netloc)):
        raise ValueError(f"{url} is not https")
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 -- the scheme is checked above
        data: bytes = answer.read(MAX_BYTES)
    return data
