"""Every part of the window can be drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from desktop_screen import HISTORY, desktop_screen
from PySide6.QtGui import QColor, QImage

from papo.client import settings
from papo.client.state.message import BufferLine
from papo.desktop.dialogs.connect_dialog import ConnectDialog
from papo.desktop.theme import theme
from papo.i18n import choose


@pytest.mark.parametrize("language", ["en_GB.UTF-8", "pt_BR.UTF-8"])
@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_every_part_can_be_drawn(tmp_path: Path, language: str, appearance: str) -> None:
    """Both languages, both appearances, three widths, and the dialogs."""
    choose({"LANG": language})
    kept = settings.read(tmp_path)
    kept.appearance = "dark" if appearance == "dark" else "light"
    settings.write(tmp_path, kept)
    with desktop_screen(tmp_path) as screen:
        screen.connect(history=HISTORY)
        screen.server.send("@+draft/react=👍;+draft/reply=m2 :bia!b@h TAGMSG #geral", ":bia!b@h TOPIC #geral :Sockets")
        screen.server.send_message("bia", "> so?\x1f", "m3", minute=3, tags="+draft/reply=m2")
        screen.server.send_message("bia", "\x01ACTION waves\x01", "m4", minute=4)
        screen.server.send_message(
            "caio", "\x02bold\x02 \x0304red\x03 https://papo.test #redes `code` ana", "m5", minute=5
        )
        screen.buffer.append(
            BufferLine(nick="bia", text="```python\nprint(1)\n```\n> said\n\n1. *one*", at_ms=1, id="m6"), visible=True
        )
        screen.type("waits")
        for width in (400, 700, 1100):
            screen.window.resize(width, 600)
            screen.redraw()
            picture = screen.window.grab().toImage()
            colours = {QColor(picture.pixel(x, y)).name() for x in range(0, width, 3) for y in range(0, 600, 7)}
            assert len(colours) > 8
        for name in ("help", "settings", "servers", "channels", "user"):
            screen.window.frontend.dialog(name, "bia")
            dialog = screen.window.frontend.opened
            assert dialog is not None
            assert dialog.grab().toImage().format() != QImage.Format.Format_Invalid
        screen.window.frontend.open_palette()
        for each in screen.window.findChildren(ConnectDialog):
            each.close()
        background = "#15191b" if appearance == "dark" else "#ffffff"
        assert theme.current().colours.background == background
