"""The composer of the window: completion, commands, drafts, files."""

from __future__ import annotations

from pathlib import Path

import pytest
from desktop_screen import DesktopScreen
from PySide6.QtCore import Qt


def test_words_are_completed(screen: DesktopScreen) -> None:
    """Names by @, bare words by Tab, commands; with an emoji before the caret."""
    composer = screen.window.composer
    screen.type("@b", enter=False)
    assert composer.completions.isVisible()
    screen.press(Qt.Key.Key_Return)
    assert composer.input.toPlainText() == "bia: "
    composer.input.clear()
    screen.type("see 👍 ca", enter=False)
    screen.press(Qt.Key.Key_Tab)
    assert composer.input.toPlainText() == "see 👍 caio "
    composer.input.clear()
    screen.type("/to", enter=False)
    screen.press(Qt.Key.Key_Tab)
    assert composer.input.toPlainText() == "/topic "
    screen.press(Qt.Key.Key_Escape)


def test_a_draft_stays_with_its_conversation(screen: DesktopScreen) -> None:
    """It is there again after another one was shown."""
    screen.type("half a thou", enter=False)
    screen.window.show_buffer(screen.network, screen.network.server)
    assert screen.window.composer.input.toPlainText() == ""
    screen.window.show_buffer(screen.network, screen.buffer)
    assert screen.window.composer.input.toPlainText() == "half a thou"


def test_a_server_may_take_no_files(screen: DesktopScreen, tmp_path: Path) -> None:
    """The composer says so."""
    (tmp_path / "a.txt").write_text("a")
    screen.type(f"/upload {tmp_path / 'a.txt'}")
    assert "does not accept files" in screen.window.composer.error.text()


def test_a_command_is_carried_out(screen: DesktopScreen) -> None:
    """And the field is empty again."""
    screen.type("/topic New")
    assert screen.server.last("TOPIC") == "TOPIC #geral New"
    assert screen.window.composer.input.toPlainText() == ""


@pytest.mark.parametrize(("text", "error"), [("/nothing", "no command /nothing"), ("/connect gopher://x", "gopher://")])
def test_a_wrong_command_is_explained_and_kept(screen: DesktopScreen, text: str, error: str) -> None:
    """So that it can be corrected."""
    screen.type(text)
    assert error in screen.window.composer.error.text()
    assert screen.window.composer.input.toPlainText() == text


def test_an_edit_has_one_line(screen: DesktopScreen) -> None:
    """What does not fit is not sent."""
    screen.server.send_message("ana", "yes", "m3", minute=2)
    screen.press(Qt.Key.Key_Up)
    screen.window.composer.insert("\nno")
    screen.press(Qt.Key.Key_Return)
    assert "one line" in screen.window.composer.error.text()
    assert screen.server.all("EDIT") == []


def test_an_edit_gives_the_draft_back(screen: DesktopScreen) -> None:
    """What was typed before it is there again."""
    screen.type("half a thou", enter=False)
    screen.server.send_message("ana", "yes", "m3", minute=2)
    screen.window.composer.edit(screen.line("m3"))
    assert screen.window.composer.input.toPlainText() == "yes"
    screen.press(Qt.Key.Key_Escape)
    assert screen.window.composer.input.toPlainText() == "half a thou"


def test_escape_closes_the_innermost(screen: DesktopScreen) -> None:
    """First the completions, then the reply."""
    composer = screen.window.composer
    composer.reply(screen.line("m2"))
    screen.type("@b", enter=False)
    screen.press(Qt.Key.Key_Escape)
    assert (composer.completions.isVisible(), composer.context.isVisible()) == (False, True)
    screen.press(Qt.Key.Key_Escape)
    assert not composer.context.isVisible()
    assert composer.input.toPlainText() == "@b"
