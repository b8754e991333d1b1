"""The command line: commands and flags. What they do is in `papo.commands`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from papo import __version__, output
from papo.i18n import _, choose, find_language, known_languages
from papo.protocol.dialects import CLASSROOM, schemes

if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 -- it has no other name


MODULES = {
    "serve": "serve",
    "demo": "demo",
    "chat": "chat",
    "desktop": "desktop",
    "config": "settings",
    "account": "account",
    "backup": "backup",
    "restore": "restore",
    "clock": "clock",
    "doctor": "doctor",
    "salvage": "salvage",
    "operator-password": "password",
}
"""Command to the module of `papo.commands` whose `run` does it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, that of a StartError (`config.errors`), or the command's own."""
    output.prepare()
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except OSError as error:
        if not output.is_lost():
            raise
        from papo.config.errors import DiskFailedError

        if not isinstance(error, BrokenPipeError):  # a reader that has gone, such as "head", has read enough
            sentence = _("standard output cannot be written ({reason})").format(reason=error.strerror)
            sys.stderr.write(f"papo: {sentence}\n")
        return DiskFailedError.exit_code


def _run(arguments: Sequence[str] | None) -> int:
    language, rest = split_language(sys.argv[1:] if arguments is None else arguments)
    if language:
        found = find_language(language)
        if not found:
            choose(os.environ)
            names = ", ".join(known_languages())
            sys.stderr.write(
                "papo: "
                + _("{name}: no such language; choose one of {names}").format(name=language, names=names)
                + "\n"
            )
            return 2
        os.environ["LANGUAGE"] = found  # for argparse and child processes
    choose(os.environ)
    parser = build_parser()
    chosen = parser.parse_args(rest)
    if chosen.command is None:
        parser.print_help()
        return 0
    if chosen.command == "version":
        sys.stdout.write(f"papo {__version__}\n")
        return 0
    from papo.config.errors import StartError

    # Late imports keep the start short: a server needs no window, and a client no server.
    command = importlib.import_module(f"papo.commands.{MODULES[chosen.command]}")
    try:
        code: int = command.run(chosen)
    except StartError as error:
        sys.stderr.write(f"papo: {error}\n")
        return error.exit_code
    return code


def split_language(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Split `--language`, at any position, from the other arguments: the help must be in that language too."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--language")
    chosen, rest = parser.parse_known_args(list(arguments))
    return chosen.language or "", rest


def build_parser() -> argparse.ArgumentParser:
    """Every command and flag, with its help in the user's language."""
    parser = argparse.ArgumentParser(
        prog="papo",
        description=_("A chat server to run yourself: IRC, WebSocket and five classroom protocols in the same rooms."),
        epilog=_('"papo COMMAND --help" explains a command.'),
        allow_abbrev=False,
    )
    parser.add_argument(
        "--language",
        metavar="|".join(known_languages()),
        help=_("use this language (default: that of the environment)"),
    )
    parser.add_argument("--version", action="version", version=f"papo {__version__}", help=_("print the version"))
    commands = parser.add_subparsers(dest="command", metavar=_("COMMAND"), title=_("commands"))

    about = _("start the server; it runs until Ctrl-C or SIGTERM")
    serve = commands.add_parser("serve", help=about, description=about, allow_abbrev=False)
    add_source_flags(serve)
    serve.add_argument(
        "--listen",
        action="append",
        metavar="URL",
        help=_(
            "open SCHEME://HOST:PORT[?option=value] instead of the default ports; may be repeated. Schemes: {schemes}"
        ).format(schemes=", ".join(schemes())),
    )
    serve.add_argument(
        "--lan", action="store_true", help=_("open the default ports on this machine's network addresses too")
    )
    serve.add_argument("--name", metavar=_("NAME"), help=_("the server's name, with a dot in it"))
    serve.add_argument(
        "--new",
        action="store_true",
        help=_("make a new database or secret if the folder has lost its own; nothing that is there is overwritten"),
    )

    add_demo(commands)
    add_chat(commands)
    about = _("chat in a window")
    add_where(commands.add_parser("desktop", help=about, description=about, allow_abbrev=False))
    about = _("show or check the settings")
    config = commands.add_parser("config", help=about, description=about, allow_abbrev=False)
    actions = config.add_subparsers(dest="action", metavar=_("ACTION"), required=True, title=_("actions"))
    for name, help_text in (
        ("show", _("print every setting, its value and where the value comes from")),
        ("check", _("report what is wrong with the settings")),
        ("default", _("print a configuration file with every setting explained")),
    ):
        action = actions.add_parser(name, help=help_text, description=help_text, allow_abbrev=False)
        if name != "default":
            add_source_flags(action)

    add_account(commands)
    add_backup(commands)
    add_restore(commands)
    add_clock(commands)
    add_doctor(commands)
    add_salvage(commands)
    about = _("ask for a password and print its hash for the configuration")
    commands.add_parser("operator-password", help=about, description=about, allow_abbrev=False)
    about = _("print the version")
    commands.add_parser("version", help=about, description=about, allow_abbrev=False)
    return parser


