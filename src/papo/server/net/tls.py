"""TLS certificates: a self-signed one where there is none, its fingerprint, and the context that uses it.

Client certificates are asked for by `net.certified`, where they are.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

CERT_NAME = "cert.pem"
KEY_NAME = "key.pem"
VALID_DAYS = 3652
"""Ten years: people note the fingerprint, so the certificate should not change."""


def self_signed(folder: Path, names: Sequence[str]) -> tuple[Path, Path]:
    """The paths of a certificate and its key in `folder`, made now where either is missing.

    `names` are host names and IP addresses. One that is there already is used whatever its names are,
    since a new one would have a new fingerprint. Raises ValueError with a sentence.
    """
    cert, key = folder / CERT_NAME, folder / KEY_NAME
    try:
        if not (cert.exists() and key.exists()):
            folder.mkdir(parents=True, exist_ok=True)
            cert_pem, key_pem = _make(names or ["localhost"])
            cert.unlink(missing_ok=True)  # so that a crash here never leaves two files that do not belong together
            _write(key, key_pem, 0o600)
            _write(cert, cert_pem, 0o644)
    except OSError as error:
        raise ValueError(f"cannot write a certificate into {folder}: {error.strerror}") from error
    return cert, key


def fingerprint(cert: Path) -> str:
    """SHA-256 of the (first) certificate, 64 lower-case hex digits. Raises ValueError with a sentence."""
    try:
        text = cert.read_text(encoding="ascii")
        begin = text.index(ssl.PEM_HEADER)
        end = text.index(ssl.PEM_FOOTER, begin) + len(ssl.PEM_FOOTER)
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(text[begin:end])).hexdigest()
    except OSError as error:
        raise ValueError(f"cannot read the certificate {cert}: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{cert} is not a certificate in PEM form") from error


def server_context(cert: Path, key: Path) -> ssl.SSLContext:
    """A context for TLS 1.2 and 1.3 with this certificate (chain) and key. Raises ValueError with a sentence."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # a client could make the server work for ever
    _load(context, cert, key)
    return context


def reload(context: ssl.SSLContext, cert: Path, key: Path) -> None:
    """Use the files as they are now for connections from now on; open ones stay as they are.

    Raises ValueError with a sentence, and then the context keeps what it had.
    """
    server_context(cert, key)  # first: a failed load would leave the living context without a key
    _load(context, cert, key)


def shrink_buffers() -> None:
    """Let asyncio's own loop take 32 KiB for each TLS connection from now on in place of 256 KiB.

    uvloop needs no such thing: it leaves its buffer's pages untouched until they are used.
    """
    from asyncio import sslproto  # noqa: PLC0415 - where it is changed

    sslproto.SSLProtocol.max_size = 32 * 1024


def _load(context: ssl.SSLContext, cert: Path, key: Path) -> None:
    for path, what in ((cert, "certificate"), (key, "key")):
        try:
            path.read_bytes()
        except OSError as error:
            raise ValueError(f"cannot read the {what} {path}: {error.strerror}") from error
    try:
        # Without a password function OpenSSL would ask at the terminal, and a service would hang.
        context.load_cert_chain(cert, key, password=_no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(f"the key {key} does not belong to the certificate {cert}") from error
        raise ValueError(f"{cert} and {key} are not a certificate and an unencrypted key in PEM form") from error
    except ValueError as error:
        raise ValueError(f"the key {key} is encrypted; give one without a password") from error


def _no_password() -> str:
    raise ValueError("encrypted")


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


def _write(path: Path, data: bytes, mode: int) -> None:
    """All or nothing, and never readable by others for a moment (mkstemp makes files 0600)."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
