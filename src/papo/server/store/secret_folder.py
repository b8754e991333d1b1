"""The port `Secrets` on a folder: one random file that keys are derived from, and a certificate."""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from pathlib import Path

from papo.i18n import _
from papo.private_file import copy_file, replacing
from papo.server.store.certificate import CERTIFICATE, KEY, self_signed
from papo.server.store.preflight import Damaged

SECRET_BYTES = 32
FILES = ("secret", f"tls/{CERTIFICATE}", f"tls/{KEY}")
"""All that is kept."""


class SecretFolder:
    """Implements `delivery.ports.Secrets`."""

    def __init__(self, folder: Path, *, new: bool = True) -> None:
        """Raises Damaged with a sentence.

        Args:
            folder: The data folder.
            new: Whether a secret is made if there is none. Not if there is history: hidden addresses, which bans
                name, and tokens would change.
        """
        self._folder = folder
        self._secret = _read_or_make(folder / "secret", new=new)

    def key(self, purpose: str) -> bytes:
        """HMAC-SHA-256 of the purpose."""
        return hmac.digest(self._secret, purpose.encode(), "sha256")

    def certificate(self, names: Sequence[str]) -> tuple[Path, Path]:
        """Kept in the folder `tls`."""
        return self_signed(self._folder / "tls", names)

    def copy_to(self, folder: Path) -> None:
        """The secret, and the certificate if one was made."""
        copy_secrets(self._folder, folder)


def copy_secrets(source: Path, folder: Path) -> None:
    """Copy what is there of one folder's secrets to another. Raises OSError."""
    for name in FILES:
        if (source / name).exists():
            (folder / name).parent.mkdir(mode=0o700, exist_ok=True)
            copy_file(source / name, folder / name)


def _read_or_make(path: Path, *, new: bool) -> bytes:
    """The random bytes of a file that is written whole or not at all, even if the power fails."""
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        secret = b""
    except OSError as error:
        sentence = _("{path} cannot be read ({reason}); check its owner and permissions")
        raise Damaged(sentence.format(path=path, reason=error.strerror)) from error
    if len(secret) == SECRET_BYTES:
        return secret
    if not new:
        sentence = _(
            "{path} is missing or has another length, but the database has been used: put it back from a backup, or "
            'make another with "papo serve --new --data {folder}"; hidden addresses, bans of them and tokens will then '
            "change"
        )
        raise Damaged(sentence.format(path=path, folder=path.parent))
    secret = os.urandom(SECRET_BYTES)
    with replacing(path) as file:
        file.write(secret)
    return secret
