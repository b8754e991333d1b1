"""Masks such as `*!*@10.0.0.*`: normalise and match, in time linear in the text for each star."""

from __future__ import annotations

import re
from functools import lru_cache

from papo.server.world.names import fold

ACCOUNT, MUTE = "a:", "m:"
"""Extended bans (005 EXTBAN, without a prefix sign): of an account, and one that only mutes."""


@lru_cache(maxsize=4096)
def _compiled(mask: str) -> re.Pattern[str]:
    # Atomic groups: a mask with many stars must not make the matcher try all combinations.
    first, *rest = [re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", mask)]
    if not rest:
        return re.compile(first + r"\Z", re.DOTALL)
    *middle, last = rest
    inner = "".join(f"(?>.*?{part})" for part in middle if part)
    return re.compile(f"{first}{inner}.*{last}\\Z", re.DOTALL)


def matches(mask: str, text: str) -> bool:
    """Whether `text` matches `mask` (`*`: any run, `?`: any one character), casefolded."""
    return _compiled(fold(mask)).match(fold(text)) is not None


def normalise(mask: str) -> str:
    """Complete a short mask: `ana` is `ana!*@*`, `*@host` is `*!*@host`."""
    mask = mask.lstrip(":").replace(" ", "")
    if mask.startswith(MUTE):
        return MUTE + normalise(mask[2:])
    if mask.startswith(ACCOUNT):
        return mask
    if "@" in mask:
        left, _, host = mask.rpartition("@")
        nick, bang, user = left.partition("!")
        if not bang:
            nick, user = "*", left
    else:
        nick, bang, user = mask.partition("!")
        host = "*"
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"
