"""What a browser sends first to a port that a hostile page names: an HTTP request, or the beginning of TLS.

The page chooses what comes after it, on lines of their own: a server that reads lines, and skips what it does not know,
would obey a page that anybody on its network has open. Only a few ports are closed to browsers (the Fetch standard,
"port blocking"), 6667 among them.
"""

from __future__ import annotations

import re

METHODS = frozenset({"GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI"})
"""Of HTTP (RFC 9110, section 9.3; RFC 9113, section 3.4)."""
_REQUEST = re.compile(rf"(?:{'|'.join(sorted(METHODS))}) [/*]")
_HANDSHAKE = "\x16\x03"
"""A TLS record of the handshake (RFC 8446, section 5.1); a page chooses the session ticket in it."""


def is_browser(first: str) -> bool:
    """Whether the first thing that a client sends is the beginning of HTTP or TLS. People may write "POST it"."""
    return first.startswith(_HANDSHAKE) or _REQUEST.match(first) is not None
