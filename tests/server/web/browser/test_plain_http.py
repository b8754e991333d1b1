"""The page over plain http at an address of the local network, where browsers allow it much less."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser_screen import CONFIG, BrowserScreen
from live_server import serve
from playwright.sync_api import Browser, expect

from papo.server.net.addresses import lan_addresses


@pytest.fixture
def lan_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server at this machine's LAN address; nothing leaves the machine."""
    own = next((address for address in lan_addresses() if ":" not in address), "")
    if not own:
        pytest.skip("this machine is on no network")
    with serve(tmp_path_factory.mktemp("lan"), [f"http://{own}:0"], config=CONFIG) as started:
        yield f"http://{own}:{started.ports['http']}"


def test_the_page_works_without_a_secure_context(chromium: Browser, lan_url: str) -> None:
    """Login, SCRAM without crypto.subtle, a copied link, a file, a reload; no service worker."""
    context = chromium.new_context()
    ana = BrowserScreen(context, lan_url)
    ana.connect("Ana")
    assert ana.page.evaluate("[isSecureContext, 'subtle' in crypto, 'serviceWorker' in navigator]") == [False] * 3
    ana.page.locator(".me").click()
    ana.page.get_by_label("Password").fill("uma senha boa")
    ana.page.get_by_role("button", name="Create the account Ana").click()
    expect(ana.page.locator(".toast")).to_contain_text("You are signed in.")
    ana.type("uma mensagem")
    ana.act("uma mensagem", "Copy a link to this message")
    expect(ana.page.locator(".toast").last).to_contain_text("Copied.")
    ana.page.set_input_files(".composer input[type=file]", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"oi"})
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
