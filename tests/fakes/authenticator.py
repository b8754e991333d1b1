"""A browser with a passkey, without either: makes key pairs and signs what the server asks for (WebAuthn level 3)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

FLAG = AuthenticatorData.FLAG
VERIFIED = FLAG.UP | FLAG.UV
ORIGIN = "https://chat.example"


class Authenticator:
    """Holds one passkey. What it says is what a browser on `origin` would say, unless a test changes it."""

    def __init__(self, origin: str = ORIGIN, credential_id: bytes = b"passkey-1") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = credential_id
        self.origin = origin
        self.user = ""
        """The user handle, in base64url."""
        self.counter = 0
        self.flags = VERIFIED
        self.extra: dict[str, Any] = {}
        """More fields of what the browser says (clientDataJSON)."""
        self.algorithm = ES256

    def create(self, options: dict[str, Any]) -> bytes:
        """The answer to `navigator.credentials.create`."""
        self.user = options["user"]["id"]
        public = self.algorithm.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        held = AttestedCredentialData.create(bytes(16), self.credential_id, public)
        data = self._data(options["rp"]["id"], self.flags | FLAG.AT, held)
        client = self._client("webauthn.create", options)
        response = {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._answer(response)

    def get(self, options: dict[str, Any]) -> bytes:
        """The answer to `navigator.credentials.get`."""
        data = self._data(options["rpId"], self.flags)
        client = self._client("webauthn.get", options)
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))),
            "userHandle": self.user,
        }
        return self._answer(response)

    def _answer(self, response: dict[str, str]) -> bytes:
        name = websafe_encode(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response}).encode()

    def _client(self, kind: str, options: dict[str, Any]) -> CollectedClientData:
        return CollectedClientData.create(kind, options["challenge"], self.origin, **self.extra)

    def _data(self, rp_id: str, flags: AuthenticatorData.FLAG, held: bytes = b"") -> AuthenticatorData:
        made: AuthenticatorData = AuthenticatorData.create(
            hashlib.sha256(rp_id.encode()).digest(), flags, self.counter, held
        )
        return made
