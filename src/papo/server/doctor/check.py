"""What a check is given, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from papo.config import Config

Level: TypeAlias = Literal["error", "warning"]


class Installation(NamedTuple):
    """What is examined. Nothing in it is changed."""

    folder: Path
    """The data folder; it may not exist."""
    config: Config
    """The settings; the defaults if they are invalid."""
    mistake: str
    """What is wrong with the settings; "" if nothing is."""
    running: bool
    """Whether a server uses the folder now."""


class Finding(NamedTuple):
    """Something that is not as it should be."""

    level: Level
    """`error`: data is lost or damaged, or the server cannot work; `warning`: that may come."""
    text: str
    """One sentence in the user's language: what is wrong, and what to do."""


class Check(NamedTuple):
    """A row of the table `CHECKS`."""

    name: str
    """One word, for programs; it never changes."""
    run: Callable[[Installation], Iterable[Finding]]
    """Yields what is wrong; nothing if all is well. An exception is reported as a finding of this check."""
    about: str
    """What is looked at, marked with `N_`: a phrase after which "ok" makes sense."""
