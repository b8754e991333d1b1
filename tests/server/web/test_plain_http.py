"""The client at an address of the local network over plain http, where browsers allow a page far less."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser_screen import BrowserScreen, browser
from live_server import LiveServer, serve
from playwright.sync_api import expect

from papo.server.net.addresses import lan_addresses

CONFIG = """
[server]
name = "papo.test"
[limits]
enabled = false
[accounts]
argon2_memory_kib = 8
argon2_passes = 1
[uploads]
who = "everyone"
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, str]]:
    """A server on this machine's own address, and that address; nothing leaves the machine."""
    own = next((address for address in lan_addresses() if ":" not in address), "")
    if not own:
        pytest.skip("this machine is on no network")
    with serve(tmp_path_factory.mktemp("lan"), [f"http://{own}:0"], config=CONFIG) as started:
        yield started, f"http://{own}:{started.ports['http']}"


def test_all_of_it_works_without_a_secure_context(server: tuple[LiveServer, str]) -> None:
    """Coming in, an account by SCRAM without crypto.subtle, a copied link, a file, a reload; no service worker."""
    _, url = server
    with browser() as chromium:
        context = chromium.new_context()
        ana = BrowserScreen(context, url)
        ana.connect("Ana")
        assert ana.page.evaluate("[isSecureContext, 'subtle' in crypto, 'serviceWorker' in navigator]") == [False] * 3
        ana.page.locator(".me").click()
        ana.page.get_by_label("Password").fill("uma senha boa")
        ana.page.get_by_role("button", name="Create the account Ana").click()
        expect(ana.page.locator(".toast")).to_contain_text("You are signed in.")
        ana.type("uma mensagem")
        ana.act("uma mensagem", "Copy a link to this message")
        expect(ana.page.locator(".toast").last).to_contain_text("Copied.")
        ana.page.set_input_files(
            ".composer input[type=file]", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"oi"}
        )
        ana.page.locator(".uploads progress").wait_for(state="detached")
        ana.type("com arquivo")
        ana.wait_for_message("com arquivo").locator(".file").wait_for()
        ana.page.get_by_role("button", name="Settings").click()
        expect(ana.page.get_by_role("dialog")).to_contain_text("only for pages over https")
        ana.page.keyboard.press("Escape")
        ana.page.reload()
        expect(ana.page.locator(".me .note")).to_have_text("signed in", timeout=20_000)
        ana.wait_for_message("com arquivo")
        context.close()
        assert ana.faults == []
