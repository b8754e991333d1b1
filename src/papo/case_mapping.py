"""Which names are the same: the case mappings that servers name in 005.

Source: modern.ircdocs.horse "CASEMAPPING Parameter"; RFC 7613 and 8265, section 3.2 and 3.3 (UsernameCaseMapped). The
web client has the same functions in `lib/case_mapping.js`; `tests/protocol/case_mapping.json` holds both together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

_ASCII = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_STRICT = {**_ASCII, ord("["): "{", ord("]"): "}", ord("\\"): "|"}
_RFC1459 = {**_STRICT, ord("~"): "^"}
_WIDE = re.compile("[\uff01-\uffef]")


def ascii(name: str) -> str:  # noqa: A001 -- what 005 calls it
    """A to Z are a to z."""
    return name.translate(_ASCII)


def rfc1459_strict(name: str) -> str:
    r"""And `[]\\` are `{}|`."""
    return name.translate(_STRICT)


def rfc1459(name: str) -> str:
    """And `~` is `^`."""
    return name.translate(_RFC1459)


@lru_cache(maxsize=65536)
def rfc7613(name: str) -> str:
    """Unicode's toCaseFold, in NFC: `JOÃO` composed or not is `joão`, and `STRASSE` is `straße`.

    Compatibility characters count as what they stand for (NFKC), although no nick and no account may have them.
    """
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())


@lru_cache(maxsize=65536)
def rfc8265(name: str) -> str:
    """Unicode's toLowerCase, in NFC."""
    if name.isascii():
        return name.lower()
    narrow = _WIDE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), name)
    return unicodedata.normalize("NFC", narrow.lower())


CASEMAPPINGS: dict[str, Callable[[str], str]] = {"ascii": ascii, "rfc1459-strict": rfc1459_strict, "rfc1459": rfc1459}
"""Values of CASEMAPPING."""
UTF8MAPPINGS: dict[str, Callable[[str], str]] = {"rfc7613": rfc7613, "rfc8265": rfc8265}
"""Values of UTF8MAPPING, which Ergo sends beside CASEMAPPING=ascii: names beyond ASCII are folded too."""
OURS = "rfc7613"
"""The mapping of our server. Keys on disk are made by it: it cannot change without rewriting them."""


def of_tokens(tokens: Mapping[str, str]) -> Callable[[str], str]:
    """The mapping of a server with these tokens of 005: RFC 1459 if it names none, ASCII if it names an unknown one."""
    known = UTF8MAPPINGS.get(tokens.get("UTF8MAPPING", ""))
    return known or CASEMAPPINGS.get(tokens.get("CASEMAPPING", "rfc1459"), ascii)
