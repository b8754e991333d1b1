"""What a link leads to: title, a sentence, the site. Words only; pictures of strangers are not fetched."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import OrderedDict, deque
from html.parser import HTMLParser
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import msgspec
from aiohttp import web

from papo.i18n import N_
from papo.server.net.addresses import lan_addresses
from papo.server.web.fetch import NotFetched, fetch
from papo.server.web.pages import looks_up
from papo.server.web.reachable import is_foreign
from papo.server.web.site import Route, Site

TITLE_LENGTH = 200
ABOUT_LENGTH = 300
MOST_PIECES = 5_000
"""Tags and texts of a head."""
AT_A_TIME = 16 * 1024
MOST_OPEN = 64 * 1024
"""Of one tag or comment that does not end, which the parser reads again with each piece."""
GOOD_S = 3600.0
BAD_S = 600.0
MOST_KEPT = 500
AT_ONCE = 4
PER_MINUTE = 20
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
_TEXT = re.compile(
    r"utf-?8|utf-?16(?:-?[bl]e)?|(?:us-)?ascii|iso-?8859-?1?\d|latin-?1|(?:windows-|cp)(?:125\d|874)|koi8-[ru]"
    r"|gb_?2312|gbk|gb18030|big5|euc-(?:jp|kr)|shift[-_]jis|iso-2022-jp|(?:cp|ibm)866|macintosh",
    re.IGNORECASE,
)
"""Character sets of pages; Python knows codecs besides that are not for strangers, such as `unicode_escape`."""


class Preview(msgspec.Struct, frozen=True):
    """What is shown of a page."""

    url: str
    title: str
    description: str
    site: str


class _Head(HTMLParser):
    """Reads the head of a page; sets `done` at its end, and after many pieces."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, str] = {}
        self.done = False
        self._pieces = 0
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
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
        if tag == "title":
            self._in_title = False
        self.done = self.done or tag == "head"

    def handle_data(self, data: str) -> None:
        self._count()
        if self._in_title and not self.done:
            self.found["title"] = (self.found.get("title", "") + data)[: 10 * TITLE_LENGTH]

    def _count(self) -> None:
        self._pieces += 1
        self.done = self.done or self._pieces > MOST_PIECES


def read(url: str, kind: str, page: bytes) -> Preview | None:
    """What a page says of itself; None where that is nothing."""
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
    head = _Head()
    # HTMLParser raises AssertionError for `<![1` and its like, and ValueError for `&#` with thousands of digits; what
    # came before counts.
    with contextlib.suppress(AssertionError, ValueError):
        for at in range(0, len(text), AT_A_TIME):
            head.feed(text[at : at + AT_A_TIME])
            # Scripts may be long: to look for their end is quick.
            if head.done or (head.cdata_elem is None and len(head.rawdata) > MOST_OPEN):
                break
    return head.found


def _decode(page: bytes, charset: str) -> str:
    try:
        return page.decode(charset if _TEXT.fullmatch(charset) else "utf-8", "replace")
    except LookupError:  # of a family, but not a member
        return page.decode("utf-8", "replace")


def _one_line(text: str, limit: int) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: 10 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


_of: WeakKeyDictionary[Site, Previews] = WeakKeyDictionary()


def previews_of(site: Site) -> Previews:
    """Those of this site's server."""
    found = _of.get(site)
    if found is None:
        found = _of[site] = Previews()
    return found


class Previews:
    """Looked up once for everybody, few at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, Preview | None]] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[Preview | None]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._asked: dict[str, deque[float]] = {}

    def may_ask(self, who: str, now_s: float) -> bool:
        """Whether somebody may make the server fetch something now."""
        if len(self._asked) > MOST_KEPT:
            self._asked = {each: times for each, times in self._asked.items() if times[-1] > now_s - 60}
        times = self._asked.setdefault(who, deque())
        while times and times[0] <= now_s - 60:
            times.popleft()
        if len(times) >= PER_MINUTE:
            return False
        times.append(now_s)
        return True

    def known(self, url: str, now_s: float) -> tuple[float, Preview | None] | None:
        """What was found lately; None where nobody has looked."""
        kept = self._kept.get(url)
        return kept if kept is not None and kept[0] > now_s else None

    async def look_up(self, url: str, now_s: float) -> Preview | None:
        """Fetch it, together with whoever else asks for it now."""
        task = self._under_way.get(url)
        if task is None:
            task = self._under_way[url] = asyncio.create_task(self._fetch_and_keep(url, now_s))
            task.add_done_callback(lambda _: self._under_way.pop(url, None))
        return await asyncio.shield(task)  # whoever asked first may leave

    async def _fetch_and_keep(self, url: str, now_s: float) -> Preview | None:
        async with self._turns:
            try:
                # In a thread: half a megabyte of nonsense takes a while to read.
                own = lan_addresses()
                page = await fetch(url, allowed=lambda address: is_foreign(address, own))
                found = await asyncio.to_thread(read, *page)
            except NotFetched:
                found = None
        self._kept.pop(url, None)
        self._kept[url] = (now_s + (GOOD_S if found else BAD_S), found)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return found


async def preview(site: Site, request: web.Request) -> web.StreamResponse:
    """`GET /api/preview?url=…`: 204 for everything that is not shown, whatever the reason."""
    found = site.person(request, "PAPO")
    if found is None:
        raise web.HTTPUnauthorized(text=N_("Your sign-in is not good any more; reload the page"))
    url = request.query.get("url", "")
    now_s = site.chat.monotonic_s()
    nothing = web.Response(status=204, headers={"Cache-Control": "private, max-age=600"})
    if not looks_up(site.chat.config) or len(url) > 2_000:
        return nothing
    known = previews_of(site).known(url, now_s)
    if known is None and not previews_of(site).may_ask(found[0].identity, now_s):
        return nothing
    shown = known[1] if known is not None else await previews_of(site).look_up(url, now_s)
    if shown is None:
        return nothing
    headers = {"Cache-Control": "private, max-age=3600"}
    return web.Response(body=msgspec.json.encode(shown), content_type="application/json", headers=headers)


ROUTES = (Route("GET", "/api/preview", preview),)
