"""`papo account`: create and manage accounts, on a running server or on the data folder of a stopped one."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from papo.commands.export import export
from papo.commands.sources import folder_of, read_settings
from papo.config.errors import StartError
from papo.data_folder import InUseError, acquire, is_in_use
from papo.i18n import _


def run(chosen: argparse.Namespace) -> int:
    """Run the command. Raises StartError."""
    from papo.server.actions.accounts.administer import NEED_PASSWORD, AdminRequest

    if chosen.action == "export":
        return _export(chosen)
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


def _export(chosen: argparse.Namespace) -> int:
    """Write the archive of an account. Raises StartError."""
    path = Path(chosen.value).expanduser().absolute()
    folder = folder_of(chosen)
    count = asyncio.run(_export_running(chosen, folder, path))
    if count is None:
        with acquire(folder) as taken:
            count = asyncio.run(_export_stopped(chosen, taken.path, path))
    sentence = _("{path}: everything of the account {name} is written; entries of its history: {count}")
    print(sentence.format(path=path, name=chosen.account, count=count))
    return 0


async def _export_running(chosen: argparse.Namespace, folder: Path, path: Path) -> int | None:
    """What `export` returns; None if no server runs."""

    async def ask(wanted: str) -> Any:
        answer = await asyncio.to_thread(_ask_running, folder, _wanted(chosen, wanted))
        if answer is None:
            raise StartError(_("the server was stopped meanwhile; try again"))
        return _read(answer)

    return await export(ask, path) if is_in_use(folder) else None


async def _export_stopped(chosen: argparse.Namespace, folder: Path, path: Path) -> int:
    from papo.server.assembly import answer, open_chat

    async with open_chat(read_settings(chosen), folder) as chat:

        async def ask(wanted: str) -> Any:
            return _read(await answer(chat, _wanted(chosen, wanted)))

        return await export(ask, path)


def _wanted(chosen: argparse.Namespace, wanted: str) -> Any:
    from papo.server.actions.accounts.administer import AdminRequest

    return AdminRequest(action="export", name=chosen.account, value=wanted)


def _read(answer: Any) -> Any:
    """What the server has answered to a part of an export. Raises StartError."""
    if answer["refused"]:
        text, values = answer["refused"]
        raise StartError(_(text).format(*values))
    ((_text, values),) = answer["said"]
    return json.loads(values["line"])


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
