"""The window with a server made of lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desktop_screen import ROOM, DesktopScreen, desktop_screen, wait_until
from fake_server import privmsg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest

from papo.client import settings
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.state.message import BufferLine
from papo.desktop.composer.emoji_picker import EmojiPicker
from papo.desktop.dialogs.chooser import Chooser
from papo.desktop.dialogs.connect_dialog import ConnectDialog
from papo.desktop.dialogs.deletion import Deletion
from papo.desktop.dialogs.help import Help
from papo.desktop.dialogs.preferences import Preferences
from papo.desktop.dialogs.prompts import AccountPrompt, CertificatePrompt, NickPrompt
from papo.desktop.dialogs.user_card import UserCard
from papo.desktop.theme import theme
from papo.i18n import choose

PAST = (privmsg("bia", "good morning", "m1"), privmsg("caio", "hi **all**", "m2", minute=1))


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[DesktopScreen]:
    """A window in a room with a little past."""
    with desktop_screen(tmp_path) as made:
        made.connect(past=PAST)
        yield made


def entry_of(screen: DesktopScreen, msgid: str) -> BufferLine:
    """A message that is here."""
    found = screen.buffer.find(msgid)
    assert found is not None
    return found


def test_what_was_said_is_there(screen: DesktopScreen) -> None:
    """In the list, the timeline, the header and the list of people."""
    assert screen.conversations() == ["Papo, guest", ROOM]
    assert [row.rpartition(",")[0] for row in screen.rows()[-2:]] == ["bia: good morning", "caio: hi **all**"]
    assert screen.window.header.name.text() == ROOM
    names = [each if isinstance(each, str) else each.nick for each in screen.window.members.model.shown]
    assert names == ["Operators  1", "ana", "Members  2", "caio", "bia"]


def test_a_message_goes_out_and_its_copy_takes_its_place(screen: DesktopScreen) -> None:
    """It waits until the server has stored it, and stands there once."""
    screen.type("hello")
    assert screen.buffer.lines[-1].pending
    assert screen.rows()[-1].startswith("ana: hello")
    screen.server.echo("hello", "m3")
    assert [row for row in screen.rows() if "hello" in row] == [screen.rows()[-1]]
    assert not entry_of(screen, "m3").pending
    assert screen.window.composer.input.toPlainText() == ""


def test_a_refused_message_can_be_tried_again_or_discarded(screen: DesktopScreen) -> None:
    """With a reason, and a button for either."""
    screen.type("secret")
    screen.server.send(f"@label={screen.server.label_of('PRIVMSG')} :s 404 ana {ROOM} :Cannot send")
    assert "Not sent: Cannot send" in screen.rows()[-1]
    failed = screen.buffer.lines[-1]
    layout = screen.window.timeline.visible[-1][2]
    assert {target.action for target in layout.targets} >= {"retry", "give up"}
    before = len(screen.server.lines)
    screen.window.message_actions.click(next(target for target in layout.targets if target.action == "retry"), failed)
    assert "PRIVMSG" in screen.server.lines[before]
    screen.window.message_actions.run("give up", failed)
    screen.redraw()
    assert "secret" not in "".join(screen.rows())


def test_answering_reacting_editing_and_deleting(screen: DesktopScreen) -> None:
    """By keyboard and dialogs, to the lines that go out and back."""
    window = screen.window
    timeline = window.timeline
    timeline.setCurrentIndex(timeline.row_model.index(timeline.row_model.find(entry_of(screen, "m2"))))
    QTest.keyClick(timeline, Qt.Key.Key_Return)
    assert window.composer.context.isVisible()
    screen.type("yes")
    assert "+draft/reply=m2" in screen.server.last("PRIVMSG")
    assert not window.composer.context.isVisible()
    screen.server.echo("yes", "m3", tags="+draft/reply=m2")
    screen.window.message_actions.run("react", entry_of(screen, "m2"))
    picker = window.frontend.opened
    assert isinstance(picker, EmojiPicker)
    picker.field.setText("party")
    picker.field.returnPressed.emit()
    assert "+draft/react=🎉" in screen.server.last("TAGMSG")
    screen.server.send("@+draft/react=🎉;+draft/reply=m2 :bia!b@h TAGMSG #geral")
    assert "🎉: 1 person, bia" in next(row for row in screen.rows() if "hi **all**" in row)
    screen.press(Qt.Key.Key_Up)
    assert window.composer.input.toPlainText() == "yes"
    assert window.composer.editing is entry_of(screen, "m3")
    screen.type("!")
    assert screen.server.last("EDIT").endswith("EDIT #geral m3 yes!")
    screen.server.send(":ana!ana@h EDIT #geral m3 :yes!")
    assert "yes! (edited)" in screen.rows()[-1]
    window.message_actions.run("delete", entry_of(screen, "m3"))
    asked = window.frontend.opened
    assert isinstance(asked, Deletion)
    asked.delete.click()
    assert screen.server.last("REDACT").endswith("REDACT #geral m3")
    screen.server.send(":ana!ana@h REDACT #geral m3")
    assert "This message was deleted." in screen.rows()[-1]


def test_a_chip_toggles_and_a_quotation_jumps(screen: DesktopScreen) -> None:
    """What is painted can be pressed."""
    screen.server.send("@+draft/react=👍;+draft/reply=m2 :bia!b@h TAGMSG #geral")
    screen.server.send_message("bia", "indeed", "m3", minute=2, tags="+draft/reply=m1")
    timeline = screen.window.timeline
    targets = {target.action: (top, target) for _at, top, layout in timeline.visible for target in layout.targets}
    for act in ("react", "jump"):
        top, target = targets[act]
        QTest.mouseClick(
            timeline.viewport(), Qt.MouseButton.LeftButton, pos=(target.area.center() + QPointF(0, top)).toPoint()
        )
    assert "+draft/react=👍" in screen.server.last("TAGMSG")
    assert timeline.row_model.line_at(timeline.currentIndex().row()) is entry_of(screen, "m1")


def test_completion_by_popup_and_tab(screen: DesktopScreen) -> None:
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


def test_commands(screen: DesktopScreen) -> None:
    """Those that send, those that are wrong, and those that open something."""
    screen.type("/topic New")
    assert screen.server.last("TOPIC") == "TOPIC #geral New"
    screen.type("/nothing")
    assert "no command /nothing" in screen.window.composer.error.text()
    assert screen.window.composer.input.toPlainText() == "/nothing"
    screen.window.composer.input.clear()
    screen.type("/help")
    assert isinstance(screen.window.frontend.opened, Help)
    screen.type("/list")
    screen.server.send(":s 322 ana #redes 12 :Sockets", ":s 322 ana #geral 3 :")
    channels = screen.window.frontend.opened
    assert isinstance(channels, Chooser)
    wait_until(channels.list.count)
    assert [channels.list.item(at).text() for at in range(channels.list.count())] == ["#redes", "#geral"]
    channels.field.setText("sock")
    channels.field.returnPressed.emit()
    assert screen.server.last("JOIN") == "JOIN #redes"
    screen.type("/whois bia")
    assert isinstance(screen.window.frontend.opened, UserCard)
    screen.server.answer("WHOIS", ":s 311 ana bia b host * :Beatriz", batch="labeled-response")
    screen.type("/query bia")
    assert screen.shown_buffer is screen.network.buffer("bia")


def test_unread_and_mentions_elsewhere(screen: DesktopScreen) -> None:
    """Numbers where nobody looks; none once somebody has looked, or where it is muted."""
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
    screen.window.networks.toggle_mute(screen.network, screen.buffer)
    screen.server.send_message("bia", "three", "m9", minute=5)
    assert screen.conversations()[1] == "#geral, muted"


def test_the_draft_stays_with_its_conversation(screen: DesktopScreen) -> None:
    """It is there again after a look elsewhere."""
    screen.type("half a thou", enter=False)
    screen.window.show_buffer(screen.network, screen.network.server)
    assert screen.window.composer.input.toPlainText() == ""
    screen.window.show_buffer(screen.network, screen.buffer)
    assert screen.window.composer.input.toPlainText() == "half a thou"


def test_search_and_jump(screen: DesktopScreen) -> None:
    """A hit leads to where it was said, and a button leads back."""
    screen.window.search("sockets")
    assert screen.server.last("SEARCH").endswith("text=sockets;limit=50")
    screen.server.answer("SEARCH", privmsg("bia", "about sockets", "x5"), batch="search")
    finder = screen.window.search_panel
    assert finder.list.count() == 1
    finder.list.itemActivated.emit(finder.list.item(0))
    assert "CHATHISTORY AROUND #geral msgid=x5" in screen.server.last("CHATHISTORY")
    page = [privmsg("bia", f"old {n}", f"y{n}", minute=n) for n in range(30)]
    page[15] = privmsg("bia", "about sockets", "x5", minute=15)
    screen.server.answer("CHATHISTORY", *page)
    timeline = screen.window.timeline
    assert timeline.row_model.line_at(timeline.currentIndex().row()) is entry_of(screen, "x5")
    assert screen.buffer.has_newer
    assert screen.window.newest_button.isVisible()
    screen.press(Qt.Key.Key_Escape)
    assert not finder.isVisible()
    screen.buffer.loading = ""
    screen.window.newest_button.click()
    assert "CHATHISTORY LATEST #geral *" in screen.server.last("CHATHISTORY")


def test_older_messages_come_when_one_scrolls_up_and_move_nothing(tmp_path: Path) -> None:
    """A page of the past comes in above; what is looked at stays."""
    with desktop_screen(tmp_path) as screen:
        screen.connect(past=tuple(privmsg("bia", f"line {n}", f"m{n}", minute=n % 60) for n in range(100)))
        timeline = screen.window.timeline
        timeline.setFocus()
        for _ in range(12):
            timeline.verticalScrollBar().setValue(timeline.verticalScrollBar().value() - timeline.viewport().height())
        assert "CHATHISTORY BEFORE #geral msgid=m0" in screen.server.last("CHATHISTORY")
        first = next((layout.row.line, top) for _at, top, layout in timeline.visible if layout.row.line is not None)
        screen.server.answer("CHATHISTORY", *(privmsg("bia", f"older {n}", f"o{n}", minute=n % 60) for n in range(100)))
        assert screen.buffer.lines[0].text == "older 0"
        assert first in [(layout.row.line, top) for _at, top, layout in timeline.visible]
        assert not timeline.follows


def test_a_hundred_thousand_entries_scroll(screen: DesktopScreen) -> None:
    """Only what is screen is laid out: far fewer drawings than rows."""
    room = screen.buffer
    room.replace(
        [
            BufferLine(nick="bia", text=f"line {n}", at_ms=1_795_000_000_000 + n * 1_000, id=f"n{n}")
            for n in range(100_000)
        ]
    )
    screen.redraw()
    timeline = screen.window.timeline
    bar = timeline.verticalScrollBar()
    assert timeline.row_model.rowCount() >= 100_000
    for value in (bar.maximum() // 2, bar.maximum() // 3, 0, bar.maximum()):
        bar.setValue(value)
        timeline.grab()
    assert timeline.is_at_end()
    assert timeline.layout_count <= 400
    screen.server.send_message("caio", "one more", "z", minute=9)
    assert "one more" in timeline.row_model.index(timeline.row_model.rowCount() - 1).data(
        Qt.ItemDataRole.AccessibleTextRole
    )
    assert timeline.is_at_end()


def test_walking_through_messages_by_keyboard(screen: DesktopScreen) -> None:
    """Arrows, Home, End, copying; any other letter begins a message."""
    timeline = screen.window.timeline
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    assert timeline.row_model.line_at(timeline.currentIndex().row()) is entry_of(screen, "m2")
    QTest.keyClick(timeline, Qt.Key.Key_Up)
    assert timeline.row_model.line_at(timeline.currentIndex().row()) is entry_of(screen, "m1")
    QTest.keyClick(timeline, Qt.Key.Key_Home)
    QTest.keyClick(timeline, Qt.Key.Key_End)
    assert timeline.row_model.line_at(timeline.currentIndex().row()) is entry_of(screen, "m2")
    timeline.copy()
    assert QGuiApplication.clipboard().text() == "hi **all**"
    QTest.keyClicks(timeline, "w")
    assert screen.window.composer.input.toPlainText() == "w"


def test_text_of_a_message_can_be_marked(screen: DesktopScreen) -> None:
    """With the pointer, and copied without its markup."""
    timeline = screen.window.timeline
    _at, top, layout = timeline.visible[-1]
    assert layout.text is not None
    left = (layout.text_at + QPointF(1, 8 + top)).toPoint()
    viewport = timeline.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=left)
    QTest.mouseMove(viewport, (layout.text_at + QPointF(400, 8 + top)).toPoint())
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=(layout.text_at + QPointF(400, 8 + top)).toPoint())
    timeline.copy()
    assert QGuiApplication.clipboard().text() == "hi all"


def test_menus_offer_what_may_be_done(screen: DesktopScreen) -> None:
    """An operator may more than a member."""
    actions = screen.window.message_actions

    def texts(msgid: str) -> list[str]:
        menu = actions.menu(screen.network, screen.buffer, entry_of(screen, msgid))
        return [action.text() for action in menu.actions() if action.text()]

    assert {"Reply", "React", "Copy text", "Delete", "Kick", "Make operator", "Take voice"} <= set(texts("m2"))
    screen.server.send(":bia!b@h MODE #geral -o ana")
    assert "Kick" not in texts("m2")
    assert "Delete" not in texts("m2")


def test_another_nick_is_asked_for_and_taken(tmp_path: Path) -> None:
    """In the window, on the same connection."""
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("irc://papo.test", nick="ana", rooms=[ROOM])
        screen.server.accept()
        screen.server.send(":s CAP * LS :", ":s 433 * ana :Nickname is already in use")
        asked = screen.window.findChild(NickPrompt)
        assert asked is not None
        asked.field.setText("ana2")
        screen.click("Connect")
        assert screen.server.lines[-1] == "NICK ana2"
        screen.server.send(":s 001 ana2 :Welcome", ":s 005 ana2 NETWORK=Papo :are", ":s 422 ana2 :-")
        assert screen.network.status == "online"
        assert screen.networks.settings.server("irc://papo.test:6667").nick == "ana2"


def test_a_wrong_password_is_asked_for_again(tmp_path: Path) -> None:
    """And tried on the same connection."""
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("ircs://papo.test", nick="ana", account="ana", password="wrong")
        screen.server.accept()
        screen.server.send(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +", ":s 904 ana :failed")
        asked = screen.window.findChild(AccountPrompt)
        assert asked is not None
        asked.password.setText("right")
        screen.click("Sign in")
        assert screen.server.lines[-1] == "AUTHENTICATE PLAIN"


def test_a_certificate_is_shown_and_trusted(tmp_path: Path) -> None:
    """Trusted once, then connected again."""
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("ircs://papo.test", nick="ana")
        screen.network.distrusted("ab" * 32)
        screen.network.lost("The server's certificate is not known.", 0)
        asked = screen.window.findChild(CertificatePrompt)
        assert asked is not None
        screen.click("Trust it")
        wait_until(lambda: screen.network.status == "connecting")
        assert screen.networks.pinned(screen.network) == "ab" * 32


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
    assert entry_of(screen, "m7").mention


@pytest.mark.parametrize("language", ["en_GB.UTF-8", "pt_BR.UTF-8"])
@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_every_part_can_be_drawn(tmp_path: Path, language: str, appearance: str) -> None:
    """Both languages, both appearances, three widths, and the dialogs."""
    choose({"LANG": language})
    kept = settings.read(tmp_path)
    kept.appearance = "dark" if appearance == "dark" else "light"
    settings.write(tmp_path, kept)
    with desktop_screen(tmp_path) as screen:
        screen.connect(past=PAST)
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
        for name in ("help", "settings", "servers", "rooms", "person"):
            screen.window.frontend.dialog(name, "bia")
            dialog = screen.window.frontend.opened
            assert dialog is not None
            assert dialog.grab().toImage().format() != QImage.Format.Format_Invalid
        screen.window.frontend.open_palette()
        for each in screen.window.findChildren(ConnectDialog):
            each.close()
        ground = "#15191b" if appearance == "dark" else "#ffffff"
        assert theme.current().colours.ground == ground


def test_several_servers_at_once_and_leaving_one(screen: DesktopScreen) -> None:
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


def test_without_a_connection_it_says_how_long(screen: DesktopScreen) -> None:
    """And keeps what is said."""
    screen.network.lost("The server closed the connection.", 2**41)
    screen.redraw()
    assert screen.window.banner.isVisible()
    assert "Trying again in" in screen.window.banner.text.text()
    screen.type("later")
    assert "Waiting for the connection" in screen.rows()[-1]


def test_no_place_for_files_is_said(screen: DesktopScreen, tmp_path: Path) -> None:
    """In a sentence beneath which one wrote."""
    (tmp_path / "a.txt").write_text("a")
    screen.type(f"/upload {tmp_path / 'a.txt'}")
    assert "does not take files" in screen.window.composer.error.text()


def test_the_door_says_what_is_wrong_and_goes_to_a_classroom(tmp_path: Path) -> None:
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
