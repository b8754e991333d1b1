"""The two ways in which a start can fail. They know nothing but their sentence."""

from __future__ import annotations


class StartError(Exception):
    """The server cannot start; the text is one sentence that says what to do. It ends as exit code 2."""


class ConfigError(StartError):
    """A setting cannot be used; the text names the key, where it was set, and what was expected."""
