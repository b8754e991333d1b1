"""Real browsers for tests: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from live_server import IrcClient, LiveServer
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TIMEOUT_MS = 15_000
CONFIG = """
[server]
name = "papo.test"
[limits]
enabled = false
[accounts]
argon2_memory_kib = 8
argon2_passes = 1
scram_rounds = 4096
[uploads]
who = "everyone"
"""
"""Of a server for browser tests: everybody may do everything, as often as they like."""


def need_browser() -> None:
    """Skip the test without Chromium; fail it if PAPO_NEEDS_BROWSER is set."""
    if CHROMIUM:
        return
    assert not os.environ.get("PAPO_NEEDS_BROWSER"), "Chromium is not installed"
    pytest.skip("no Chromium here: install it (Debian: apt install chromium) to test the web client")


@contextmanager
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    need_browser()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


def url_of(server: LiveServer) -> str:
    """The address of a server's page."""
    return f"http://127.0.0.1:{server.ports['http']}"


def irc_program(server: LiveServer, nick: str, channel: str = "#papo") -> IrcClient:
    """An IRC program that has joined a channel."""
    client = IrcClient(server.ports["irc"])
    client.register(nick, "message-tags server-time batch")
    client.send(f"JOIN {channel}")
    client.receive_until(" 366 ")
    return client


class BrowserScreen:
    """A page of the web client, in a browser profile of its own."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        context.set_default_timeout(TIMEOUT_MS)
        self.context = context
        self.url = url
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        """Script errors, violations of the content policy, and unexpected dialogs."""
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", lambda said: self._keep_error(said.type, said.text))
        self.page.on("dialog", self._keep_dialog)

    def _keep_dialog(self, shown: Dialog) -> None:
        self.faults.append(f"dialog: {shown.message}")
        shown.dismiss()

    def _keep_error(self, kind: str, text: str) -> None:
        # Failed downloads and lost connections are the server's faults.
        if kind == "error" and not text.startswith(("Failed to load resource", "WebSocket connection to")):
            self.faults.append(f"console: {text}")

    def connect(self, nick: str, path: str = "/") -> BrowserScreen:
        """Join as a guest."""
        self.page.goto(self.url + path)
        self.page.get_by_label("Your name here").fill(nick)
        self.page.get_by_role("button", name="Join", exact=True).click()
        self.field.wait_for()
        self.page.locator(".masthead h1", has_text="#").wait_for()
        return self

    @property
    def field(self) -> Locator:
        """The message field."""
        return self.page.locator(".composer textarea")

    def type(self, text: str) -> None:
        """Send a message."""
        self.field.fill(text)
        self.page.locator(".composer button[type=submit]").click()

    def message(self, text: str) -> Locator:
        """The last stored message with this text."""
        return self.page.locator(".message:not(.waiting)", has=self.page.locator(".text", has_text=text)).last

    def wait_for_message(self, text: str) -> Locator:
        """Wait for a stored message, and return it."""
        found = self.message(text)
        found.wait_for()
        return found

    def act(self, text: str, name: str) -> None:
        """Press a button of a message's toolbar."""
        self.wait_for_message(text).hover()
        self.page.locator(".toolbar").get_by_role("button", name=name, exact=True).click()
