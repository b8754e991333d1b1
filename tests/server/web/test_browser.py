"""The web client as people use it: two browsers and an IRC program in the same room of a real server."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_screen import PHONE, BrowserScreen, browser
from live_server import IrcClient, LiveServer, serve
from PIL import Image
from playwright.sync_api import Browser, expect

CONFIG = """
[server]
name = "papo.test"
[limits]
enabled = false
[uploads]
who = "everyone"
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this file; each person has a profile of their own."""
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with the web client and IRC."""
    with serve(tmp_path_factory.mktemp("server"), ["http", "irc"], config=CONFIG) as started:
        yield started


def url(server: LiveServer) -> str:
    """Where the client is."""
    return f"http://127.0.0.1:{server.ports['http']}"


@pytest.fixture
def ana(chromium: Browser, server: LiveServer) -> Iterator[BrowserScreen]:
    """At a desk."""
    yield from _person(chromium, server)


@pytest.fixture
def bia(chromium: Browser, server: LiveServer) -> Iterator[BrowserScreen]:
    """With a phone, at night."""
    yield from _person(chromium, server, color_scheme="dark", **PHONE)


def _person(chromium: Browser, server: LiveServer, **options: object) -> Iterator[BrowserScreen]:
    context = chromium.new_context(**options)  # type: ignore[arg-type]  # a table of options
    person = BrowserScreen(context, url(server))
    yield person
    context.close()
    assert person.faults == []


def free_port() -> int:
    """A port that nobody has: two servers must know of each other before either starts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def irc(server: LiveServer, nick: str, channel: str = "#papo") -> IrcClient:
    """An IRC program in a channel."""
    client = IrcClient(server.ports["irc"])
    client.register(nick, "message-tags server-time batch")
    client.send(f"JOIN {channel}")
    client.receive_until(" 366 ")
    return client


def test_three_kinds_of_programs_share_a_room(ana: BrowserScreen, bia: BrowserScreen, server: LiveServer) -> None:
    """What one says, all see: with its style in browsers, as plain text in IRC."""
    ana.connect("Ana")
    bia.connect("Bia")
    caio = irc(server, "caio")
    ana.type("olá **pessoal** e `código`")
    assert bia.wait_for_message("olá pessoal").locator("strong").inner_text() == "pessoal"
    assert caio.receive_until("PRIVMSG")[-1].endswith(" PRIVMSG #papo :olá **pessoal** e `código`")
    caio.send("PRIVMSG #papo :Ana: de um programa de IRC")
    expect(ana.wait_for_message("de um programa de IRC")).to_have_class(re.compile("mention"))
    bia.type("do telefone")
    ana.wait_for_message("do telefone")
    assert ana.page.locator(".members .item").all_inner_texts() != []
    caio.close()


def test_a_message_is_changed_and_everybody_sees_it(ana: BrowserScreen, bia: BrowserScreen, server: LiveServer) -> None:
    """Reply, reaction, edit and deletion reach the other browser and an IRC program."""
    ana.connect("Ana1")
    bia.connect("Bia1")
    caio = irc(server, "caio1")
    ana.type("bom dia, turma um")
    ana.act("bom dia, turma um", "Reply")
    ana.type("resposta um")
    assert "bom dia, turma um" in bia.wait_for_message("resposta um").locator(".quote").inner_text()
    ana.act("bom dia, turma um", "React with 👍")
    expect(bia.message("bom dia, turma um").locator(".reactions")).to_contain_text("👍1")
    ana.act("bom dia, turma um", "Edit")
    ana.type("boa tarde, turma um")
    expect(bia.wait_for_message("boa tarde, turma um")).to_contain_text("(edited)")
    ana.act("boa tarde, turma um", "Delete")
    ana.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(bia.page.locator(".message.redacted").last).to_contain_text("deleted")
    assert "deleted a message" in caio.receive_until("deleted a message")[-1]
    caio.close()


def test_who_types_is_shown(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """And no longer shown once they have said it."""
    ana.connect("Ana2")
    bia.connect("Bia2")
    ana.field.press_sequentially("hmm")
    expect(bia.page.locator(".typing")).to_contain_text("Ana2 is typing")
    ana.page.keyboard.press("Enter")
    bia.wait_for_message("hmm")
    expect(bia.page.locator(".typing")).to_have_text("")


def test_a_file_is_sent_with_a_message(ana: BrowserScreen, bia: BrowserScreen, tmp_path: Path) -> None:
    """A picture is shown to who is in the room, small at first and large by a click."""
    picture = tmp_path / "foto.png"
    Image.new("RGB", (900, 600), "#3366cc").save(picture)
    ana.connect("Ana3")
    bia.connect("Bia3")
    ana.page.set_input_files(".composer input[type=file]", picture)
    ana.page.locator(".uploads .icon").last.wait_for()
    expect(ana.page.locator(".uploads progress")).to_have_count(0)
    ana.type("a foto da aula")
    shown = bia.wait_for_message("a foto da aula").locator(".picture img")
    shown.wait_for()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 640
    bia.message("a foto da aula").locator(".picture").click()
    large = bia.page.locator("dialog img")
    large.wait_for()
    assert large.evaluate("image => image.decode().then(() => image.naturalWidth)") == 900
    bia.page.get_by_role("button", name="Close").first.click()


def test_a_pasted_picture_is_sent(ana: BrowserScreen) -> None:
    """From the clipboard's own event, which works without https."""
    ana.connect("Ana4")
    ana.field.evaluate("""field => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 40;
        canvas.getContext("2d").fillRect(0, 0, 20, 20);
        return new Promise(done => canvas.toBlob(blob => {
            const data = new DataTransfer();
            data.items.add(new File([blob], "image.png", { type: "image/png" }));
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
            done();
        }));
    }""")
    expect(ana.page.locator(".uploads li")).to_contain_text("image.png")
    expect(ana.page.locator(".uploads progress")).to_have_count(0)


