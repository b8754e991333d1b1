"""Hostile texts in every place where the page shows text: none becomes markup or runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_screen import BrowserScreen, url_of
from live_server import IrcClient, LiveServer
from payloads import payloads
from playwright.sync_api import Browser, expect

INJECTED = ", ".join(
    [
        "script[src*='alert']",
        *(f"[{name}]" for name in ("onerror", "onload", "onclick", "onfocus", "onmouseover", "srcdoc")),
        *("iframe", "object", "embed", "base", "meta[http-equiv]"),
        *(f"a[href^='{scheme}']" for scheme in ("javascript", "data", "vbscript")),
    ]
)
"""Elements and attributes that only a hostile text can have created."""
COUNT_VIOLATIONS = """
window.violations = [];
const count = event => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
addEventListener("securitypolicyviolation", count);
"""


@pytest.fixture
def ana(chromium: Browser, server: LiveServer) -> Iterator[BrowserScreen]:
    """A user who reads hostile texts; the page must stay clean."""
    context = chromium.new_context()
    context.add_init_script(COUNT_VIOLATIONS)
    person = BrowserScreen(context, url_of(server))
    yield person
    assert person.page.evaluate("window.violations") == []
    assert person.page.locator(INJECTED).count() == 0
    context.close()
    assert person.faults == []


def attacker(server: LiveServer, channel: str) -> IrcClient:
    """An IRC program, which can send anything."""
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
    """Each is shown as plain text, or as a link to another page."""
    every = payloads()
    assert len(every) >= 1000
    ana.connect("AnaX")
    ana.type("/join #xss")
    ana.page.locator(".masthead h1", has_text="#xss").wait_for()
    mau = attacker(server, "#xss")
    for at in range(0, len(every), 200):
        for text in every[at : at + 200]:
            mau.send(f"PRIVMSG #xss :{text}")
        mau.send(f"PRIVMSG #xss :até aqui {at}")
        ana.wait_for_message(f"até aqui {at}")
        assert ana.page.locator(INJECTED).count() == 0
    mau.close()


def test_every_other_place_shows_plain_text(ana: BrowserScreen, server: LiveServer) -> None:
    """Topics, reasons, real names, away texts, reactions, quotes, titles, lists, search results."""
    every = payloads()[:120]
    ana.connect("AnaY")
    ana.type("/join #campos")
    ana.page.locator(".masthead h1", has_text="#campos").wait_for()
    ana.type("/mode -t")
    mau = attacker(server, "#campos")
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


def test_file_names_are_plain_text(ana: BrowserScreen, tmp_path: Path) -> None:
    """A file name is shown as plain text."""
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


def test_addresses_of_no_host_break_nothing(ana: BrowserScreen, server: LiveServer) -> None:
    """Links that look like files of this server but are no addresses stay text, and what follows is shown."""
    ana.connect("AnaZ")
    ana.type("/join #enderecos")
    ana.page.locator(".masthead h1", has_text="#enderecos").wait_for()
    mau = attacker(server, "#enderecos")
    path = f"/f/20261121{'a' * 22}"
    for host in ("1.2.3.444", "a.example:99999", "xn--a.com"):
        mau.send(f"PRIVMSG #enderecos :https://{host}{path}/x.png")
        mau.send(f"TOPIC #enderecos :https://{host}{path}/x.png")
    mau.send(f"PRIVMSG #enderecos :{ana.url}{path}/%zz.png")
    mau.send("PRIVMSG #enderecos :depois")
    ana.wait_for_message("depois")
    assert ana.message("1.2.3.444").count() == 1
    ana.page.goto(f"{ana.url}{path}/%zz.png")
    ana.page.get_by_role("dialog").wait_for()
    mau.close()