def add_demo(commands: Commands) -> None:
    """Add `papo demo`."""
    about = _("open a server and two clients, each in its own terminal, and the web page in the browser")
    demo = commands.add_parser("demo", help=about, description=about, allow_abbrev=False)
    demo.add_argument(
        "--data", metavar=_("DIR"), help=_("keep what the server stores in this folder (default: nothing is kept)")
    )
    demo.add_argument(
        "--terminal",
        metavar=_("NAME"),
        default="",
        help=_("open this kind of terminal, such as xterm or tmux (default: the first that is found)"),
    )
    demo.add_argument("--no-browser", action="store_true", help=_("do not open the web page"))


def add_chat(commands: Commands) -> None:
    """Add `papo chat`."""
    about = _("chat in this terminal")
    chat = commands.add_parser("chat", help=about, description=about, allow_abbrev=False)
    add_where(chat)
    chat.add_argument("--account", metavar=_("NAME"), help=_("sign in to this account"))
    chat.add_argument(
        "--plain", action="store_true", help=_("read and write line by line, for pipes, screen readers and slow links")
    )


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add the flags for address, nick and room."""
    parser.add_argument(
        "url",
        nargs="?",
        metavar="URL",
        help=_(
            "irc://HOST, ircs://HOST, https://HOST, or a classroom server: {classroom} "
            "(default: a server found on this network)"
        ).format(classroom=", ".join(f"{scheme}://HOST" for scheme in CLASSROOM)),
    )
    parser.add_argument("--nick", metavar=_("NAME"), help=_("use this nick"))
    parser.add_argument("--join", metavar=_("ROOM"), help=_("join this room"))


def add_account(commands: Commands) -> None:
    """Add `papo account` and its actions."""
    about = _("create and manage accounts, whether the server runs or not")
    account = commands.add_parser("account", help=about, description=about, allow_abbrev=False)
    actions = account.add_subparsers(dest="action", metavar=_("ACTION"), required=True, title=_("actions"))
    for name, help_text, value in (
        ("add", _("create an account; asks for its password"), _("EMAIL")),
        ("passwd", _("set a new password"), ""),
        ("list", _("list all accounts"), ""),
        ("suspend", _("keep its owner from signing in"), _("REASON")),
        ("unsuspend", _("let its owner sign in again"), ""),
        ("rename", _("give it another name"), _("NEW-NAME")),
        ("drop", _("delete it for ever, with its channels"), ""),
        ("verify", _("mark its email address as verified"), ""),
        ("2fa-off", _("take its second factor off, for an owner who has lost phone and recovery codes"), ""),
        ("export", _("write everything that its owner wrote, set and uploaded into a zip archive"), _("FILE")),
    ):
        action = actions.add_parser(name, help=help_text, description=help_text, allow_abbrev=False)
        add_source_flags(action)
        action.set_defaults(account="", value="", password_stdin=False, forget=False)
        if name != "list":
            action.add_argument("account", metavar=_("NAME"))
        if value:
            action.add_argument("value", metavar=value, nargs=None if name in {"rename", "export"} else "?")
        if name == "drop":
            action.add_argument(
                "--forget", action="store_true", help=_("delete everything that it said, set and uploaded as well")
            )
        if name in {"add", "passwd"}:
            action.add_argument(
                "--password-stdin", action="store_true", help=_("read the password from standard input, one line")
            )


def add_backup(commands: Commands) -> None:
    """Add `papo backup`."""
    about = _("write everything that a server needs into one file, whether it runs or not")
    backup = commands.add_parser("backup", help=about, description=about, allow_abbrev=False)
    add_source_flags(backup)
    backup.add_argument("--encrypt", action="store_true", help=_("encrypt it; asks for a passphrase"))
    add_passphrase_flag(backup, _("encrypt it with the first line of this file (default: backup.passphrase_file)"))
    backup.add_argument("file", metavar=_("FILE"), help=_("the backup, such as papo.tar.gz; - for standard output"))


def add_restore(commands: Commands) -> None:
    """Add `papo restore`."""
    about = _("make a data folder of a backup; nothing is overwritten")
    restore = commands.add_parser("restore", help=about, description=about, allow_abbrev=False)
    restore.add_argument("file", metavar=_("FILE"), help=_("the backup; - for standard input"))
    restore.add_argument(
        "--data", metavar=_("DIR"), help=_("the folder to make (default: the platform's folder for user data)")
    )
    add_passphrase_flag(restore, _("decrypt it with the first line of this file"))
    instead = restore.add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help=_("print what the backup says it holds, and stop"))
    instead.add_argument(
        "--verify", action="store_true", help=_("compare every hash and open the database, but make no data folder")
    )


def add_passphrase_flag(parser: argparse.ArgumentParser, about: str) -> None:
    """Add the flag for the passphrase of a backup."""
    parser.add_argument("--passphrase-file", metavar=_("FILE"), default="", help=about)


def add_clock(commands: Commands) -> None:
    """Add `papo clock`."""
    about = _("show whether the server believes this machine's clock, which it deletes old messages by")
    clock = commands.add_parser("clock", help=about, description=about, allow_abbrev=False)
    add_source_flags(clock)
    about = _("accept: the clock is right, though it is far from the time at which the server ran last")
    clock.add_argument("action", nargs="?", choices=("accept",), help=about)


def add_salvage(commands: Commands) -> None:
    """Add `papo salvage`."""
    about = _("make a new data folder of what can be read of a damaged one, which is only read")
    salvage = commands.add_parser("salvage", help=about, description=about, allow_abbrev=False)
    salvage.add_argument(
        "--data", metavar=_("DIR"), help=_("the damaged data folder (default: the platform's folder for user data)")
    )
    salvage.add_argument("--to", metavar=_("NEW-DIR"), required=True, help=_("a folder that does not exist yet"))


def add_doctor(commands: Commands) -> None:
    """Add `papo doctor`."""
    about = _("examine the data folder and the settings, whether the server runs or not; changes nothing")
    doctor = commands.add_parser("doctor", help=about, description=about, allow_abbrev=False)
    add_source_flags(doctor)
    doctor.add_argument("--json", action="store_true", help=_("print one JSON object, for programs"))


def add_source_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say where the settings are."""
    parser.add_argument(
        "--data",
        metavar=_("DIR"),
        help=_("keep everything in this folder (default: the platform's folder for user data)"),
    )
    parser.add_argument(
        "--config",
        metavar=_("FILE"),
        help=_("read this TOML file (default: papo.toml in the data folder, if there is one)"),
    )
