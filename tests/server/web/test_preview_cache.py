"""Previews: fetched once for everybody, kept for a while, limited for each user."""

from __future__ import annotations

import asyncio

import pytest

from papo.server.web import preview_cache
from papo.server.web.fetch import NotFetched
from papo.server.web.page_head import Preview
from papo.server.web.preview_cache import AT_ONCE, FOUND_TTL_S, MAX_KEPT, MISSING_TTL_S, PreviewCache

URL = "https://a.example/"


def test_a_user_can_make_the_server_fetch_twenty_pages_a_minute() -> None:
    """Each user has a limit of their own."""
    previews = PreviewCache()
    assert [previews.allow("ana", 1.0) for _ in range(21)] == [True] * 20 + [False]
    assert previews.allow("bia", 1.0)
    assert previews.allow("ana", 62.0)


class Internet:
    """In place of `fetch`: pages that come when `let` is set."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.let = asyncio.Event()

    async def fetch(self, url: str, *, allowed: object = None) -> tuple[str, str, bytes]:
        self.asked.append(url)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.let.wait()
        self.at_once -= 1
        if "bad" in url:
            raise NotFetched("no")
        return url, "text/html", b"<title>x</title>"


def test_a_page_is_fetched_once_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the same time or later; few pages at a time."""

    async def test() -> None:
        internet = Internet()
        monkeypatch.setattr(preview_cache, "fetch", internet.fetch)
        previews = PreviewCache()
        others = [asyncio.create_task(previews.fetch(URL, 0.0)) for _ in range(5)]
        more = [asyncio.create_task(previews.fetch(f"{URL}{n}", 0.0)) for n in range(3 * AT_ONCE)]
        while internet.at_once < AT_ONCE:
            await asyncio.sleep(0)
        internet.let.set()
        shown = Preview(URL, "x", "", "a.example")
        assert await asyncio.gather(*others) == [shown] * 5
        assert all(await asyncio.gather(*more))
        assert (internet.asked.count(URL), internet.most_at_once) == (1, AT_ONCE)
        kept = previews.get(URL, FOUND_TTL_S - 1)
        assert kept is not None
        assert kept[1] == shown
        assert previews.get(URL, FOUND_TTL_S) is None
        assert await previews.fetch(f"{URL}bad", 0.0) is None
        assert previews.get(f"{URL}bad", MISSING_TTL_S - 1) == (MISSING_TTL_S, None)
        assert previews.get(f"{URL}bad", MISSING_TTL_S) is None
        for n in range(MAX_KEPT):
            await previews.fetch(f"{URL}more/{n}", 0.0)
        assert previews.get(URL, 0.0) is None
        assert len(previews) == MAX_KEPT

    asyncio.run(test())


def test_the_first_request_may_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others get what it had begun to fetch."""

    async def test() -> None:
        internet = Internet()
        monkeypatch.setattr(preview_cache, "fetch", internet.fetch)
        previews = PreviewCache()
        asked = asyncio.create_task(previews.fetch(URL, 0.0))
        while not internet.asked:
            await asyncio.sleep(0)
        asked.cancel()
        internet.let.set()
        assert await previews.fetch(URL, 0.0) == Preview(URL, "x", "", "a.example")
        assert internet.asked == [URL]

    asyncio.run(test())
