"""Where somebody is signed in: the list, the end of a session, a new password, as the page shows them."""

from __future__ import annotations

from browser_screen import BrowserScreen, url_of
from live_server import LiveServer
from playwright.sync_api import Browser, expect

OLD, NEW = "uma senha boa", "outra senha boa"


def sign_in(person: BrowserScreen, password: str) -> None:
    """To the account Dora, from the login page."""
    person.page.goto(person.url)
    person.page.get_by_role("button", name="I have an account").click()
    person.page.get_by_label("Account").fill("Dora")
    person.page.get_by_label("Password").fill(password)
    person.page.get_by_role("button", name="Sign in").click()
    expect(person.page.locator(".me .note")).to_have_text("signed in", timeout=20_000)


def test_a_session_is_ended_from_another_and_stays_away(
    ana: BrowserScreen, chromium: Browser, server: LiveServer
) -> None:
    """It neither comes back by itself nor keeps what would sign it in; a new password ends the next one."""
    ana.connect("Dora")
    ana.page.locator(".me").click()
    ana.page.get_by_label("Password").fill(OLD)
    ana.page.get_by_role("button", name="Create the account Dora").click()
    expect(ana.page.locator(".toast")).to_contain_text("You are signed in.")
    contexts = [chromium.new_context() for _ in range(2)]
    first, second = (BrowserScreen(context, url_of(server)) for context in contexts)

    sign_in(first, OLD)
    ana.page.locator(".me").click()
    expect(ana.page.get_by_text("this one")).to_be_visible()
    expect(ana.page.locator(".sessions li")).to_have_count(2)
    ana.page.get_by_role("button", name="End the session").press("Enter")
    expect(first.page.get_by_role("alert").first).to_contain_text("logged out from another session")
    expect(ana.page.locator(".sessions li")).to_have_count(1)
    assert '"kept"' not in first.page.evaluate("localStorage.getItem('papo.session')")

    sign_in(second, OLD)
    ana.page.get_by_label("Present password").fill("senha errada")
    ana.page.get_by_label("New password").fill(NEW)
    ana.page.get_by_role("button", name="Change the password").click()
    expect(ana.page.get_by_role("alert").first).to_contain_text("wrong")
    ana.page.get_by_label("Present password").fill(OLD)
    ana.page.get_by_role("button", name="Change the password").click()
    expect(ana.page.locator(".toast", has_text="The password is changed")).to_be_visible()
    expect(second.page.get_by_role("alert").first).to_contain_text("the password of your account was changed")
    ana.page.reload()
    expect(ana.page.locator(".me .note")).to_have_text("signed in", timeout=20_000)
    for context in contexts:
        context.close()


def test_a_new_address_asks_for_the_password(ana: BrowserScreen) -> None:
    """When the page has signed in by itself."""
    ana.connect("Lia")
    ana.page.locator(".me").click()
    ana.page.get_by_label("Password").fill(OLD)
    ana.page.get_by_role("button", name="Create the account Lia").click()
    expect(ana.page.locator(".toast")).to_contain_text("You are signed in.")
    ana.page.reload()
    expect(ana.page.locator(".me .note")).to_have_text("signed in", timeout=20_000)
    ana.page.locator(".me").click()
    ana.page.get_by_label("New address").fill("dora@escola.example")
    ana.page.get_by_role("button", name="Change the address").click()
    ana.page.get_by_label("Your password, to confirm that it is you").fill("senha errada")
    ana.page.get_by_role("button", name="Change the address").click()
    expect(ana.page.get_by_role("alert").first).to_contain_text("The password is wrong.")
    ana.page.get_by_label("Your password, to confirm that it is you").fill(OLD)
    ana.page.get_by_role("button", name="Change the address").click()
    expect(ana.page.locator(".toast", has_text="The address is changed.")).to_be_visible()
