"""Fixtures for tests in a browser: a Chromium and a server for each file, and users with a profile of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser_screen import CONFIG, PHONE, BrowserScreen, browser, url_of
from live_server import LiveServer, serve
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running Chromium."""
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with the web client and IRC, without limits."""
    with serve(tmp_path_factory.mktemp("server"), ["http", "irc"], config=CONFIG) as started:
        yield started


@pytest.fixture
def ana(chromium: Browser, server: LiveServer) -> Iterator[BrowserScreen]:
    """A user with a desktop computer."""
    yield from _screen(chromium, server)


@pytest.fixture
def bia(chromium: Browser, server: LiveServer) -> Iterator[BrowserScreen]:
    """A user with a phone and the dark theme."""
    yield from _screen(chromium, server, color_scheme="dark", **PHONE)


def _screen(chromium: Browser, server: LiveServer, **options: object) -> Iterator[BrowserScreen]:
    context = chromium.new_context(**options)  # type: ignore[arg-type]  # a table of options
    screen = BrowserScreen(context, url_of(server))
    yield screen
    context.close()
    assert screen.faults == []