def test_search_leads_to_the_message(ana: BrowserScreen, server: LiveServer) -> None:
    """A hit outside the window on the screen is shown with what was said around it."""
    caio = irc(server, "caio5", "#busca")
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


def test_the_past_comes_as_one_scrolls(ana: BrowserScreen, server: LiveServer) -> None:
    """A long room is read from end to beginning and back, and the page stays small."""
    caio = irc(server, "caio6", "#longa")
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
        ana.page.wait_for_timeout(50)  # scroll events are told once a frame
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


def test_nothing_written_is_lost_and_nothing_is_said_twice(ana: BrowserScreen, server: LiveServer) -> None:
    """Written offline, kept over a reload, sent once when the network is back; a draft is still there."""
    caio = irc(server, "caio7", "#fila")
    ana.connect("Ana7")
    ana.type("/join #fila")
    ana.page.locator(".masthead h1", has_text="#fila").wait_for()
    ana.type("antes")
    ana.wait_for_message("antes")
    ana.context.set_offline(True)
    ana.page.evaluate("() => 0")
    ana.page.evaluate("window.dispatchEvent(new Event('offline'))")
    server_lost = ana.page.locator(".banner")
    caio.send("KILL Ana7 :fora")  # refused: caio is nobody; the network below is what fails
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


def _cut(person: BrowserScreen) -> None:
    """What a lost network does to a connection, at once."""
    person.page.evaluate("window.papo.client.connection.drop()")


def test_a_reload_before_the_answer_says_it_once(ana: BrowserScreen, server: LiveServer) -> None:
    """Sent, stored, and the page goes before it knows: the message is found again by its number."""
    caio = irc(server, "caio8", "#duas")
    ana.connect("Ana8")
    ana.type("/join #duas")
    ana.page.locator(".masthead h1", has_text="#duas").wait_for()
    # The server hears it; the page does not hear the server.
    ana.page.evaluate("window.papo.client.connection.socket.onmessage = () => {}")
    ana.type("uma vez só")
    assert "uma vez só" in caio.receive_until("uma vez só")[-1]
    ana.page.reload()
    ana.wait_for_message("uma vez só")
    expect(ana.page.locator(".message.waiting")).to_have_count(0)
    assert [line for line in caio.received() if "uma vez só" in line] == []
    caio.close()


def test_a_gap_is_filled_after_a_lost_connection(ana: BrowserScreen, server: LiveServer) -> None:
    """What was said meanwhile is there, in order, without a reload."""
    caio = irc(server, "caio9", "#lacuna")
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


def test_a_guest_keeps_the_nick_with_an_account(ana: BrowserScreen, chromium: Browser, server: LiveServer) -> None:
    """Made in the page, good on another device, and nobody else gets the nick."""
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
    other = BrowserScreen(context, url(server))
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


