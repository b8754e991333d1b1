"""Makes the pictures of the web client: a real server, real browsers, real people's words.

`python docs/pictures/screens.py` writes PNG files beside itself; needs Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "server" / "web"), str(ROOT / "tests" / "live"), str(ROOT / "src")]

from browser_screen import PHONE, BrowserScreen, browser  # noqa: E402 -- the folders come first
from live_server import IrcClient, serve  # noqa: E402
from PIL import Image, ImageDraw  # noqa: E402

CONFIG = """
[server]
name = "papo.local"
network = "Turma-B"
description = "Redes de computadores"
[rooms]
default = "#redes"
permanent = []
[limits]
enabled = false
[uploads]
who = "everyone"
"""
DESKTOP = {"viewport": {"width": 1280, "height": 800}}


def drawing(folder: Path) -> Path:
    """Something to send: a frame with its header of 64 bytes, as one draws it on a board."""
    picture = Image.new("RGB", (900, 300), "#f7f5ee")
    pen = ImageDraw.Draw(picture)
    for at, (left, width, text, colour) in enumerate(
        [(40, 250, "header: 64 bytes", "#1a6b58"), (290, 560, "message: as many bytes as the header says", "#d99a00")]
    ):
        pen.rectangle((left, 110, left + width, 190), outline=colour, width=4)
        pen.text((left + 20, 140), text, fill=colour, font_size=24)
        pen.text(
            (left, 200), "recv(64)" if at == 0 else "recv(length) until it is all there", fill="#555", font_size=22
        )
    pen.text((40, 40), "framed", fill="#1b211e", font_size=40)
    path = folder / "framed.png"
    picture.save(path)
    return path


def talk(ana: BrowserScreen, bia: BrowserScreen, caio: IrcClient, picture: Path) -> None:
    """A class on sockets: messages, a reply, reactions, a picture, code."""
    ana.type("Good morning! Today: why `recv(1024)` does **not** give you one message.")
    bia.type("is it because TCP is a stream?")
    ana.act("is it because TCP is a stream?", "React with 👍")
    caio.send("PRIVMSG #redes :hi from irssi, same room :)")
    ana.wait_for_message("hi from irssi")
    ana.page.set_input_files(".composer input[type=file]", picture)
    ana.page.locator(".uploads progress").wait_for(state="detached")
    ana.type("The header says how long the message is:")
    bia.wait_for_message("The header says").locator(".picture img").wait_for()
    ana.field.fill(
        "```python\ndef receive(connection, size):\n    data = b''\n    while len(data) < size:\n"
        "        data += connection.recv(size - len(data))\n    return data\n```"
    )
    ana.page.locator(".composer button[type=submit]").click()
    ana.wait_for_message("def receive")
    bia.act("The header says", "Reply")
    bia.type("and if the other side closes half way? recv gives b'' for ever")
    bia.wait_for_message("and if the other side")
    ana.wait_for_message("and if the other side")
    caio.send("PRIVMSG #redes :Ana: ^ good question, my server hung on that yesterday")
    ana.wait_for_message("my server hung")


def shoot() -> None:
    """Every picture."""
    with (
        tempfile.TemporaryDirectory() as name,
        serve(Path(name), ["http", "irc"], config=CONFIG) as server,
        browser() as chromium,
    ):
        url = f"http://127.0.0.1:{server.ports['http']}"
        ana = BrowserScreen(chromium.new_context(**DESKTOP, color_scheme="light"), url)  # type: ignore[arg-type]
        bia = BrowserScreen(chromium.new_context(**PHONE, color_scheme="dark", locale="pt-BR"), url)  # type: ignore[arg-type]
        bia.page.goto(url)
        bia.page.locator("input[name=nick]").fill("Bia")
        bia.page.screenshot(path=HERE / "web-login.png")
        ana.connect("Ana")
        bia.page.locator("button.primary").click()
        bia.field.wait_for()
        for channel in ("#projeto", "#dúvidas"):
            ana.type(f"/join {channel}")
            ana.page.locator(".masthead h1", has_text=channel).wait_for()
        ana.page.locator(".item", has_text="redes").click()
        caio = IrcClient(server.ports["irc"])
        caio.register("caio", "message-tags")
        caio.send("JOIN #redes,#dúvidas")
        caio.receive_until("#dúvidas :End")
        ana.type("/topic Sockets, framing, and why it matters · Mondays 10:00")
        bia.act = lambda text, button: phone_act(bia, text, button)  # type: ignore[method-assign]
        talk(ana, bia, caio, drawing(Path(name)))
        caio.send("PRIVMSG #dúvidas :alguém tem o material de ontem?")
        caio.send("PRIVMSG Ana :can I show you my code after class?")
        ana.page.locator(".count.mentions").first.wait_for()
        ana.page.locator(".toast").first.wait_for(state="detached")
        ana.page.mouse.move(640, 30)
        ana.page.wait_for_timeout(300)
        ana.page.screenshot(path=HERE / "web-light.png")
        bia.page.wait_for_timeout(300)
        bia.page.screenshot(path=HERE / "web-phone.png")
        ana.page.emulate_media(color_scheme="dark")
        ana.page.keyboard.press("Control+f")
        ana.page.get_by_label("Words").fill("recv")
        ana.page.keyboard.press("Enter")
        ana.page.locator(".search li").first.wait_for()
        ana.page.screenshot(path=HERE / "web-dark.png")
        ana.page.goto(f"{url}/qr")
        ana.page.screenshot(path=HERE / "web-projector.png")
        caio.close()
    for path in HERE.glob("web-*.png"):
        Image.open(path).convert("P", palette=Image.Palette.ADAPTIVE, colors=256).save(path, optimize=True)


def phone_act(person: BrowserScreen, text: str, button: str) -> None:
    """On a phone a tap shows the toolbar."""
    person.wait_for_message(text).locator(".text p").first.tap()
    person.page.locator(".toolbar").get_by_role("button", name={"Reply": "Responder"}.get(button, button)).click()


if __name__ == "__main__":
    shoot()
