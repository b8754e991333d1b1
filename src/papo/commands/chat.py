"""`papo chat`: the address, the nick, and the kind of terminal."""

from __future__ import annotations

import argparse
import os
import sys

from papo.client import settings
from papo.client.address import Address, NotAnAddressError, read_address
from papo.i18n import _


def run(chosen: argparse.Namespace) -> int:
    """Chat until the user leaves. The exit code is 2 if it cannot start, and a sentence says why."""
    folder = settings.folder()
    kept = settings.read(folder)
    address: Address | None = None
    try:
        if chosen.url:
            address = read_address(chosen.url)
    except NotAnAddressError as error:
        sys.stderr.write(f"papo: {error}\n")
        return 2
    nick = chosen.nick or (address.nick if address is not None else "") or kept.nick or settings.default_nick()
    rooms = [chosen.join] if chosen.join else [address.room] if address is not None and address.room else []
    if chosen.plain:
        from papo.terminal import line_mode

        return line_mode.run(address, nick, rooms, account=chosen.account or "", folder=folder)
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        sys.stderr.write("papo: " + _("this is not a terminal; use --plain to read and write line by line") + "\n")
        return 2
    from papo.terminal.app import ChatApp
    from papo.terminal.start import Start

    app = ChatApp(
        folder=folder,
        settings=kept,
        start=Start(address, nick, rooms, account=chosen.account or ""),
        ansi=has_few_colours(),
    )
    app.run()
    return app.return_code or 0


def has_few_colours() -> bool:
    """Whether the terminal has 16 colours or fewer."""
    from rich.console import Console

    return Console().color_system in {None, "standard"} or "NO_COLOR" in os.environ