def test_an_operator_moderates_with_buttons(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """Mute, slow mode, only operators talk, put out: without a letter of IRC."""
    ana.connect("AnaM")
    ana.type("/join #aula")
    ana.page.locator(".masthead h1", has_text="#aula").wait_for()
    bia.connect("BiaM")
    bia.type("/join #aula")
    bia.page.locator(".masthead h1", has_text="#aula").wait_for()
    ana.page.get_by_role("button", name="About this channel").click()
    ana.page.get_by_label("Only operators and people with voice can write").check()
    ana.page.get_by_role("combobox", name="Slow mode").select_option("15")
    ana.page.get_by_role("button", name="Close", exact=True).first.click()
    bia.type("posso falar?")
    expect(bia.page.locator(".message.failed")).to_contain_text("only people with voice")
    bia.page.locator(".message.failed").get_by_role("button", name="Discard").click()
    ana.page.locator(".members .item", has_text="BiaM").click()
    ana.page.get_by_role("button", name="Kick", exact=True).click()
    expect(bia.page.locator(".notice.kind-kick")).to_be_visible()


def test_a_channel_gets_another_name(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """By its operator, in the window about it; everybody goes on in it."""
    ana.connect("AnaN")
    ana.type("/join #velha")
    ana.page.locator(".masthead h1", has_text="#velha").wait_for()
    bia.connect("BiaN")
    bia.type("/join #velha")
    bia.page.locator(".masthead h1", has_text="#velha").wait_for()
    ana.page.get_by_role("button", name="About this channel").click()
    ana.page.get_by_label("Name", exact=True).fill("#nova")
    ana.page.get_by_role("button", name="Rename").click()
    bia.page.locator(".masthead h1", has_text="#nova").wait_for()
    bia.type("ainda aqui")
    ana.wait_for_message("ainda aqui")


def test_lists_open_from_the_edges_of_a_phone(bia: BrowserScreen) -> None:
    """By a swipe, and go by one."""
    bia.connect("BiaS")
    swipe = """([from, to]) => {
        const touch = x => new Touch({ identifier: 1, target: document.body, clientX: x, clientY: 300 });
        dispatchEvent(new TouchEvent("touchstart", { touches: [touch(from)], changedTouches: [touch(from)] }));
        dispatchEvent(new TouchEvent("touchend", { touches: [], changedTouches: [touch(to)] }));
    }"""
    for way, shown in (([5, 200], True), ([300, 100], False)):
        bia.page.evaluate(swipe, way)
        expect(bia.page.locator(".chat.drawer")).to_have_count(int(shown))
    for way, shown in (([385, 200], True), ([100, 300], False), ([200, 100], False)):
        bia.page.evaluate(swipe, way)
        expect(bia.page.locator(".chat.member-drawer")).to_have_count(int(shown))


def test_an_invitation_opens_a_closed_channel(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """A link made with a click lets somebody into a channel that is by invitation only."""
    ana.connect("AnaI")
    ana.type("/join #fechada")
    ana.page.locator(".masthead h1", has_text="#fechada").wait_for()
    ana.type("/mode +i")
    ana.page.get_by_role("button", name="Invite people").click()
    ana.page.get_by_role("button", name="Create a link").click()
    link = ana.page.locator(".address").inner_text()
    assert ana.page.locator("img.qr").evaluate("image => image.naturalWidth") > 0
    bia.connect("BiaI", link.removeprefix(bia.url))
    expect(bia.page.locator(".masthead h1")).to_have_text("#fechada")


def test_the_page_speaks_portuguese_in_a_click(ana: BrowserScreen) -> None:
    """Before coming in and afterwards, and the server's own words too."""
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


def test_everything_is_reached_by_keyboard(ana: BrowserScreen, server: LiveServer) -> None:
    """Switcher, help, walking through messages, answering and completing a name without a pointer."""
    caio = irc(server, "caioteclado")
    ana.connect("AnaT")
    caio.send("PRIVMSG #papo :uma mensagem para o teclado")
    ana.wait_for_message("uma mensagem para o teclado")
    keyboard = ana.page.keyboard
    ana.field.focus()
    keyboard.type("caiot")
    keyboard.press("Tab")
    expect(ana.field).to_have_value("caioteclado: ")
    ana.field.fill("")
    ana.page.locator(".scroll").focus()
    keyboard.press("ArrowUp")
    keyboard.press("r")
    expect(ana.page.locator(".context")).to_contain_text("Reply to caioteclado")
    keyboard.press("Escape")
    keyboard.press("Control+k")
    expect(ana.page.get_by_role("combobox", name="A channel, a person or an action")).to_be_focused()
    keyboard.type("search")
    keyboard.press("Enter")
    expect(ana.page.get_by_label("Words")).to_be_focused()
    keyboard.press("Escape")
    expect(ana.field).to_be_focused()
    ana.page.locator(".scroll").focus()
    keyboard.press("?")
    expect(ana.page.get_by_role("dialog", name="Shortcuts and commands")).to_be_visible()
    keyboard.press("Escape")
    expect(ana.field).to_be_focused()
    ana.field.press_sequentially(":joinh")
    ana.field.fill("")
    ana.field.press_sequentially(":tada")
    ana.page.locator(".options li").first.wait_for()
    keyboard.press("Enter")
    expect(ana.field).to_have_value("🎉 ")
    caio.close()


def test_a_link_to_a_message_opens_it(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """A permalink shows the message to somebody else, in its conversation."""
    ana.connect("AnaL")
    ana.type("esta mesma, com endereço")
    row = ana.wait_for_message("esta mesma, com endereço")
    key = row.get_attribute("data-key")
    bia.connect("BiaL")
    bia.page.goto(f"{bia.url}/#/%23papo/{key}")
    bia.page.reload()
    expect(bia.wait_for_message("esta mesma, com endereço")).to_be_in_viewport()


def test_the_client_goes_to_another_server_that_is_set(chromium: Browser, tmp_path: Path) -> None:
    """The page of one server, the rooms of another; the policy lets it go nowhere else."""
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
