"""What users write, in two browsers and an IRC program on one server."""

from __future__ import annotations

import re
from pathlib import Path

from browser_screen import BrowserScreen, irc_program, url_of
from live_server import LiveServer
from PIL import Image
from playwright.sync_api import Browser, Route, expect


def test_browsers_and_an_irc_program_share_a_channel(
    ana: BrowserScreen, bia: BrowserScreen, server: LiveServer
) -> None:
    """Each sees what the others write: browsers with its style, IRC as plain text."""
    ana.connect("Ana")
    bia.connect("Bia")
    caio = irc_program(server, "caio")
    ana.type("olá **pessoal** e `código`")
    assert bia.wait_for_message("olá pessoal").locator("strong").inner_text() == "pessoal"
    assert caio.receive_until("PRIVMSG")[-1].endswith(" PRIVMSG #papo :olá **pessoal** e `código`")
    caio.send("PRIVMSG #papo :Ana: de um programa de IRC")
    expect(ana.wait_for_message("de um programa de IRC")).to_have_class(re.compile("mention"))
    bia.type("do telefone")
    ana.wait_for_message("do telefone")
    assert ana.page.locator(".members .item").all_inner_texts() != []
    caio.close()


def test_everybody_sees_changes_of_a_message(ana: BrowserScreen, bia: BrowserScreen, server: LiveServer) -> None:
    """Replies, reactions, edits and deletions reach the other browser and an IRC program."""
    ana.connect("Ana1")
    bia.connect("Bia1")
    caio = irc_program(server, "caio1")
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


def test_links_come_without_moving_the_text(chromium: Browser, server: LiveServer) -> None:
    """The library that finds them is fetched with the first message that may have one; without a network, later."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    context = chromium.new_context(service_workers="block")  # whose requests would pass by
    context.route("**/vendor/linkify.js", hold)
    ana = BrowserScreen(context, url_of(server))
    ana.connect("AnaL")
    caio = irc_program(server, "caiol")
    caio.send("PRIVMSG #papo :sem endereço, às 10 h.")
    ana.wait_for_message("sem endereço")
    assert not held
    words = "uma frase comprida com palavras até quebrar a linha " * 3
    with ana.page.expect_request("**/vendor/linkify.js"):
        caio.send(f"PRIVMSG #papo :AnaL: {words}https://papo.example/{'x' * 60} {words}example.org e caiol")
    text = ana.wait_for_message("uma frase comprida").locator(".text")
    expect(text.locator("button.name")).to_have_text(["AnaL", "caiol"])
    before = text.bounding_box()
    assert text.locator("a").count() == 0
    with ana.page.expect_event("requestfailed"):
        held.pop().abort()
    context.unroute("**/vendor/linkify.js")
    caio.send("PRIVMSG #papo :https://segunda.example")  # it tries again with the next one
    expect(text.locator("a")).to_have_count(2)
    expect(ana.message("segunda.example").locator("a")).to_have_count(1)
    after = text.bounding_box()
    assert before
    assert after
    assert (before["width"], before["height"]) == (after["width"], after["height"])
    caio.close()
    context.close()
    assert ana.faults == []


def test_typing_is_shown(ana: BrowserScreen, bia: BrowserScreen) -> None:
    """Until the message is sent."""
    ana.connect("Ana2")
    bia.connect("Bia2")
    ana.field.press_sequentially("hmm")
    expect(bia.page.locator(".typing")).to_contain_text("Ana2 is typing")
    ana.page.keyboard.press("Enter")
    bia.wait_for_message("hmm")
    expect(bia.page.locator(".typing")).to_have_text("")


def test_a_file_is_sent_with_a_message(ana: BrowserScreen, bia: BrowserScreen, tmp_path: Path) -> None:
    """Members of the channel see a picture, small at first and large after a click."""
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
    """By the clipboard event, which works without https."""
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


def test_everything_is_reached_by_keyboard(ana: BrowserScreen, server: LiveServer) -> None:
    """Palette, help, messages, replies and completion, without a pointer."""
    caio = irc_program(server, "caioteclado")
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
