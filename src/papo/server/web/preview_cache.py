"""Previews of links: each page is fetched once for everybody, a few at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from papo.server.net.addresses import lan_addresses
from papo.server.rate_limit import SlidingWindow
from papo.server.web.fetch import NotFetched, fetch
from papo.server.web.page_head import Preview, read
from papo.server.web.reachable import is_foreign

FOUND_TTL_S = 3600.0
"""How long a preview is kept."""
MISSING_TTL_S = 600.0
"""How long it is remembered that a page has none."""
MAX_KEPT = 500
AT_ONCE = 4
PER_MINUTE = 20
"""Pages that one user can make the server fetch."""


class PreviewCache:
    """Previews that were fetched lately, and those that are being fetched."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, Preview | None]] = OrderedDict()
        """URL to (when it expires, preview); times are `time.monotonic()`."""
        self._fetching: dict[str, asyncio.Task[Preview | None]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._requests = SlidingWindow(PER_MINUTE, MAX_KEPT)

    def allow(self, identity: str, now_s: float) -> bool:
        """Whether this user may make the server fetch another page now."""
        return self._requests.allow(identity, PER_MINUTE, 60, now_s)

    def get(self, url: str, now_s: float) -> tuple[float, Preview | None] | None:
        """(when it expires, preview or None if the page has none); None if it was not fetched lately."""
        kept = self._kept.get(url)
        return kept if kept is not None and kept[0] > now_s else None

    async def fetch(self, url: str, now_s: float) -> Preview | None:
        """The preview of a page, fetched once for everybody who asks for it at the same time."""
        task = self._fetching.get(url)
        if task is None:
            task = self._fetching[url] = asyncio.create_task(self._fetch_and_keep(url, now_s))
            task.add_done_callback(lambda _: self._fetching.pop(url, None))
        return await asyncio.shield(task)  # the first request may be cancelled

    def __len__(self) -> int:
        return len(self._kept)

    async def _fetch_and_keep(self, url: str, now_s: float) -> Preview | None:
        async with self._turns:
            try:
                own = lan_addresses()
                page = await fetch(url, allowed=lambda address: is_foreign(address, own))
                # In a thread: half a megabyte of nonsense takes a while to parse.
                found = await asyncio.to_thread(read, *page)
            except NotFetched:
                found = None
        self._kept.pop(url, None)
        self._kept[url] = (now_s + (FOUND_TTL_S if found else MISSING_TTL_S), found)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return found
