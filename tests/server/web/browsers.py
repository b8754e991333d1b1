"""Real browsers for tests: Debian's Chromium, driven by Playwright; and people in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
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
PATIENCE_MS = 15_000


def need_browser() -> None:
    """Skip where there is no Chromium; fail where there must be one (PAPO_NEEDS_BROWSER)."""
    if CHROMIUM:
        return
    assert not os.environ.get("PAPO_NEEDS_BROWSER"), "Chromium is not installed"
    pytest.skip("no Chromium here: install it (Debian: apt install chromium) to test the web client")


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium for the time of a `with`."""
    need_browser()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


class Person:
    """Somebody at a page of the web client."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        context.set_default_timeout(PATIENCE_MS)
        self.context = context
        self.url = url
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        """What the page complained of: script errors, breaches of its policy, dialogs."""
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("dialog", self._asked)

    def _asked(self, shown: Dialog) -> None:
        self.faults.append(f"dialog: {shown.message}")
        shown.dismiss()

    def _heard(self, kind: str, text: str) -> None:
        # A refused download or a lost connection is the server's word, not the page's fault.
        if kind == "error" and not text.startswith(("Failed to load resource", "WebSocket connection to")):
            self.faults.append(f"console: {text}")

    def come_in(self, nick: str, path: str = "/") -> Person:
        """As a guest."""
        self.page.goto(self.url + path)
        self.page.get_by_label("Your name here").fill(nick)
        self.page.get_by_role("button", name="Come in", exact=True).click()
        self.field.wait_for()
        self.page.locator(".masthead h1", has_text="#").wait_for()
        return self

    @property
    def field(self) -> Locator:
        """Where one writes."""
        return self.page.locator(".composer textarea")

    def write(self, text: str) -> None:
        """Say something."""
        self.field.fill(text)
        self.page.locator(".composer button[type=submit]").click()

    def message(self, text: str) -> Locator:
        """The message that holds this text, stored and shown."""
        return self.page.locator(".message:not(.waiting)", has=self.page.locator(".text", has_text=text)).last

    def sees(self, text: str) -> Locator:
        """Wait until the message is there."""
        found = self.message(text)
        found.wait_for()
        return found

    def act(self, text: str, name: str) -> None:
        """Press a button of a message's toolbar."""
        self.sees(text).hover()
        self.page.locator(".toolbar").get_by_role("button", name=name, exact=True).click()
