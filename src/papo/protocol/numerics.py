"""Names of IRC's numeric replies, from `data/numerics.json` (modern.ircdocs.horse "Numerics"; IRCv3 monitor, whox).

`numerics.RPL_WELCOME` is "001". A test checks that every name that is used is in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from papo.protocol.data import read


class _Table(msgspec.Struct):
    numbers: dict[str, str]
    groups: dict[str, list[str]]


_table = read("numerics.json", _Table)
NUMBERS = _table.numbers
"""Name to number."""
GROUPS = {group: frozenset(NUMBERS[name] for name in names) for group, names in _table.groups.items()}
"""Numbers that the clients treat alike, by the name of the group."""

if TYPE_CHECKING:

    def __getattr__(name: str) -> str: ...
else:
    globals().update(NUMBERS)
