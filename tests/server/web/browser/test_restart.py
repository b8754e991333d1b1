"""A server that dies while the page waits for its answer: everything is said once."""

from __future__ import annotations

import signal
from pathlib import Path

from browser_screen import CONFIG, BrowserScreen, irc_program, url_of
from live_server import start_server
from playwright.sync_api import Browser, expect


def test_what_a_killed_server_has_stored_is_not_said_twice(chromium: Browser, tmp_path: Path) -> None:
    """Stored but not answered, long enough for two messages, and written meanwhile: each once, in order."""
    server = start_server(tmp_path, ["http", "irc"], config=CONFIG)
    schemes = [f"{scheme}://127.0.0.1:{server.ports[scheme]}" for scheme in ("http", "irc")]
    context = chromium.new_context()
    try:
        ana = BrowserScreen(context, url_of(server))
        ana.connect("Ana")
        ana.type("/join #queda")
        ana.page.locator(".masthead h1", has_text="#queda").wait_for()
        ana.type("antes")
        ana.wait_for_message("antes")
        caio = irc_program(server, "caio", "#queda")
        # The server gets them; the page gets no answer.
        ana.page.evaluate("window.papo.client.connection.socket.onmessage = () => {}")
        ana.type("uma vez só")
        long = "\n".join(f"linha {number}" for number in range(110))
        ana.field.fill(long)
        ana.page.keyboard.press("Enter")
        caio.receive_until("linha 109")
        caio.close()
        server.stop(signal.SIGKILL)
        ana.page.locator(".banner").wait_for()
        ana.type("depois")
        expect(ana.page.locator(".message.waiting")).to_have_count(4)
        assert server.process.stdout is not None
        server.process.stdout.close()
        server = start_server(tmp_path, schemes, config=CONFIG)
        ana.page.evaluate("window.papo.client.connection.connect()")
        expect(ana.page.locator(".message.waiting")).to_have_count(0)
        ana.wait_for_message("depois")
        reader = irc_program(server, "caio", "#queda")
        reader.send("CAP REQ :draft/multiline draft/chathistory")
        reader.send("CHATHISTORY LATEST #queda * 100")
        said = [line.partition(" PRIVMSG #queda ")[2].lstrip(":") for line in reader.received() if " PRIVMSG " in line]
        assert said == ["antes", "uma vez só", *long.split("\n"), "depois"]
        reader.close()
        assert ana.faults == []
    finally:
        context.close()
        server.stop()
        assert server.process.stdout is not None
        server.process.stdout.close()
