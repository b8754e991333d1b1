"""The tables that Python and JavaScript share, one JSON file each; README.md says what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

FOLDER = Path(__file__).parent

T = TypeVar("T")


def read(name: str, kind: type[T]) -> T:
    """The table in the file `name`. Raises msgspec.ValidationError if its shape is not `kind`'s."""
    return msgspec.json.decode((FOLDER / name).read_bytes(), type=kind)
