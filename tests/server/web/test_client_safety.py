"""Strangers' words in every place where the page shows words: none becomes part of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_screen import BrowserScreen, browser
from live_server import IrcClient, LiveServer, serve
from payloads import payloads
from playwright.sync_api import Browser, expect

CONFIG = """
[server]
name = "papo.test"
[limits]
enabled = false
[uploads]
who = "everyone"
"""
OF_STRANGERS = ", ".join(
    [
        "script[src*='alert']",
        *(f"[{name}]" for name in ("onerror", "onload", "onclick", "onfocus", "onmouseover", "srcdoc")),
        *("iframe", "object", "embed", "base", "meta[http-equiv]"),
        *(f"a[href^='{scheme}']" for scheme in ("javascript", "data", "vbscript")),
    ]
)
"""Elements and attributes that only a stranger's words could have made."""
COUNT_BREACHES = """
window.breaches = [];
const count = event => window.breaches.push(`${event.violatedDirective} ${event.blockedURI}`);
addEventListener("securitypolicyviolation", count);
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for this file."""
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server where everybody may say as much as they like."""
    with serve(tmp_path_factory.mktemp("server"), ["http", "irc"], config=CONFIG) as started:
        yield started


@pytest.fixture
def ana(chromium: Browser, server: LiveServer) -> Iterator[BrowserScreen]:
    """Reads what strangers write."""
    context = chromium.new_context()
    context.add_init_script(COUNT_BREACHES)
    person = BrowserScreen(context, f"http://127.0.0.1:{server.ports['http']}")
    yield person
    assert person.page.evaluate("window.breaches") == []
    assert person.page.locator(OF_STRANGERS).count() == 0
    context.close()
    assert person.faults == []


def stranger(server: LiveServer, channel: str) -> IrcClient:
    """With an IRC program, which lets them say anything."""
    mau = IrcClient(server.ports["irc"])
    mau.send("CAP REQ :message-tags draft/multiline batch echo-message")
    mau.send("NICK mau")
    mau.send(f"USER mau 0 * :{payloads()[1]}")
    mau.send("CAP END")
    mau.receive_until(" 422 ")
    mau.send(f"JOIN {channel}")
    mau.receive_until(" 366 ")
    return mau


def test_a_thousand_messages_do_nothing(ana: BrowserScreen, server: LiveServer) -> None:
    """Each is shown as the text it is, or as a link that only leads away."""
    every = payloads()
    assert len(every) >= 1000
    ana.connect("AnaX")
    ana.type("/join #xss")
    ana.page.locator(".masthead h1", has_text="#xss").wait_for()
    mau = stranger(server, "#xss")
    for at in range(0, len(every), 200):
        for text in every[at : at + 200]:
            mau.send(f"PRIVMSG #xss :{text}")
        mau.send(f"PRIVMSG #xss :até aqui {at}")
        ana.wait_for_message(f"até aqui {at}")
        assert ana.page.locator(OF_STRANGERS).count() == 0
    mau.close()


def test_every_other_place_shows_words_as_words(ana: BrowserScreen, server: LiveServer) -> None:
    """Topics, reasons, real names, away texts, reactions, quotes, file names, titles, lists, search results."""
    every = payloads()[:120]
    ana.connect("AnaY")
    ana.type("/join #campos")
    ana.page.locator(".masthead h1", has_text="#campos").wait_for()
    ana.type("/mode -t")
    mau = stranger(server, "#campos")
    for at, text in enumerate(every):
        mau.send(f"TOPIC #campos :{text}")
        mau.send(f"AWAY :{text}")
        mau.send(f"PRIVMSG #campos :\x01ACTION {text}\x01")
        mau.send(f"NOTICE #campos :{text}")
        mau.send(f"PRIVMSG #campos :\x02\x0304,02{text}\x0f")
        if at % 10 == 0:
            mau.send(f"PART #campos :{text}")
            mau.send("JOIN #campos")
            mau.send(f"SETNAME :{text}")
    mau.send("PRIVMSG #campos :alvo das reações")
    target = ana.wait_for_message("alvo das reações").get_attribute("data-key")
    for text in every:
        word = (
            text.replace(";", "\\:").replace(" ", "\\s").replace("\\", "\\\\", 1)
            if "\\" in text
            else text.replace(";", "\\:").replace(" ", "\\s")
        )
        mau.send(f"@+draft/react={word};+draft/reply={target} TAGMSG #campos")
        mau.send(f"@+draft/reply={word};+reply={word} PRIVMSG #campos :resposta a nada")
        mau.send(f"@+typing=active;+papo/nonce={word} TAGMSG #campos")
    mau.send(f"@+draft/reply={target} PRIVMSG #campos :fim dos campos")
    mau.send("PRIVMSG AnaY :<img src=x onerror=alert(1)>")
    ana.wait_for_message("fim dos campos")
    for name in every[:30]:
        safe = name.replace("/", "").replace("\\", "").strip()[:60] or "x"
        ana.page.evaluate("name => { document.title; window.papo.buffer('#campos').topic.value = name; }", safe)
    ana.page.locator(".item", has_text="mau").first.click()
    ana.page.locator(".item", has_text="campos").first.click()
    ana.type("/whois mau")
    expect(ana.page.get_by_role("dialog")).to_contain_text("mau")
    ana.page.keyboard.press("Escape")
    ana.type("/list")
    expect(ana.page.get_by_role("dialog")).to_contain_text("#campos")
    ana.page.keyboard.press("Escape")
    ana.page.keyboard.press("Control+f")
    ana.page.get_by_label("Words").fill("alert")
    ana.page.keyboard.press("Enter")
    ana.page.locator(".search li").first.wait_for()
    mau.close()


def test_file_names_are_names(ana: BrowserScreen, tmp_path: Path) -> None:
    """What a file is called is shown, and nothing more."""
    ana.connect("AnaZ")
    for at, name in enumerate(
        ["<img src=x onerror=alert(1)>.txt", "' onload='alert(1)'.txt", "javascript:alert(1).txt"]
    ):
        ana.page.set_input_files(
            ".composer input[type=file]", {"name": name, "mimeType": "text/plain", "buffer": b"oi"}
        )
        expect(ana.page.locator(".uploads progress")).to_have_count(0)
        ana.page.locator(".uploads li").first.wait_for()
        ana.type(f"arquivo {at}")
        ana.wait_for_message(f"arquivo {at}").locator(".file").wait_for()
