"""`papo operator-password`: the hash of a password, typed twice or piped in, for the configuration."""

from __future__ import annotations

import argparse
import sys

from papo.i18n import _


def run(_chosen: argparse.Namespace) -> int:
    """Print the hash on standard output and everything else on standard error, so that the hash can be piped."""
    from papo.config.passwords import MAX_PASSWORD_BYTES, hash_password

    if sys.stdin.isatty():
        import getpass

        try:
            password = getpass.getpass(_("Password: "))
            again = getpass.getpass(_("The same password again: "))
        except (EOFError, KeyboardInterrupt):
            print(file=sys.stderr)
            return 2
        if password != again:
            return _refuse(_("the two passwords differ; try again"))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password or " " in password:
        return _refuse(_("the password must not be empty or contain spaces: IRC sends it as one word"))
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        return _refuse(_("the password is longer than {count} bytes").format(count=MAX_PASSWORD_BYTES))
    print(hash_password(password))
    return 0


def _refuse(why: str) -> int:
    print(f"papo: {why}", file=sys.stderr)
    return 2
