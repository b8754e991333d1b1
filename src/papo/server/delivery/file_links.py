"""Links to uploaded files in the texts of messages."""

from __future__ import annotations

import re

_LINK = re.compile(r"/f/(\d{8}[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")


def files_in(text: str) -> set[str]:
    """Ids of the uploaded files that a text links to, on whatever address this server has or had."""
    return set(_LINK.findall(text))
