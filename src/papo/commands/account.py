"""`papo account`: create and manage accounts, on a running server or on the data folder of a stopped one."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from papo.commands.sources import folder_of, read_settings
from papo.config.errors import StartError
from papo.data_folder import InUseError, acquire
from papo.i18n import _


def run(chosen: argparse.Namespace) -> int:
    """Run the command. Raises StartError."""
    from papo.server.actions.accounts.administer import NEED_PASSWORD, AdminRequest

    password = ""
    if chosen.action in NEED_PASSWORD:
        password = _read_password(from_pipe=chosen.password_stdin)
    request = AdminRequest(
        action=chosen.action, name=chosen.account, value=chosen.value or "", password=password, forget=chosen.forget
    )
    return ask_and_print(chosen, request)


def ask_and_print(chosen: argparse.Namespace, request: Any) -> int:
    """Print a server's answer to a request, whether it runs or not. Raises StartError."""
    answer = _ask(chosen, folder_of(chosen), request)
    for text, values in answer["said"]:
        print(_(text).format(**values))
    if answer["refused"]:
        text, values = answer["refused"]
        raise StartError(_(text).format(*values))
    return 0


def _ask(chosen: argparse.Namespace, folder: Path, request: Any) -> Any:
    """The answer of the running server, else from its data folder; waits for a server that is starting."""
    for last in (*[False] * 20, True):
        answer = _ask_running(folder, request)
        if answer is not None:
            return answer
        try:
            with acquire(folder) as taken:
                return asyncio.run(_ask_stopped(chosen, taken.path, request))
        except InUseError:
            if last:
                raise
            time.sleep(0.1)
    raise AssertionError


def _ask_running(folder: Path, request: object) -> Any:
    """The running server's answer; None if none is running."""
    from papo.server.net.admin_socket import ask

    try:
        return ask(folder, request)
    except OSError:
        return None  # no file, or one left behind by a server that was killed


async def _ask_stopped(chosen: argparse.Namespace, folder: Path, request: Any) -> Any:
    """The same, on the data folder."""
    from papo.server.assembly import answer_stopped

    return await answer_stopped(read_settings(chosen), folder, request)


def _read_password(*, from_pipe: bool) -> str:
    if from_pipe or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    import getpass

    password = getpass.getpass(_("Password: "))
    if password != getpass.getpass(_("The same password again: ")):
        raise StartError(_("the two passwords differ; try again"))
    return password
