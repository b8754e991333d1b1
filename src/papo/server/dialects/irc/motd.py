"""The message of the day (375, 372, 376)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol import numerics as n

if TYPE_CHECKING:
    from papo.config import Config


def motd_lines(config: Config) -> tuple[str, ...]:
    """Its lines without source, with NUL in place of the nick; 422 if there is none."""
    texts = config.server.motd.splitlines()
    if not texts:
        return (f"{n.ERR_NOMOTD} \0 :There is no message of the day",)
    return (
        f"{n.RPL_MOTDSTART} \0 :- {config.server.name} Message of the day - ",
        *(f"{n.RPL_MOTD} \0 :- {line}" for line in texts),
        f"{n.RPL_ENDOFMOTD} \0 :End of /MOTD command",
    )
