"""Passkeys in a browser with an authenticator that Chromium plays: made, used, used after a password, revoked."""

from __future__ import annotations

import time
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from browser_screen import PHONE, BrowserScreen
from live_server import LiveServer
from playwright.sync_api import Browser, BrowserContext, Page, expect

from papo.server.auth import totp

PASSWORD = "uma senha boa"
KEY: dict[str, Any] = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
STAYS = """new Promise((done) => {
  const { listener, client } = papo;
  const check = () => client.identity.scramKey && client.identity.account.includes("/") && done();
  papo.listener = { ...listener, signedIn: () => (listener.signedIn(), check()) };
  check();
})"""
"""Resolves when the page keeps what signs it in again without the passkey."""


class Authenticator:
    """The one of a page."""

    def __init__(self, page: Page) -> None:
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]

    def held(self) -> list[dict[str, Any]]:
        """The passkeys in it."""
        found: list[dict[str, Any]] = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found

    def take(self, credentials: list[dict[str, Any]]) -> None:
        """Hold these as well, as a synchronised keychain does."""
        for each in credentials:
            self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": each})

    def refuse(self) -> None:
        """The user shows the wrong finger from now on."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})


def by_name(server: LiveServer) -> str:
    """Of a page with passkeys: browsers have none for addresses."""
    return f"http://localhost:{server.ports['http']}"


def register(person: BrowserScreen, nick: str) -> None:
    """Make an account, and open its settings."""
    person.connect(nick)
    person.page.locator(".me").click()
    person.page.get_by_label("Password").fill(PASSWORD)
    person.page.get_by_role("button", name=f"Create the account {nick}").click()
    expect(person.page.locator(".me .note")).to_have_text("signed in", timeout=20_000)
    person.page.locator(".me").click()


def visit(
    context: BrowserContext, server: LiveServer, keys: list[dict[str, Any]]
) -> tuple[BrowserScreen, Authenticator]:
    """A browser with these passkeys, at the login page."""
    person = BrowserScreen(context, by_name(server))
    authenticator = Authenticator(person.page)
    authenticator.take(keys)
    person.page.goto(person.url)
    return person, authenticator


def test_a_passkey_is_made_signs_in_and_is_revoked(ana: BrowserScreen, chromium: Browser, server: LiveServer) -> None:
    """With the keyboard; then on a phone, in Portuguese; after a reload and a leave; and no more once revoked."""
    ana.url = by_name(server)
    authenticator = Authenticator(ana.page)
    register(ana, "Ada")
    ana.page.reload()
    expect(ana.page.locator(".me .note")).to_have_text("signed in", timeout=20_000)
    ana.page.locator(".me").click()
    name = ana.page.get_by_label("Name of the new passkey")
    name.fill("Chave azul")
    name.press("Enter")
    password = ana.page.get_by_label("Your password, to confirm that it is you")
    password.fill("senha errada")
    password.press("Enter")
    expect(ana.page.get_by_role("alert").first).to_contain_text("The password is wrong.")
    password.fill(PASSWORD)
    password.press("Enter")
    expect(ana.page.locator(".passkeys li")).to_contain_text("Chave azul")
    expect(ana.page.locator(".passkeys li")).to_contain_text("never used")
    keys = authenticator.held()
    assert [each["rpId"] for each in keys] == ["localhost"]

    context = chromium.new_context(**PHONE, locale="pt-BR")  # type: ignore[arg-type]
    phone, _ = visit(context, server, keys)
    phone.page.get_by_role("button", name="Tenho uma conta").click()
    assert not Axe().run(phone.page).response["violations"]
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.page.get_by_role("button", name="Entrar com uma chave de acesso").press("Enter")
    signed_in = phone.page.locator(".me .note")
    expect(signed_in).to_have_text("com conta", timeout=20_000)
    phone.page.evaluate(STAYS)
    phone.page.reload()
    expect(signed_in).to_have_text("com conta", timeout=20_000)
    assert phone.page.evaluate("[papo.client.nick, papo.wantedNick]") == ["Ada", "Ada"]
    apps = "papo.client.ask('APPPASSWORD', 'LIST').then((lines) => lines.length)"
    assert phone.page.evaluate(apps) == 1

    phone.page.evaluate("document.querySelector('.me').click()")
    expect(phone.page.locator(".passkeys li")).to_contain_text("Chave azul")
    expect(phone.page.locator(".passkeys li")).to_contain_text("usada pela última vez")
    assert not Axe().run(phone.page).response["violations"]
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    revoke = ana.page.get_by_role("button", name="Revoke the passkey Chave azul")
    revoke.press("Enter")
    expect(ana.page.locator(".passkeys li")).to_have_count(0)
    phone.page.get_by_role("button", name="Sair", exact=True).click()
    phone.page.get_by_role("button", name="Tenho uma conta").click()
    phone.page.get_by_role("button", name="Entrar com uma chave de acesso").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("Nenhuma chave de acesso")
    assert ana.page.evaluate(apps) == 0
    context.close()


def test_a_passkey_stands_for_the_code(ana: BrowserScreen, chromium: Browser, server: LiveServer) -> None:
    """After the password; refused by its owner's finger first, and the code is asked for again."""
    ana.url = by_name(server)
    authenticator = Authenticator(ana.page)
    register(ana, "Bea")
    ana.page.get_by_role("button", name="Add a passkey").click()
    expect(ana.page.locator(".passkeys li")).to_have_count(1)
    ask = "async (words) => (await papo.client.ask('SECONDFACTOR', ...words)).map((each) => each.params.join(' '))"
    secret = " ".join(ana.page.evaluate(ask, ["CHALLENGE", "totp"])).split("CHALLENGE totp ")[1].split()[0]
    code = totp.code_of(secret, int(time.time()) // totp.STEP_S)
    assert "ADD totp" in " ".join(ana.page.evaluate(ask, ["ADD", "totp", code]))

    context = chromium.new_context()
    other, refusing = visit(context, server, authenticator.held())
    refusing.refuse()
    other.page.get_by_role("button", name="I have an account").click()
    other.page.get_by_label("Account").fill("Bea")
    other.page.get_by_label("Password").fill(PASSWORD)
    other.page.get_by_role("button", name="Sign in", exact=True).click()
    button = other.page.get_by_role("button", name="Use a passkey")
    button.click()
    expect(other.page.get_by_role("alert")).to_contain_text("No passkey of this account was used.")
    refusing.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": refusing.id, "isUserVerified": True})
    button.click()
    expect(other.page.locator(".me .note")).to_have_text("signed in", timeout=20_000)
    other.page.evaluate(STAYS)
    other.page.reload()
    expect(other.page.locator(".me .note")).to_have_text("signed in", timeout=20_000)
    context.close()


def test_somebody_without_a_passkey_signs_in_otherwise(chromium: Browser, server: LiveServer) -> None:
    """Cancelled or none: said, and the form is there; on a page by address there is no such button."""
    context = chromium.new_context()
    person, _ = visit(context, server, [])
    person.page.get_by_role("button", name="I have an account").click()
    person.page.get_by_role("button", name="Sign in with a passkey").click()
    expect(person.page.get_by_role("alert")).to_contain_text("No passkey was used.")
    expect(person.page.get_by_label("Password")).to_be_visible()
    person.page.goto(by_name(server).replace("localhost", "127.0.0.1"))
    person.page.get_by_role("button", name="I have an account").click()
    expect(person.page.get_by_label("Password")).to_be_visible()
    expect(person.page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    context.close()
