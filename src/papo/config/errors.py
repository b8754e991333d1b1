"""The errors that end a command with one sentence."""

from __future__ import annotations


class StartError(Exception):
    """A command cannot start. The text is one sentence that says what to do; the exit code is 2."""


class ConfigError(StartError):
    """A setting is invalid. The text names the key, its origin, and what was expected."""
