"""TLS contexts for the standard library's `ssl`, and the fingerprint of a certificate.

`net.client_certificates` has its own contexts.
"""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path


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
    load(context, cert, key)
    return context


def shrink_buffers() -> None:
    """Make asyncio's own loop use 32 KiB for each new TLS connection instead of 256 KiB.

    uvloop does not need this: it does not touch the pages of its buffer until they are used.
    """
    from asyncio import sslproto  # noqa: PLC0415 - only for this change

    sslproto.SSLProtocol.max_size = 32 * 1024


def load(context: ssl.SSLContext, cert: Path, key: Path) -> None:
    """Use these files for new connections.

    Raises ValueError with a sentence; the context is then without a key: try the files in another one first.
    """
    for path, what in ((cert, "certificate"), (key, "key")):
        try:
            path.read_bytes()
        except OSError as error:
            raise ValueError(f"cannot read the {what} {path}: {error.strerror}") from error
    try:
        # Without a password function OpenSSL asks at the terminal, and a service hangs.
        context.load_cert_chain(cert, key, password=_no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(f"the key {key} does not belong to the certificate {cert}") from error
        raise ValueError(f"{cert} and {key} are not a certificate and an unencrypted key in PEM form") from error
    except ValueError as error:
        raise ValueError(f"the key {key} is encrypted; give one without a password") from error


def _no_password() -> str:
    raise ValueError("encrypted")
