"""Networks in the window: unread, several at once, offline."""

from __future__ import annotations

from desktop_screen import DesktopScreen, wait_until
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest


def test_unread_messages_and_highlights_are_counted(screen: DesktopScreen) -> None:
    """In the list and the title, until they are read; not if its notifications are off."""
    screen.server.send(":ana!ana@h JOIN #outro")
    screen.server.answer("CHATHISTORY")
    screen.window.show_buffer(screen.network, screen.buffer)
    assert screen.window.composer.hasFocus() or screen.window.composer.input.hasFocus()
    screen.server.send_message("bia", "one", "o1", minute=3, target="#outro")
    screen.server.send_message("bia", "ana: two", "o2", minute=4, target="#outro")
    assert screen.conversations()[-1] == "#outro, 1 mention"
    assert screen.window.windowTitle().startswith("(1)")
    assert any("ana: two" in text for text in screen.window.toasts.texts())
    QTest.keyClick(screen.window, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier)
    outro = screen.network.buffer("#outro")
    assert screen.shown_buffer is outro
    wait_until(lambda: outro is not None and not outro.unread)
    assert screen.server.last("MARKREAD").startswith("MARKREAD #outro timestamp=2026-11-20T10:04")
    screen.network.toggle_notifications(screen.buffer)
    screen.server.send_message("bia", "three", "m9", minute=5)
    assert screen.conversations()[1] == "#geral, no notifications"


def test_several_networks_at_once(screen: DesktopScreen) -> None:
    """What is left is shown; without any, the way to one."""
    screen.window.frontend.connect("irc://other.test/#sala")
    assert [each.address.host for each in screen.networks.all] == ["papo.test", "other.test"]
    assert screen.conversations()[-1] == "other.test, Connecting…"
    assert screen.window.banner.isVisible()
    screen.type("/quit")
    assert screen.shown_buffer is screen.buffer
    assert not screen.networks.settings.server("irc://other.test:6667").connects
    screen.networks.leave(screen.network)
    screen.redraw()
    assert screen.window.main.currentIndex() == 1


def test_offline_messages_wait(screen: DesktopScreen) -> None:
    """And keeps what is said."""
    screen.network.lost("The server closed the connection.", 2**41)
    screen.redraw()
    assert screen.window.banner.isVisible()
    assert "Trying again in" in screen.window.banner.text.text()
    screen.type("later")
    assert "Waiting for the connection" in screen.rows()[-1]


def test_a_refusal_of_the_nick_that_the_user_asks_for_is_shown(screen: DesktopScreen) -> None:
    """Even if the client is asking for the same nick on its own, which stays silent."""
    screen.network.lost("broken", 1)
    screen.server.accept()
    screen.server.send(":s CAP * LS :", ":s 001 ana_ :Welcome", ":s 422 ana_ :-")
    screen.server.send(":s 433 ana_ ana :taken")
    assert not any("taken" in text for text in screen.window.toasts.texts())
    screen.networks.change_nick(screen.network, "ana")
    assert screen.server.last("NICK") == "NICK ana"
    screen.server.send(":s 433 ana_ ana :taken")
    assert any("taken" in text for text in screen.window.toasts.texts())
