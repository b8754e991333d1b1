"""An account with a second factor: the page asks for a code once, and this browser is trusted then."""

from __future__ import annotations

import time

from axe_playwright_python.sync_playwright import Axe
from browser_screen import PHONE, BrowserScreen, url_of
from live_server import LiveServer
from playwright.sync_api import Browser, expect

from papo.server.auth import totp

PASSWORD = "uma senha boa"


def enable(screen: BrowserScreen) -> str:
    """Give the account that the page is signed in to a second factor; returns the secret of its app."""
    page = screen.page
    page.set_viewport_size({"width": 1280, "height": 500})  # the dialog scrolls
    page.locator(".me").click()
    page.get_by_role("button", name="Second factor and app passwords").click()
    page.get_by_role("button", name="Set up").click()
    secret = page.locator("form a code").inner_text()
    page.get_by_label("The code that the app shows").fill(totp.code_of(secret, int(time.time()) // totp.STEP_S))
    assert not Axe().run(page).response["violations"]
    page.get_by_role("button", name="Turn on").click()
    shown = page.get_by_role("group", name="Shown only now")
    expect(shown.locator("code")).to_have_count(10)
    expect(shown.get_by_text("Shown only now")).to_be_in_viewport()
    page.get_by_label("Name of the program").fill("laptop")
    page.keyboard.press("Enter")
    expect(shown.get_by_text("Eva/laptop")).to_be_in_viewport()
    expect(page.get_by_role("listitem").filter(has_text="laptop")).to_contain_text("never used")
    assert not Axe().run(page).response["violations"]
    page.get_by_role("button", name="Revoke laptop").click()
    expect(page.get_by_role("button", name="Revoke laptop")).to_have_count(0)
    return secret


def test_the_page_asks_for_a_code_and_then_not_again(ana: BrowserScreen, chromium: Browser, server: LiveServer) -> None:
    """On a phone, in Portuguese: a wrong code, the right one, a reload; an app password needs none."""
    ana.connect("Eva")
    ana.page.locator(".me").click()
    ana.page.get_by_label("Password").fill(PASSWORD)
    ana.page.get_by_role("button", name="Create the account Eva").click()
    expect(ana.page.locator(".me .note")).to_have_text("signed in")
    secret = enable(ana)
    context = chromium.new_context(**PHONE, locale="pt-BR")  # type: ignore[arg-type]
    other = BrowserScreen(context, url_of(server))
    other.page.goto(other.url)
    other.page.get_by_role("button", name="Tenho uma conta").click()
    other.page.get_by_label("Conta").fill("Eva")
    other.page.get_by_label("Senha").fill(PASSWORD)
    other.page.get_by_role("button", name="Entrar na conta", exact=True).click()
    field = other.page.get_by_label("Código", exact=True)
    expect(field).to_be_focused()
    field.fill("000000")
    field.press("Enter")
    expect(other.page.get_by_role("alert")).to_contain_text("O código está errado")
    expect(other.page.locator(".toast")).to_have_count(0)
    assert not Axe().run(other.page).response["violations"]
    assert other.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    field.fill(totp.code_of(secret, int(time.time()) // totp.STEP_S + 1))
    field.press("Enter")
    signed_in = other.page.locator(".me .note")
    expect(signed_in).to_have_text("com conta")
    other.page.reload()
    expect(signed_in).to_have_text("com conta", timeout=20_000)
    assert other.page.evaluate("papo.codeWanted.value") is None
    context.close()
    ana.faults[:] = [each for each in ana.faults if "inline style" not in each]  # of axe-core's own
