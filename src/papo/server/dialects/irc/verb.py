"""The table of IRC commands: each function in `verbs/` adds itself with `@verb`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeAlias, TypeVar

from papo.server import costs

Call: TypeAlias = Callable[..., Coroutine[Any, Any, None] | None]
"""A verb's function, called with the session and the line. It may raise Refused. If it returns a coroutine, that is
run before the session's next line."""
AnyCall = TypeVar("AnyCall", bound=Call)


class Verb(NamedTuple):
    """One command."""

    name: str
    call: Call
    params: int
    """Fewer parameters are refused with 461."""
    before_registration: bool
    cost: float
    """What it takes from the connection's bucket (`costs.VERBS`)."""
    more_targets: float
    """What each further target takes (`costs.MORE_TARGETS`)."""
    only_messages: bool
    """Whether it only sends messages, which are refused each by itself if they cannot be stored. Hot path."""
    per_minute: str
    """The name of its own limit for each connection (a field of `config.Limits`); "" for none."""
    help: str
    """The function's docstring: usage first."""


VERBS: dict[str, Verb] = {}


def verb(
    name: str,
    *,
    params: int = 0,
    before_registration: bool = False,
    per_minute: str = "",
    only_messages: bool = False,
) -> Callable[[AnyCall], AnyCall]:
    """Add a command. The first line of the function's docstring is its usage and its page in /HELP."""

    def register(call: AnyCall) -> AnyCall:
        VERBS[name] = Verb(
            name,
            call,
            params,
            before_registration,
            costs.VERBS.get(name, costs.USUAL),
            costs.MORE_TARGETS.get(name, 0.0),
            only_messages,
            per_minute,
            call.__doc__ or "",
        )
        return call

    return register
