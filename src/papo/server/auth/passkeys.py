"""Passkeys (WebAuthn level 3, https://www.w3.org/TR/webauthn-3/): what a browser is asked for, and what it has signed.

Bytes in, values out: whose a passkey is and whether it may log in is decided elsewhere. A passkey is discoverable and
verifies its user (by fingerprint, face or PIN), so that it stands for name, password and second factor at once.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from papo.server.auth.failed_proofs import quoted

logging.getLogger("fido2").setLevel(logging.WARNING)  # it logs a line for each sign-in

ALGORITHMS = (-8, -7, -257)
"""EdDSA, ES256, RS256: what the specification tells servers to accept, and nothing that hashes with SHA-1."""
MAX_ID_BYTES = 1023
"""Section 7.1."""
MAX_BYTES = 3072
"""Of id and key: an RSA key of 8192 bits is 1 KiB."""
REQUIRED = UserVerificationRequirement.REQUIRED
Json = dict[str, Any]


class BadPasskey(Exception):
    """What the browser sent proves nothing; the text says why, in words of ours."""


class Challenge(NamedTuple):
    """What one connection has to sign, once."""

    value: bytes
    origin: str
    """Of the page, as the browser states it: `https://chat.example`."""
    at_s: float
    """Monotonic."""

    @property
    def rp_id(self) -> str:
        """The name that the passkey is for."""
        return rp_id_of(self.origin)


class Made(NamedTuple):
    """A new passkey, all in base64url."""

    credential_id: str
    public_key: str
    counter: int


class Shown(NamedTuple):
    """Which passkey somebody says that they have: nothing of it is proved yet."""

    user: str
    """The account's id, as it was given when the passkey was made."""
    credential_id: str


def rp_id_of(origin: str) -> str:
    """The name that passkeys of this page are for; "" if its browser makes none: by an address, or without TLS."""
    try:
        parts = urlsplit(origin)
        name = parts.hostname or ""
    except ValueError:
        return ""
    is_local = name == "localhost" or name.endswith(".localhost")
    if not name or not (parts.scheme == "https" or (parts.scheme == "http" and is_local)):
        return ""
    try:
        ip_address(name)
    except ValueError:
        return name
    return ""


def new_challenge(origin: str, at_s: float) -> Challenge:
    """256 random bits for the page of this origin."""
    return Challenge(secrets.token_bytes(32), origin, at_s)


def creation_options(challenge: Challenge, network: str, user: tuple[str, str], known: Iterable[str]) -> Json:
    """What `navigator.credentials.create` is given; `user` is (id, name), `known` are passkeys that it has already."""
    options, _ = _server(challenge, network).register_begin(
        PublicKeyCredentialUserEntity(name=user[1], display_name=user[1], id=user[0].encode()),
        [_descriptor(each) for each in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=REQUIRED,
        challenge=challenge.value,
    )
    return dict(options.public_key)


def request_options(challenge: Challenge, known: Iterable[str]) -> Json:
    """What `navigator.credentials.get` is given; without `known`, the browser shows all it has for this name."""
    options, _ = _server(challenge, "-").authenticate_begin(
        [_descriptor(each) for each in known] or None, REQUIRED, challenge.value
    )
    return dict(options.public_key)


def check_creation(challenge: Challenge, message: bytes) -> Made:
    """The passkey that the browser has made (section 7.1). Raises BadPasskey."""
    try:
        response = RegistrationResponse.from_dict(_read(message))
        _check_frame(response.response.client_data)
        made = _server(challenge, "-").register_complete(_state(challenge), response).credential_data
        if made is None or made.public_key.ALGORITHM not in ALGORITHMS:
            raise ValueError("of a kind that nobody asked for")
        if len(made.credential_id) > MAX_ID_BYTES or len(made) > MAX_BYTES:
            raise ValueError("too long")
        if made.credential_id != response.raw_id:
            raise ValueError("two names for one passkey")
    except Exception as error:  # noqa: BLE001 -- hostile CBOR and keys raise what they like
        raise BadPasskey(_words(error)) from None
    data = response.response.attestation_object.auth_data
    return Made(websafe_encode(made.credential_id), websafe_encode(bytes(made)), data.counter)


def read_assertion(message: bytes) -> Shown:
    """Whose passkey the browser says it has. Raises BadPasskey."""
    try:
        response = AuthenticationResponse.from_dict(_read(message))
        return Shown((response.response.user_handle or b"").decode(), websafe_encode(response.raw_id))
    except Exception as error:  # noqa: BLE001 -- as above
        raise BadPasskey(_words(error)) from None


def check_assertion(challenge: Challenge, message: bytes, public_key: str) -> int:
    """The counter of the passkey with this key, which has signed the challenge (section 7.2). Raises BadPasskey."""
    try:
        response = AuthenticationResponse.from_dict(_read(message))
        _check_frame(response.response.client_data)
        key = AttestedCredentialData(websafe_decode(public_key))
        _server(challenge, "-").authenticate_complete(_state(challenge), [key], response)
        data: AuthenticatorData = response.response.authenticator_data
    except Exception as error:  # noqa: BLE001 -- as above
        raise BadPasskey(_words(error)) from None
    return data.counter


def _read(message: bytes) -> Json:
    found = json.loads(message)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 -- it is of the wrong form, whatever its type
    return found


def _check_frame(data: CollectedClientData) -> None:
    """A page inside somebody else's page proves nothing (section 7.1, step 10)."""
    if data.cross_origin or "topOrigin" in json.loads(data):
        raise ValueError("signed inside another site's page")


def _words(error: Exception) -> str:
    """Why, for the log: the library's words, which may repeat what was sent, or the kind of what a parser raised."""
    return quoted(str(error)) if type(error) is ValueError else type(error).__name__


def _server(challenge: Challenge, network: str) -> Fido2Server:
    server = Fido2Server(
        PublicKeyCredentialRpEntity(name=network, id=challenge.rp_id),
        verify_origin=lambda origin: origin == challenge.origin,
    )
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg) for alg in ALGORITHMS
    ]
    return server


def _state(challenge: Challenge) -> Json:
    return {"challenge": websafe_encode(challenge.value), "user_verification": REQUIRED}


def _descriptor(credential_id: str) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=websafe_decode(credential_id))
