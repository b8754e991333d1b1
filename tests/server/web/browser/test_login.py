"""Login: as a guest, with an account, in another language, on another server."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from browser_screen import CONFIG, BrowserScreen, url_of
from live_server import LiveServer, serve
from playwright.sync_api import Browser, expect


def test_a_guest_keeps_the_nick_with_an_account(ana: BrowserScreen, chromium: Browser, server: LiveServer) -> None:
    """The account is created in the page and works on another device; the password is not stored."""
    ana.connect("Dora")
    ana.page.locator(".me").click()
    ana.page.get_by_label("Password").fill("uma senha boa")
    ana.page.get_by_role("button", name="Create the account Dora").click()
    expect(ana.page.locator(".toast")).to_contain_text("You are signed in.")
    expect(ana.page.locator(".me .note")).to_have_text("signed in")
    ana.page.reload()
    expect(ana.page.locator(".me .note")).to_have_text("signed in", timeout=20_000)
    assert "uma senha boa" not in ana.page.evaluate("JSON.stringify(localStorage)")
    context = chromium.new_context()
    other = BrowserScreen(context, url_of(server))
    other.page.goto(other.url)
    other.page.get_by_role("button", name="I have an account").click()
    other.page.get_by_label("Account").fill("Dora")
    other.page.get_by_label("Password").fill("senha errada")
    other.page.get_by_role("button", name="Sign in").click()
    expect(other.page.get_by_role("alert")).to_contain_text("wrong")
    other.page.get_by_label("Account").fill("Dora")
    other.page.get_by_label("Password").fill("uma senha boa")
    other.page.get_by_role("button", name="Sign in").click()
    expect(other.page.locator(".me .note")).to_have_text("signed in", timeout=20_000)
    context.close()


def test_the_page_speaks_portuguese_in_a_click(ana: BrowserScreen) -> None:
    """Before login and after it, the server's texts included."""
    ana.page.goto(ana.url)
    ana.page.get_by_role("button", name="Português (Brasil)").click()
    ana.page.get_by_label("Seu nome aqui").fill("Lia")
    ana.page.get_by_role("button", name="Entrar", exact=True).click()
    expect(ana.field).to_have_attribute("placeholder", "Mensagem para #papo")
    ana.type("/nada")
    expect(ana.page.get_by_role("alert")).to_contain_text("Não existe o comando /nada")
    ana.page.get_by_role("button", name="Preferências").click()
    ana.page.get_by_role("button", name="English").click()
    expect(ana.page.get_by_role("dialog", name="Settings")).to_be_visible()
    assert ana.page.evaluate("document.documentElement.lang") == "en"


def free_port() -> int:
    """A free port, for two servers that must know each other before they start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_page_connects_to_another_server_from_the_settings(chromium: Browser, tmp_path: Path) -> None:
    """The page of one server, the channels of another."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    elsewhere = '[server]\nname = "papo.test"\nnetwork = "Outra"\n[web]\norigins = ["http://127.0.0.1:{port}"]\n'
    with contextlib.ExitStack() as stack:
        port = free_port()
        other = stack.enter_context(serve(there, ["http"], config=elsewhere.replace("{port}", str(port))))
        address = f"ws://127.0.0.1:{other.ports['http']}"
        config = CONFIG + f'[web]\nnetworks = ["{address}"]\n'
        stack.enter_context(serve(here, [f"http://127.0.0.1:{port}"], config=config))
        person = BrowserScreen(chromium.new_context(), f"http://127.0.0.1:{port}")
        person.page.goto(person.url)
        person.page.get_by_label("Your name here").fill("Viajante")
        person.page.get_by_text("More", exact=True).click()
        person.page.get_by_label("Server").select_option(address)
        person.page.get_by_role("button", name="Join", exact=True).click()
        expect(person.page.locator(".sidebar .network")).to_have_text("Outra")
        person.page.locator(".masthead h1", has_text="#papo").wait_for()
        person.type("daqui")
        person.wait_for_message("daqui")
        person.context.close()
        assert person.faults == []
