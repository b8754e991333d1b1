"""History, search, and what happens to messages when the connection is lost."""

from __future__ import annotations

from browser_screen import BrowserScreen, irc_program
from live_server import LiveServer
from playwright.sync_api import expect


def test_search_leads_to_the_message(ana: BrowserScreen, server: LiveServer) -> None:
    """A result outside the loaded lines is shown with the lines around it."""
    caio = irc_program(server, "caio5", "#busca")
    caio.send("PRIVMSG #busca :a agulha no palheiro")
    for number in range(250):
        caio.send(f"PRIVMSG #busca :palha {number}")
    caio.received()
    ana.connect("Ana5")
    ana.type("/join #busca")
    ana.wait_for_message("palha 249")
    ana.page.keyboard.press("Control+f")
    ana.page.get_by_label("Words").fill("agulha")
    ana.page.keyboard.press("Enter")
    ana.page.locator(".search li button").click()
    expect(ana.wait_for_message("a agulha no palheiro")).to_be_in_viewport()
    ana.wait_for_message("palha 3")
    ana.page.get_by_role("button", name="Back to now").click()
    expect(ana.wait_for_message("palha 249")).to_be_in_viewport()
    caio.close()


def test_history_loads_on_scroll(ana: BrowserScreen, server: LiveServer) -> None:
    """A long channel is read from its end to its beginning and back, and the page stays small."""
    caio = irc_program(server, "caio6", "#longa")
    for number in range(1500):
        caio.send(f"PRIVMSG #longa :linha {number}")
    caio.received()
    ana.connect("Ana6")
    ana.type("/join #longa")
    ana.wait_for_message("linha 1499")
    scroll = ana.page.locator(".scroll")
    for _ in range(80):
        if ana.page.locator(".beginning").count():
            break
        scroll.evaluate("element => { element.scrollTop = 0; }")
        ana.page.wait_for_timeout(50)  # scroll events come once a frame
    ana.page.locator(".beginning").wait_for()
    ana.wait_for_message("linha 0")
    assert ana.page.locator(".scroll > *").count() <= 1000
    for _ in range(80):
        if ana.message("linha 1499").count():
            break
        scroll.evaluate("element => { element.scrollTop = element.scrollHeight; }")
        ana.page.wait_for_timeout(50)
    ana.wait_for_message("linha 1499")
    assert ana.page.locator(".scroll > *").count() <= 1000
    caio.close()


def _cut(person: BrowserScreen) -> None:
    """Lose the network, without waiting for a timeout."""
    person.page.evaluate("window.papo.client.connection.drop()")


def test_messages_written_offline_are_sent_once(ana: BrowserScreen, server: LiveServer) -> None:
    """They survive a reload and are sent when the network is back; a draft is still there."""
    caio = irc_program(server, "caio7", "#fila")
    ana.connect("Ana7")
    ana.type("/join #fila")
    ana.page.locator(".masthead h1", has_text="#fila").wait_for()
    ana.type("antes")
    ana.wait_for_message("antes")
    ana.context.set_offline(True)
    ana.page.evaluate("() => 0")
    ana.page.evaluate("window.dispatchEvent(new Event('offline'))")
    server_lost = ana.page.locator(".banner")
    caio.send("KILL Ana7 :fora")  # refused: caio is no operator; what fails is the network
    _cut(ana)
    server_lost.wait_for()
    for text in ("um", "dois", "três"):
        ana.type(text)
    ana.field.fill("um rascunho")
    expect(ana.page.locator(".message.waiting")).to_have_count(3)
    ana.context.set_offline(False)
    ana.page.reload()
    for text in ("um", "dois", "três"):
        ana.wait_for_message(text)
    expect(ana.page.locator(".message.waiting")).to_have_count(0)
    assert ana.field.input_value() == "um rascunho"
    lines = [line.rpartition(":")[2] for line in caio.received() if " PRIVMSG #fila " in line]
    assert lines == ["antes", "um", "dois", "três"]
    caio.close()


def test_a_reload_before_the_answer_sends_the_message_once(ana: BrowserScreen, server: LiveServer) -> None:
    """The message is stored, but the page reloads before it knows: the nonce finds the message."""
    caio = irc_program(server, "caio8", "#duas")
    ana.connect("Ana8")
    ana.type("/join #duas")
    ana.page.locator(".masthead h1", has_text="#duas").wait_for()
    # The server gets it; the page gets no answer.
    ana.page.evaluate("window.papo.client.connection.socket.onmessage = () => {}")
    ana.type("uma vez só")
    assert "uma vez só" in caio.receive_until("uma vez só")[-1]
    ana.page.reload()
    ana.wait_for_message("uma vez só")
    expect(ana.page.locator(".message.waiting")).to_have_count(0)
    assert [line for line in caio.received() if "uma vez só" in line] == []
    caio.close()


def test_a_gap_is_filled_after_a_lost_connection(ana: BrowserScreen, server: LiveServer) -> None:
    """Missed messages appear in order, without a reload."""
    caio = irc_program(server, "caio9", "#lacuna")
    ana.connect("Ana9")
    ana.type("/join #lacuna")
    caio.send("PRIVMSG #lacuna :primeira")
    ana.wait_for_message("primeira")
    ana.context.set_offline(True)
    _cut(ana)
    ana.page.locator(".banner").wait_for()
    caio.send("PRIVMSG #lacuna :segunda")
    caio.received()
    ana.context.set_offline(False)
    ana.wait_for_message("segunda")
    texts = ana.page.locator(".message .text").all_inner_texts()
    assert [text.strip() for text in texts] == ["primeira", "segunda"]
    caio.close()


def test_a_link_to_a_message_opens_it(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """Another user who opens a permalink sees the message in its conversation."""
    ana.connect("AnaL")
    ana.type("esta mesma, com endereço")
    row = ana.wait_for_message("esta mesma, com endereço")
    key = row.get_attribute("data-key")
    bia.connect("BiaL")
    bia.page.goto(f"{bia.url}/#/%23papo/{key}")
    bia.page.reload()
    expect(bia.wait_for_message("esta mesma, com endereço")).to_be_in_viewport()
