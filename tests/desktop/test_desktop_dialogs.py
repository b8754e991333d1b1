"""Dialogs of the window."""

from __future__ import annotations

from pathlib import Path

from desktop_screen import ROOM, DesktopScreen, desktop_screen, wait_until
from fake_server import privmsg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from papo.client import settings
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.desktop.dialogs.channel_list import ChannelList
from papo.desktop.dialogs.chooser import Chooser
from papo.desktop.dialogs.connect_dialog import ConnectDialog
from papo.desktop.dialogs.help import Help
from papo.desktop.dialogs.preferences import Preferences
from papo.desktop.dialogs.user_card import UserCard
from papo.desktop.theme import theme


def test_settings_take_effect_and_are_kept(screen: DesktopScreen) -> None:
    """At once, and in the file."""
    screen.server.send(":dora!d@h JOIN #geral")
    assert any("dora joined" in row for row in screen.rows())
    screen.window.frontend.dialog("settings", "")
    chosen = screen.window.frontend.opened
    assert isinstance(chosen, Preferences)
    chosen.joins.setChecked(False)
    chosen.keywords.setText("sockets, exam")
    chosen.keywords.editingFinished.emit()
    chosen.appearance.setCurrentIndex(2)
    chosen.points.setCurrentIndex(chosen.points.findData(16))
    chosen.close()
    screen.redraw()
    assert not any("dora" in row for row in screen.rows())
    assert theme.current().colours.is_dark
    assert theme.current().text.pointSizeF() == 16
    kept = settings.read(screen.networks.folder)
    assert (kept.keywords, kept.appearance, kept.font_size, kept.shows_joins) == (
        ["sockets", "exam"],
        "dark",
        16,
        False,
    )
    screen.server.send_message("bia", "the exam is on Friday", "m7", minute=7)
    assert screen.line("m7").mention


def test_the_connect_dialog_knows_classroom_dialects(tmp_path: Path) -> None:
    """With the usual port of its dialect."""
    with desktop_screen(tmp_path) as screen:
        screen.window.frontend.open_connect_dialog()
        dialog = screen.window.frontend.opened
        assert isinstance(dialog, ConnectDialog)
        dialog.nick.setText("an")
        dialog.tabs.setCurrentIndex(1)
        dialog.dialect.setCurrentRow(4)
        assert dialog.port.text() == "12346"
        dialog.connect_now()
        assert "3 to 10" in dialog.error.text()
        dialog.nick.setText("ana")
        dialog.connect_now()
        assert isinstance(screen.network, ClassroomNetwork)
        assert str(screen.network.address) == "handshake://localhost:12346"


def test_a_search_result_is_shown_where_it_was_said(screen: DesktopScreen) -> None:
    """And a button leads back to the newest messages."""
    screen.window.search("sockets")
    assert screen.server.last("SEARCH").endswith("text=sockets;limit=50")
    screen.server.answer("SEARCH", privmsg("bia", "about sockets", "x5"), batch="search")
    search_panel = screen.window.search_panel
    assert search_panel.list.count() == 1
    search_panel.list.itemActivated.emit(search_panel.list.item(0))
    assert "CHATHISTORY AROUND #geral msgid=x5" in screen.server.last("CHATHISTORY")
    page = [privmsg("bia", f"old {n}", f"y{n}", minute=n) for n in range(30)]
    page[15] = privmsg("bia", "about sockets", "x5", minute=15)
    screen.server.answer("CHATHISTORY", *page)
    timeline = screen.window.timeline
    assert timeline.row_model.line_at(timeline.currentIndex().row()) is screen.line("x5")
    assert screen.buffer.has_newer
    assert screen.window.newest_button.isVisible()
    screen.press(Qt.Key.Key_Escape)
    assert not search_panel.isVisible()
    screen.buffer.loading = ""
    screen.window.newest_button.click()
    assert "CHATHISTORY LATEST #geral *" in screen.server.last("CHATHISTORY")


def test_channels_are_listed_as_they_come(screen: DesktopScreen) -> None:
    """And found by their topic."""
    screen.type("/list")
    screen.server.send(":s 322 ana #redes 12 :Sockets", ":s 322 ana #geral 3 :")
    channels = screen.window.frontend.opened
    assert isinstance(channels, ChannelList)
    wait_until(channels.list.count)
    assert [channels.list.item(at).text() for at in range(channels.list.count())] == ["#redes", "#geral"]
    channels.field.setText("sock")
    channels.field.returnPressed.emit()
    assert screen.server.last("JOIN") == "JOIN #redes"


def test_a_user_card_shows_what_the_server_knows(screen: DesktopScreen) -> None:
    """In pairs of a label and a value."""
    screen.type("/whois bia")
    card = screen.window.frontend.opened
    assert isinstance(card, UserCard)
    screen.server.answer("WHOIS", ":s 311 ana bia b host * :Beatriz", batch="labeled-response")
    assert {"Beatriz", "b@host"} <= {each.text() for each in card.findChildren(QLabel)}


def test_help_opens(screen: DesktopScreen) -> None:
    """By its command."""
    screen.type("/help")
    assert isinstance(screen.window.frontend.opened, Help)


def test_the_palette_finds_conversations_and_people(screen: DesktopScreen) -> None:
    """And opens a conversation with a person."""
    screen.server.send_message("caio", "me too", "m3", minute=2)
    screen.window.frontend.open_palette()
    palette = screen.window.frontend.opened
    assert isinstance(palette, Chooser)
    assert palette.shown[0].label == ROOM
    palette.field.setText("@bia")
    palette.field.returnPressed.emit()
    assert screen.shown_buffer is screen.network.buffer("bia")
