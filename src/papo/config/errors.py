"""The errors that end a command with one sentence."""

from __future__ import annotations


class StartError(Exception):
    """A command cannot start. The text is one sentence that says what to do."""

    exit_code = 2


class ConfigError(StartError):
    """A setting is invalid. The text names the key, its origin, and what was expected."""


class DamagedError(StartError):
    """What is in the data folder is damaged or missing. A supervisor should not start the server again."""

    exit_code = 65
    """EX_DATAERR of sysexits.h; for systemd: `RestartPreventExitStatus=65`."""


class DiskFailedError(StartError):
    """The disk cannot be read or written. A supervisor may start the server again."""

    exit_code = 74
    """EX_IOERR of sysexits.h, as for a disk that fails later (`server.app`)."""
