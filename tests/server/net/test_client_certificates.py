"""Certificates of strangers: what they may make the server compute."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from OpenSSL import SSL

from papo.server.net.client_certificates import server_context

LONG = rsa.RSAPublicNumbers((1 << 64) - 1, (1 << 16383) + 1).public_key()
"""A key that nobody has made: a signature need not be right to be checked."""
SHORT = rsa.generate_private_key(65537, 2048)


def certificate(
    key: CertificatePublicKeyTypes, issuer: str, subject: str, signer: rsa.RSAPrivateKey = SHORT
) -> x509.Certificate:
    """A certificate of a key, valid for years."""
    who, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, each)]) for each in (subject, issuer))
    builder = x509.CertificateBuilder().subject_name(who).issuer_name(by).public_key(key).serial_number(5)
    builder = builder.not_valid_before(dt.datetime(2025, 1, 1)).not_valid_after(dt.datetime(2055, 1, 1))  # noqa: DTZ001
    return builder.sign(signer, hashes.SHA256())


def shake_hands(folder: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *chain: x509.Certificate) -> bool:
    """Whether the server has done its handshake with a client that shows this chain; raises SSL.Error."""
    own = ec.generate_private_key(ec.SECP256R1())
    (folder / "key").write_bytes(
        own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "certificate").write_bytes(
        certificate(own.public_key(), "server", "server").public_bytes(serialization.Encoding.PEM)
    )
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.use_privatekey(key)
    context.use_certificate(chain[0])
    for each in chain[1:]:
        context.add_extra_chain_cert(each)
    server, client = SSL.Connection(server_context(folder / "certificate", folder / "key")), SSL.Connection(context)
    server.set_accept_state()
    client.set_connect_state()
    is_done = False
    for _ in range(4):
        for sender, receiver in ((client, server), (server, client)):
            try:
                sender.do_handshake()
                is_done = is_done or sender is server
            except SSL.WantReadError:
                pass
            while True:
                try:
                    receiver.bio_write(sender.bio_read(65_536))
                except SSL.WantReadError:
                    break
    return is_done


@pytest.mark.parametrize("intermediates", [0, 1, 20])
def test_any_certificate_of_a_usual_key_is_taken(tmp_path: Path, intermediates: int) -> None:
    """Whoever has signed it, and however long its chain is."""
    key = ec.generate_private_key(ec.SECP256R1())
    more = [certificate(SHORT.public_key(), f"ca{n + 1}", f"ca{n}") for n in range(intermediates)]
    assert shake_hands(tmp_path, key, certificate(key.public_key(), "ca0", "me"), *more)


def test_a_chain_of_endless_keys_is_not_computed(tmp_path: Path) -> None:
    """Twenty of them took 100 ms, of a stranger who was counted nowhere yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    more = [certificate(LONG, f"ca{n + 1}", f"ca{n}") for n in range(20)]
    with pytest.raises(SSL.Error):
        shake_hands(tmp_path, key, certificate(key.public_key(), "ca0", "me"), *more)
