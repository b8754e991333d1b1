"""The IRCv3 capabilities, from `data/capabilities.json`."""

from __future__ import annotations

import msgspec

from papo.protocol.data import read


class Capability(msgspec.Struct, frozen=True):
    """One row; the fields are explained in data/README.md."""

    name: str
    constant: str
    specification: str
    changes_bytes: bool = False
    wanted: bool = False


CAPABILITIES = tuple(read("capabilities.json", list[Capability]))
"""In alphabetical order, as CAP LS shows them."""
WANTED = tuple(row.name for row in CAPABILITIES if row.wanted)
"""What our own clients ask for."""
