"""The preview in the head of a page: title, description, site name. No pictures. Knows no network."""

from __future__ import annotations

import contextlib
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import msgspec

TITLE_LENGTH = 200
ABOUT_LENGTH = 300
MAX_PIECES = 5_000
"""Tags and texts in a head."""
CHUNK = 16 * 1024
MAX_OPEN = 64 * 1024
"""Length of one tag or comment that does not end; the parser reads it again with each chunk."""
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
_TEXT = re.compile(
    r"utf-?8|utf-?16(?:-?[bl]e)?|(?:us-)?ascii|iso-?8859-?1?\d|latin-?1|(?:windows-|cp)(?:125\d|874)|koi8-[ru]"
    r"|gb_?2312|gbk|gb18030|big5|euc-(?:jp|kr)|shift[-_]jis|iso-2022-jp|(?:cp|ibm)866|macintosh",
    re.IGNORECASE,
)
"""Character sets of pages. Python has codecs that input must not choose, such as `unicode_escape`."""


class Preview(msgspec.Struct, frozen=True):
    """What is shown of a page."""

    url: str
    title: str
    description: str
    site: str


class HeadParser(HTMLParser):
    """Parses the head of a page; sets `done` at its end, or after `MAX_PIECES`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, str] = {}
        self.done = False
        self._pieces = 0
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the properties of a `meta` tag."""
        self._count()
        self.done = self.done or tag == "body"
        if self.done:
            return
        if tag == "title":
            self._in_title = "title" not in self.found
        elif tag == "meta":
            values = {name: value or "" for name, value in attrs}
            name = (values.get("property") or values.get("name") or "").lower()
            if name in {"og:title", "og:description", "og:site_name", "description"}:
                self.found.setdefault(name, values.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        """Stop at the end of the head."""
        if tag == "title":
            self._in_title = False
        self.done = self.done or tag == "head"

    def handle_data(self, data: str) -> None:
        """Keep the text of the title."""
        self._count()
        if self._in_title and not self.done:
            self.found["title"] = (self.found.get("title", "") + data)[: 10 * TITLE_LENGTH]

    def _count(self) -> None:
        self._pieces += 1
        self.done = self.done or self._pieces > MAX_PIECES


def read(url: str, kind: str, page: bytes) -> Preview | None:
    """The preview of a page with this address and Content-Type; None if it has no title."""
    named = _CHARSET.search(kind.encode("latin-1", "replace")) or _CHARSET.search(page[:2048])
    text = _decode(page, named[1].decode("ascii", "replace") if named else "utf-8")
    found = _head(text)
    title = _one_line(found.get("og:title") or found.get("title", ""), TITLE_LENGTH)
    if not title:
        return None
    about = _one_line(found.get("og:description") or found.get("description", ""), ABOUT_LENGTH)
    site = _one_line(found.get("og:site_name", ""), 60) or (urlsplit(url).hostname or "")
    return Preview(url, title, about, site)


def _head(text: str) -> dict[str, str]:
    head = HeadParser()
    # HTMLParser raises AssertionError for `<![1` and the like, and ValueError for `&#` with thousands of digits; what
    # it has found before that counts.
    with contextlib.suppress(AssertionError, ValueError):
        for at in range(0, len(text), CHUNK):
            head.feed(text[at : at + CHUNK])
            # Scripts may be long: looking for their end is quick.
            if head.done or (head.cdata_elem is None and len(head.rawdata) > MAX_OPEN):
                break
    return head.found


def _decode(page: bytes, charset: str) -> str:
    try:
        return page.decode(charset if _TEXT.fullmatch(charset) else "utf-8", "replace")
    except LookupError:  # it looks like a character set, but there is none of this name
        return page.decode("utf-8", "replace")


def _one_line(text: str, limit: int) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: 10 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
