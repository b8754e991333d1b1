"""A self-signed TLS certificate in a folder, made once."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from pathlib import Path

from papo.private_file import make_folder, replacing
from papo.sync import sync_folder

CERTIFICATE, KEY = "cert.pem", "key.pem"
VALID_DAYS = 3652
"""Ten years: people note the fingerprint, so the certificate should not change."""


def self_signed(folder: Path, names: Sequence[str]) -> tuple[Path, Path]:
    """The paths of a certificate and its private key in `folder`; both are made if either is missing.

    `names` are host names and IP addresses. A certificate that is there is used whatever its names, because a new one
    would have a new fingerprint. Raises ValueError with a sentence.
    """
    certificate, key = folder / CERTIFICATE, folder / KEY
    try:
        if not (certificate.exists() and key.exists()):
            make_folder(folder)
            certificate_pem, key_pem = _make(names or ["localhost"])
            certificate.unlink(missing_ok=True)  # a crash here must not leave two files that do not match
            for path, pem in ((key, key_pem), (certificate, certificate_pem)):
                with replacing(path) as file:
                    file.write(pem)
            sync_folder(folder.parent)
    except OSError as error:
        raise ValueError(f"cannot write a certificate into {folder}: {error.strerror}") from error
    return certificate, key


def _make(names: Sequence[str]) -> tuple[bytes, bytes]:
    """A new certificate and its key, both as PEM."""
    from cryptography import x509  # noqa: PLC0415 - slow to import, needed once in ten years
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    private = ec.generate_private_key(ec.SECP256R1())
    # RFC 5280, upper bounds: a common name has at most 64 characters; programs look at the alternative names.
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0][:64])])
    now = dt.datetime.now(dt.UTC)
    alternatives: list[x509.GeneralName] = []
    for name in dict.fromkeys(names):
        try:
            alternatives.append(x509.IPAddress(ipaddress.ip_address(name.partition("%")[0])))
        except ValueError:
            try:
                alternatives.append(x509.DNSName(name.encode("idna").decode("ascii")))
            except (UnicodeError, ValueError) as error:
                raise ValueError(f"{name!r} is neither a host name nor an IP address") from error
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))  # clocks of other machines are behind
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    key_pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key_pem
