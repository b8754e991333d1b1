"""The quality of the page: accessible by the rules of axe-core in both themes and languages, small, self-contained."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any
from weakref import WeakSet

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_screen import PHONE, BrowserScreen, url_of
from live_server import IrcClient, LiveServer
from playwright.sync_api import Browser, expect

from papo.protocol import data
from papo.protocol.data import FOLDER
from papo.server.web.assets import STATIC, Assets

KIB = 1024
CHECKED: WeakSet[BrowserScreen] = WeakSet()
"""Screens that axe-core has checked."""
TOO_SMALL = """() => [...document.querySelectorAll(":is(.login, .sheet) :is(button, input, select)")]
  .filter(each => !each.matches(".offscreen, [type=checkbox], .sheet .link") && each.checkVisibility())
  .filter(each => each.getBoundingClientRect().height < 44
    || (each.matches("input, select") && parseFloat(getComputedStyle(each).fontSize) < 16))
  .map(each => each.outerHTML.slice(0, 80))"""
"""Buttons and fields that a finger misses, and fields that make a phone zoom in: docs/design.md."""
WORDS = {
    "en": ("Join", "Settings", "About this channel", "Close", "Your name here", "Search (Ctrl+F)", "Invite people"),
    "pt-BR": (
        "Entrar",
        "Preferências",
        "Sobre este canal",
        "Fechar",
        "Seu nome aqui",
        "Buscar (Ctrl+F)",
        "Convidar pessoas",
    ),
}


def own_faults(person: BrowserScreen) -> list[str]:
    """Faults of the page itself, without the violations that axe-core causes by its own styles, perhaps much later."""
    return [each for each in person.faults if person not in CHECKED or "inline style" not in each]


def violations(person: BrowserScreen) -> list[str]:
    """What axe-core finds wrong with the page as it is now."""
    assert own_faults(person) == []
    found: dict[str, Any] = Axe().run(person.page).response
    CHECKED.add(person)
    person.faults.clear()
    return [
        f"{each['id']}: {node['html'][:160]} {node['any'][0]['message'][:160] if node['any'] else ''}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", list(WORDS))
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_page_is_accessible(chromium: Browser, server: LiveServer, language: str, theme: str, size: str) -> None:
    """The login page, the chat with every kind of message, dialogs and search."""
    join, settings, about, close, name, search, invite = WORDS[language]
    options: dict[str, Any] = {"locale": language, "color_scheme": theme, **(PHONE if size == "phone" else {})}
    context = chromium.new_context(**options)
    person = BrowserScreen(context, url_of(server))
    page = person.page
    page.goto(person.url)
    page.get_by_label(name).wait_for()
    assert violations(person) == []
    assert size == "desk" or page.evaluate(TOO_SMALL) == []
    nick = f"A{language[:2]}{theme}{size}"
    page.get_by_label(name).fill(nick)
    page.get_by_role("button", name=join, exact=True).click()
    person.field.wait_for()
    caio = IrcClient(server.ports["irc"])
    caio.register("caio", "message-tags echo-message")
    caio.send("JOIN #papo")
    caio.send(f"PRIVMSG #papo :{nick}: **oi**, `código` e https://example.org #papo")
    caio.send("PRIVMSG #papo :> citação")
    caio.send("TOPIC #papo :Um assunto com https://example.org")
    msgid = (
        next(line for line in caio.receive_until("citação") if "citação" in line)
        .partition("msgid=")[2]
        .partition(" ")[0]
    )
    caio.send(f"@+draft/react=👍;+draft/reply={msgid.partition(';')[0]} TAGMSG #papo")
    caio.send("PRIVMSG #papo :```py\\nprint(1)```")
    caio.send("QUIT")
    person.wait_for_message("citação")
    expect(page.locator(".reactions").last).to_be_visible()
    person.message("citação").hover()
    assert violations(person) == []
    page.get_by_role("button", name=about).click()
    page.get_by_role("dialog").wait_for()
    assert violations(person) == []
    assert size == "desk" or page.evaluate(TOO_SMALL) == []
    page.get_by_role("button", name=close, exact=True).first.click()
    page.get_by_role("button", name=invite).click()
    page.get_by_role("dialog").locator("form").first.wait_for()
    assert violations(person) == []
    assert size == "desk" or page.evaluate(TOO_SMALL) == []
    page.get_by_role("button", name=close, exact=True).first.click()
    page.get_by_role("button", name=search).click()
    page.locator(".search").wait_for()
    assert violations(person) == []
    page.keyboard.press("Escape")
    if size == "desk":
        page.get_by_role("button", name=settings).click()
        page.get_by_role("dialog").wait_for()
        assert violations(person) == []
    caio.close()
    context.close()
    assert own_faults(person) == []


def test_the_first_page_is_light() -> None:
    """At most 150 KiB, compressed, until the user can log in and chat; the rest is fetched when it is needed."""
    assets = Assets()
    page_style = (STATIC / "style/papo.css").read_text()
    styles = ["style/papo.css", *(f"style/{name}" for name in re.findall(r'@import url\("([^"]+)"\)', page_style))]
    assert "style/login.css" in styles
    names = [*assets.imported_by("main.js"), *styles]
    total = len(gzip.compress((STATIC / "index.html").read_bytes()))
    for name in names:
        asset = assets.get(name)
        assert asset is not None
        assert asset.packed is not None
        total += len(asset.packed)
    assert total <= 150 * KIB, f"{total / KIB:.0f} KiB"
    assert not {"vendor/highlight.js", "vendor/linkify.js", "style/dialogs.css"} & set(names)
    assert not any(name.startswith("vendor/noble") for name in names)


def test_shared_tables_are_modules() -> None:
    """The page imports the tables of `papo.protocol.data`, as they are."""
    assets = Assets()
    for name in ("capabilities", "commands", "numerics"):
        asset = assets.get(f"data/{name}.js")
        assert asset is not None
        assert asset.content_type.startswith("text/javascript")
        body = asset.body.decode().removeprefix("export default ").removesuffix(";\n")
        assert json.loads(body) == json.loads((FOLDER / f"{name}.json").read_bytes())
        assert f"data/{name}.js" in assets.imported_by("main.js")


def test_libraries_are_the_ones_of_the_manifest() -> None:
    """The vendored files have the checksums and licences of the manifest, and there are no others."""
    import hashlib

    folder = STATIC / "vendor"
    manifest = json.loads((folder / "manifest.json").read_text())
    listed = {name: about for package in manifest.values() for name, about in package["files"].items()}
    on_disk = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.js*")}
    del on_disk["manifest.json"]
    on_disk |= {f"emoji/{path.name}": path for path in (data.FOLDER / "emoji").iterdir()}
    assert set(on_disk) == set(listed)
    for name, about in listed.items():
        assert hashlib.sha256(on_disk[name].read_bytes()).hexdigest() == about["sha256"], name
    for package in manifest:
        assert (folder / "licenses" / f"{package.replace('/', '-').removeprefix('@')}.txt").stat().st_size > 500


def test_nothing_comes_from_another_host() -> None:
    """The files of the page contain no other address, except in comments."""
    assets = Assets()
    for name in assets.names:
        if name.startswith("vendor/") or not name.endswith((".js", ".css", ".html")):
            continue
        asset = assets.get(name)
        assert asset is not None
        text = asset.body.decode()
        code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("//", "/*", "*")))
        assert "https://" not in code.replace("http://www.w3.org/2000/svg", ""), name
