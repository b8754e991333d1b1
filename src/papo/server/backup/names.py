"""Names of files in a backup: of those that every backup has, and what any may be called."""

from __future__ import annotations

import re

MANIFEST = "manifest.json"
DATABASE = "papo.db"
MAX_BYTES = 100
"""What a header of tar has room for."""
_PART = re.compile(r"(?![. ])[^/\\:*?\"<>|\x00-\x1f\x7f]{1,100}(?<![. ])")
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that Windows takes for devices, in any folder."""


def is_safe(name: str) -> bool:
    """Whether a path can be that of a file in a backup: relative, plain, short."""
    parts = name.split("/")
    return len(name.encode("utf-8", "replace")) <= MAX_BYTES and all(map(_is_plain, parts))


def _is_plain(part: str) -> bool:
    """Whether every file system takes a name for a plain file's."""
    return bool(_PART.fullmatch(part)) and not _DEVICE.fullmatch(part)
