"""The table of IRC commands: each function in `verbs/` registers itself here with `@verb`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession

Call: TypeAlias = Callable[["IrcSession", "Line"], Coroutine[Any, Any, None] | None]
"""A verb's function. It may raise Refused. A coroutine that it returns is run before the session's next line."""


class Verb(NamedTuple):
    """One command."""

    name: str
    call: Call
    params: int
    """Fewer parameters than this are refused with 461."""
    before_registration: bool
    cost: float
    """Messages' worth of the rate budget."""
    per_minute: str
    """Name of the limit (`config.Limits`) on how often one connection may; "" for none but the budget."""
    help: str
    """From the function's docstring: usage first."""


VERBS: dict[str, Verb] = {}


def verb(
    name: str, *, params: int = 0, before_registration: bool = False, cost: float = 1.0, per_minute: str = ""
) -> Callable[[Call], Call]:
    """Register a command. The docstring's first line is its usage and its page in /HELP."""

    def register(call: Call) -> Call:
        VERBS[name] = Verb(name, call, params, before_registration, cost, per_minute, call.__doc__ or "")
        return call

    return register
