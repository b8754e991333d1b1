"""Files beside the database: uploads, secrets, certificates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from papo.i18n import _
from papo.server.doctor.check import Finding, Installation
from papo.server.store.certificate import CERTIFICATE, KEY
from papo.server.store.file_folder import fault_of, upload_folders
from papo.server.store.secret_folder import SECRET_BYTES

SOON_DAYS = 21
"""A certificate that ends within these days is a warning."""


def uploads(installation: Installation) -> Iterator[Finding]:
    """Each upload has a description, and content of the size that it names."""
    for place in upload_folders(installation.folder / "uploads"):
        reason = fault_of(place)
        if reason:
            sentence = _("{path}: this upload is damaged ({reason}); restore it from a backup, or delete it")
            yield Finding("error", sentence.format(path=place, reason=reason))


def secrets(installation: Installation) -> Iterator[Finding]:
    """The secret from which cloaks and tokens are made is there if the server has been used."""
    path = installation.folder / "secret"
    database = installation.folder / "papo.db"
    if not path.exists() and not (database.exists() and database.stat().st_size):
        return
    if not path.is_file() or path.stat().st_size != SECRET_BYTES:
        sentence = _('{path} is missing or has another length; put it back from a backup, or see "papo serve --new"')
        yield Finding("error", sentence.format(path=path))


def certificates(installation: Installation) -> Iterator[Finding]:
    """The TLS certificate is valid today, for some time, and belongs to its key."""
    tls, own = installation.config.tls, installation.folder / "tls"
    certificate = Path(tls.certificate) if tls.certificate else own / CERTIFICATE
    key = Path(tls.key) if tls.certificate else own / KEY
    if not tls.certificate and not certificate.exists() and not key.exists():
        return
    from cryptography import x509  # noqa: PLC0415 -- slow to import
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 -- as above

    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        sentence = _("{path}: the certificate or its key cannot be read ({reason})")
        yield Finding("error", sentence.format(path=certificate, reason=error))
        return
    if loaded.public_key() != private.public_key():
        yield Finding(
            "error", _("{path}: the certificate does not belong to the key {key}").format(path=certificate, key=key)
        )
    now, end = dt.datetime.now(dt.UTC), loaded.not_valid_after_utc
    if loaded.not_valid_before_utc > now:
        sentence = _("{path}: the certificate is valid only from {date} on; is the clock right?")
        yield Finding("error", sentence.format(path=certificate, date=loaded.not_valid_before_utc.date()))
    elif end < now:
        yield Finding(
            "error", _("{path}: the certificate ended on {date}; renew it").format(path=certificate, date=end.date())
        )
    elif end < now + dt.timedelta(days=SOON_DAYS):
        yield Finding(
            "warning", _("{path}: the certificate ends on {date}; renew it").format(path=certificate, date=end.date())
        )
