"""The passphrase of a backup: from a file, or typed."""

from __future__ import annotations

import sys
from pathlib import Path

from papo.config.errors import StartError
from papo.i18n import _


def read_passphrase(path: str) -> str:
    """The first line of a file. Raises StartError."""
    try:
        lines = Path(path).expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", "") or error
        raise StartError(
            _("{path}: the passphrase cannot be read ({reason})").format(path=path, reason=reason)
        ) from None
    if not lines or not lines[0]:
        raise StartError(_("{path}: there is no passphrase in its first line").format(path=path))
    return lines[0]


def ask_passphrase(*, twice: bool) -> str:
    """What is typed in the terminal, whatever standard input is. Raises StartError."""
    import getpass

    if not sys.stderr.isatty():
        raise StartError(_("a passphrase cannot be typed here; name a file that holds it with --passphrase-file"))
    passphrase = getpass.getpass(_("Passphrase: "))
    if twice and passphrase != getpass.getpass(_("The same passphrase again: ")):
        raise StartError(_("the two passphrases differ; try again"))
    if not passphrase:
        raise StartError(_("the passphrase must not be empty"))
    return passphrase
