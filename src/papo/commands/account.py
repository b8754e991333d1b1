"""`papo account`: create and manage accounts, on a running server or on the data folder of a stopped one."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from papo.commands.export import export
from papo.commands.running import Server, server_or_folder
from papo.commands.sources import folder_of, read_settings
from papo.config.errors import StartError
from papo.data_folder import Folder
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
    with server_or_folder(folder_of(chosen)) as found:
        if isinstance(found, Folder):
            work = _export_stopped(chosen, found.path, path)
        else:
            work = _export_running(chosen, found, path)
        count = asyncio.run(work)
    sentence = _("{path}: everything of the account {name} is written; entries of its history: {count}")
    print(sentence.format(path=path, name=chosen.account, count=count))
    return 0


async def _export_running(chosen: argparse.Namespace, server: Server, path: Path) -> int:
    """What `export` returns."""

    async def ask(wanted: str) -> Any:
        with server(_wanted(chosen, wanted)) as answer:
            return _read(answer)

    return await export(ask, path)


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
    """The answer of the running server, else from its data folder. Raises StartError."""
    from papo.server.assembly import answer_stopped

    # Accounts can be made before the first start; all else needs what a server has stored.
    with server_or_folder(folder, new=request.action == "add") as found:
        if isinstance(found, Folder):
            return asyncio.run(answer_stopped(read_settings(chosen), found.path, request))
        with found(request) as answer:
            return answer


def _read_password(*, from_pipe: bool) -> str:
    if from_pipe or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    import getpass

    password = getpass.getpass(_("Password: "))
    if password != getpass.getpass(_("The same password again: ")):
        raise StartError(_("the two passwords differ; try again"))
    return password
