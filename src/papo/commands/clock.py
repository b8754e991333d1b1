"""`papo clock`: whether the server believes the clock of this machine, and the way to make it."""

from __future__ import annotations

import argparse

from papo.commands.account import ask_and_print


def run(chosen: argparse.Namespace) -> int:
    """Run the command. Raises StartError."""
    from papo.server.actions.accounts.administer import AdminRequest

    return ask_and_print(chosen, AdminRequest(action="clock accept" if chosen.action else "clock"))
