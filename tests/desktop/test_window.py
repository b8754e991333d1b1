"""The window with a server made of lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from glass import ROOM, Glass, glass, message, settle
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest

from papo.client import settings
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.state.message import BufferLine
from papo.desktop.actions import Deletion
from papo.desktop.composer.emoji_picker import Picker
from papo.desktop.dialogs.connect_dialog import ConnectDialog
from papo.desktop.dialogs.help import Help
from papo.desktop.dialogs.lists import Chooser
from papo.desktop.dialogs.preferences import Preferences
from papo.desktop.dialogs.prompts import CertificateQuestion, NickQuestion, PasswordQuestion
from papo.desktop.dialogs.user_card import Identity
from papo.desktop.theme import theme
from papo.i18n import choose

PAST = (message("bia", "good morning", "m1"), message("caio", "hi **all**", "m2", minute=1))


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Glass]:
    """A window in a room with a little past."""
    with glass(tmp_path) as made:
        made.comes_in(past=PAST)
        yield made


def entry_of(seen: Glass, msgid: str) -> BufferLine:
    """A message that is here."""
    found = seen.room.find(msgid)
    assert found is not None
    return found


def test_what_was_said_is_there(seen: Glass) -> None:
    """In the list, the timeline, the header and the list of people."""
    assert seen.tree() == ["Papo, guest", ROOM]
    assert [row.rpartition(",")[0] for row in seen.rows()[-2:]] == ["bia: good morning", "caio: hi **all**"]
    assert seen.window.header.name.text() == ROOM
    names = [each if isinstance(each, str) else each.nick for each in seen.window.members.model.shown]
    assert names == ["Operators  1", "ana", "Members  2", "caio", "bia"]


def test_a_message_goes_out_and_its_copy_takes_its_place(seen: Glass) -> None:
    """It waits until the server has stored it, and stands there once."""
    seen.type("hello")
    assert seen.room.lines[-1].pending
    assert seen.rows()[-1].startswith("ana: hello")
    seen.stored("hello", "m3")
    assert [row for row in seen.rows() if "hello" in row] == [seen.rows()[-1]]
    assert not entry_of(seen, "m3").pending
    assert seen.window.composer.text.toPlainText() == ""


def test_a_refused_message_can_be_tried_again_or_discarded(seen: Glass) -> None:
    """With a reason, and a button for either."""
    seen.type("secret")
    seen.says(f"@label={seen.label_of('PRIVMSG')} :s 404 ana {ROOM} :Cannot send")
    assert "Not sent: Cannot send" in seen.rows()[-1]
    failed = seen.room.lines[-1]
    drawn = seen.window.timeline.visible[-1][2]
    assert {spot.act for spot in drawn.spots} >= {"retry", "give up"}
    before = len(seen.sent)
    seen.window.deeds.press(next(spot for spot in drawn.spots if spot.act == "retry"), failed)
    assert "PRIVMSG" in seen.sent[before]
    seen.window.deeds.ask("give up", failed)
    seen.redraw()
    assert "secret" not in "".join(seen.rows())


def test_answering_reacting_editing_and_deleting(seen: Glass) -> None:
    """By keyboard and dialogs, to the lines that go out and back."""
    window = seen.window
    timeline = window.timeline
    timeline.setCurrentIndex(timeline.rows.index(timeline.rows.find(entry_of(seen, "m2"))))
    QTest.keyClick(timeline, Qt.Key.Key_Return)
    assert window.composer.above.isVisible()
    seen.type("yes")
    assert "+draft/reply=m2" in seen.last("PRIVMSG")
    assert not window.composer.above.isVisible()
    seen.stored("yes", "m3", tags="+draft/reply=m2")
    seen.window.deeds.ask("react", entry_of(seen, "m2"))
    picker = window.deeds.opened
    assert isinstance(picker, Picker)
    picker.field.setText("party")
    picker.field.returnPressed.emit()
    assert "+draft/react=🎉" in seen.last("TAGMSG")
    seen.says("@+draft/react=🎉;+draft/reply=m2 :bia!b@h TAGMSG #geral")
    assert "🎉: 1 person, bia" in next(row for row in seen.rows() if "hi **all**" in row)
    seen.press(Qt.Key.Key_Up)
    assert window.composer.text.toPlainText() == "yes"
    assert window.composer.editing is entry_of(seen, "m3")
    seen.type("!")
    assert seen.last("EDIT").endswith("EDIT #geral m3 yes!")
    seen.says(":ana!ana@h EDIT #geral m3 :yes!")
    assert "yes! (edited)" in seen.rows()[-1]
    window.deeds.ask("delete", entry_of(seen, "m3"))
    asked = window.deeds.opened
    assert isinstance(asked, Deletion)
    asked.delete.click()
    assert seen.last("REDACT").endswith("REDACT #geral m3")
    seen.says(":ana!ana@h REDACT #geral m3")
    assert "This message was deleted." in seen.rows()[-1]


def test_a_chip_toggles_and_a_quotation_jumps(seen: Glass) -> None:
    """What is painted can be pressed."""
    seen.says("@+draft/react=👍;+draft/reply=m2 :bia!b@h TAGMSG #geral")
    seen.said("bia", "indeed", "m3", minute=2, tags="+draft/reply=m1")
    timeline = seen.window.timeline
    spots = {spot.act: (top, spot) for _at, top, drawn in timeline.visible for spot in drawn.spots}
    for act in ("react", "jump"):
        top, spot = spots[act]
        QTest.mouseClick(
            timeline.viewport(), Qt.MouseButton.LeftButton, pos=(spot.area.center() + QPointF(0, top)).toPoint()
        )
    assert "+draft/react=👍" in seen.last("TAGMSG")
    assert timeline.rows.entry_at(timeline.currentIndex().row()) is entry_of(seen, "m1")


def test_completion_by_popup_and_tab(seen: Glass) -> None:
    """Names by @, bare words by Tab, commands; with an emoji before the caret."""
    composer = seen.window.composer
    seen.type("@b", enter=False)
    assert composer.options.isVisible()
    seen.press(Qt.Key.Key_Return)
    assert composer.text.toPlainText() == "bia: "
    composer.text.clear()
    seen.type("see 👍 ca", enter=False)
    seen.press(Qt.Key.Key_Tab)
    assert composer.text.toPlainText() == "see 👍 caio "
    composer.text.clear()
    seen.type("/to", enter=False)
    seen.press(Qt.Key.Key_Tab)
    assert composer.text.toPlainText() == "/topic "
    seen.press(Qt.Key.Key_Escape)


def test_commands(seen: Glass) -> None:
    """Those that send, those that are wrong, and those that open something."""
    seen.type("/topic New")
    assert seen.last("TOPIC") == "TOPIC #geral New"
    seen.type("/nothing")
    assert "no command /nothing" in seen.window.composer.wrong.text()
    assert seen.window.composer.text.toPlainText() == "/nothing"
    seen.window.composer.text.clear()
    seen.type("/help")
    assert isinstance(seen.window.deeds.opened, Help)
    seen.type("/list")
    seen.says(":s 322 ana #redes 12 :Sockets", ":s 322 ana #geral 3 :")
    rooms = seen.window.deeds.opened
    assert isinstance(rooms, Chooser)
    settle(lambda: rooms._shown)
    assert [each.label for each in rooms._shown] == ["#redes", "#geral"]
    rooms.field.setText("sock")
    rooms.field.returnPressed.emit()
    assert seen.last("JOIN") == "JOIN #redes"
    seen.type("/whois bia")
    assert isinstance(seen.window.deeds.opened, Identity)
    seen.answer("WHOIS", ":s 311 ana bia b host * :Beatriz", kind="labeled-response")
    seen.type("/query bia")
    assert seen.window.here()[1] is seen.network.buffer("bia")


def test_unread_and_mentions_elsewhere(seen: Glass) -> None:
    """Numbers where nobody looks; none once somebody has looked, or where it is muted."""
    seen.says(":ana!ana@h JOIN #outro")
    seen.answer("CHATHISTORY")
    seen.window.show_buffer(seen.network, seen.room)
    assert seen.window.composer.hasFocus() or seen.window.composer.text.hasFocus()
    seen.said("bia", "one", "o1", minute=3, room="#outro")
    seen.said("bia", "ana: two", "o2", minute=4, room="#outro")
    assert seen.tree()[-1] == "#outro, 1 mention"
    assert seen.window.windowTitle().startswith("(1)")
    assert any("ana: two" in text for text in seen.window.notes.texts())
    QTest.keyClick(seen.window, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier)
    outro = seen.network.buffer("#outro")
    assert seen.window.here()[1] is outro
    settle(lambda: outro is not None and not outro.unread)
    assert seen.last("MARKREAD").startswith("MARKREAD #outro timestamp=2026-11-20T10:04")
    seen.window.desk.mute(seen.network, seen.room)
    seen.said("bia", "three", "m9", minute=5)
    assert seen.tree()[1] == "#geral, muted"


def test_the_draft_stays_with_its_conversation(seen: Glass) -> None:
    """It is there again after a look elsewhere."""
    seen.type("half a thou", enter=False)
    seen.window.show_buffer(seen.network, seen.network.server)
    assert seen.window.composer.text.toPlainText() == ""
    seen.window.show_buffer(seen.network, seen.room)
    assert seen.window.composer.text.toPlainText() == "half a thou"


def test_search_and_jump(seen: Glass) -> None:
    """A hit leads to where it was said, and a button leads back."""
    seen.window.search("sockets")
    assert seen.last("SEARCH").endswith("text=sockets;limit=50")
    seen.answer("SEARCH", message("bia", "about sockets", "x5"), kind="search")
    finder = seen.window.finder
    assert finder.list.count() == 1
    finder.list.itemActivated.emit(finder.list.item(0))
    assert "CHATHISTORY AROUND #geral msgid=x5" in seen.last("CHATHISTORY")
    page = [message("bia", f"old {n}", f"y{n}", minute=n) for n in range(30)]
    page[15] = message("bia", "about sockets", "x5", minute=15)
    seen.answer("CHATHISTORY", *page)
    timeline = seen.window.timeline
    assert timeline.rows.entry_at(timeline.currentIndex().row()) is entry_of(seen, "x5")
    assert seen.room.has_newer
    assert seen.window.to_now.isVisible()
    seen.press(Qt.Key.Key_Escape)
    assert not finder.isVisible()
    seen.room.loading = ""
    seen.window.to_now.click()
    assert "CHATHISTORY LATEST #geral *" in seen.last("CHATHISTORY")


def test_older_messages_come_when_one_scrolls_up_and_move_nothing(tmp_path: Path) -> None:
    """A page of the past comes in above; what is looked at stays."""
    with glass(tmp_path) as seen:
        seen.comes_in(past=tuple(message("bia", f"line {n}", f"m{n}", minute=n % 60) for n in range(100)))
        timeline = seen.window.timeline
        timeline.setFocus()
        for _ in range(12):
            timeline.verticalScrollBar().setValue(timeline.verticalScrollBar().value() - timeline.viewport().height())
        assert "CHATHISTORY BEFORE #geral msgid=m0" in seen.last("CHATHISTORY")
        first = next((drawn.row.entry, top) for _at, top, drawn in timeline.visible if drawn.row.entry is not None)
        seen.answer("CHATHISTORY", *(message("bia", f"older {n}", f"o{n}", minute=n % 60) for n in range(100)))
        assert seen.room.lines[0].text == "older 0"
        assert first in [(drawn.row.entry, top) for _at, top, drawn in timeline.visible]
        assert not timeline.stuck


def test_a_hundred_thousand_entries_scroll(seen: Glass) -> None:
    """Only what is seen is laid out: far fewer drawings than rows."""
    room = seen.room
    room.replace(
        [
            BufferLine(nick="bia", text=f"line {n}", at_ms=1_795_000_000_000 + n * 1_000, id=f"n{n}")
            for n in range(100_000)
        ]
    )
    seen.redraw()
    timeline = seen.window.timeline
    bar = timeline.verticalScrollBar()
    assert timeline.rows.rowCount() >= 100_000
    for value in (bar.maximum() // 2, bar.maximum() // 3, 0, bar.maximum()):
        bar.setValue(value)
        timeline.grab()
    assert timeline.is_at_end()
    assert len(timeline._drawn) <= 400
    seen.said("caio", "one more", "z", minute=9)
    assert "one more" in timeline.rows.index(timeline.rows.rowCount() - 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert timeline.is_at_end()


def test_walking_through_messages_by_keyboard(seen: Glass) -> None:
    """Arrows, Home, End, copying; any other letter begins a message."""
    timeline = seen.window.timeline
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    assert timeline.rows.entry_at(timeline.currentIndex().row()) is entry_of(seen, "m2")
    QTest.keyClick(timeline, Qt.Key.Key_Up)
    assert timeline.rows.entry_at(timeline.currentIndex().row()) is entry_of(seen, "m1")
    QTest.keyClick(timeline, Qt.Key.Key_Home)
    QTest.keyClick(timeline, Qt.Key.Key_End)
    assert timeline.rows.entry_at(timeline.currentIndex().row()) is entry_of(seen, "m2")
    timeline.copy()
    assert QGuiApplication.clipboard().text() == "hi **all**"
    QTest.keyClicks(timeline, "w")
    assert seen.window.composer.text.toPlainText() == "w"


def test_text_of_a_message_can_be_marked(seen: Glass) -> None:
    """With the pointer, and copied without its markup."""
    timeline = seen.window.timeline
    _at, top, drawn = timeline.visible[-1]
    assert drawn.rich is not None
    left = (drawn.rich_at + QPointF(1, 8 + top)).toPoint()
    viewport = timeline.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=left)
    QTest.mouseMove(viewport, (drawn.rich_at + QPointF(400, 8 + top)).toPoint())
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=(drawn.rich_at + QPointF(400, 8 + top)).toPoint())
    timeline.copy()
    assert QGuiApplication.clipboard().text() == "hi all"


def test_menus_offer_what_may_be_done(seen: Glass) -> None:
    """An operator may more than a member."""
    deeds = seen.window.deeds

    def texts(msgid: str) -> list[str]:
        menu = deeds.menu_of(seen.network, seen.room, entry_of(seen, msgid))
        return [action.text() for action in menu.actions() if action.text()]

    assert {"Reply", "React", "Copy text", "Delete", "Put out", "Make operator", "Take voice"} <= set(texts("m2"))
    seen.says(":bia!b@h MODE #geral -o ana")
    assert "Put out" not in texts("m2")
    assert "Delete" not in texts("m2")


def test_another_nick_is_asked_for_and_taken(tmp_path: Path) -> None:
    """In the window, on the same connection."""
    with glass(tmp_path) as seen:
        seen.desk.go("irc://papo.test", nick="ana", rooms=[ROOM])
        seen.network.opened(seen.sent.append)
        seen.says(":s CAP * LS :", ":s 433 * ana :Nickname is already in use")
        asked = next(iter(seen.window._questions.values()))
        assert isinstance(asked, NickQuestion)
        asked.field.setText("ana2")
        asked._take()
        assert seen.sent[-1] == "NICK ana2"
        seen.says(":s 001 ana2 :Welcome", ":s 005 ana2 NETWORK=Papo :are", ":s 422 ana2 :-")
        assert seen.network.status == "online"
        assert seen.desk.settings.server("irc://papo.test:6667").nick == "ana2"


def test_a_wrong_password_is_asked_for_again(tmp_path: Path) -> None:
    """And tried on the same connection."""
    with glass(tmp_path) as seen:
        seen.desk.go("ircs://papo.test", nick="ana", account="ana", password="wrong")
        seen.network.opened(seen.sent.append)
        seen.says(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +", ":s 904 ana :failed")
        asked = next(iter(seen.window._questions.values()))
        assert isinstance(asked, PasswordQuestion)
        asked.password.setText("right")
        asked._take()
        assert seen.sent[-1] == "AUTHENTICATE PLAIN"


def test_a_certificate_is_shown_and_trusted(tmp_path: Path) -> None:
    """Trusted once, then connected again."""
    with glass(tmp_path) as seen:
        seen.desk.go("ircs://papo.test", nick="ana")
        seen.network.distrusted("ab" * 32)
        seen.network.lost("The server's certificate is not known.", 0)
        asked = next(iter(seen.window._questions.values()))
        assert isinstance(asked, CertificateQuestion)
        asked._trust()
        settle(lambda: seen.network.status == "connecting")
        assert seen.desk.pinned(seen.network) == "ab" * 32


def test_settings_take_effect_and_are_kept(seen: Glass) -> None:
    """At once, and in the file."""
    seen.says(":dora!d@h JOIN #geral")
    assert any("dora came in" in row for row in seen.rows())
    seen.window.deeds.dialog("settings", "")
    chosen = seen.window.deeds.opened
    assert isinstance(chosen, Preferences)
    chosen.joins.setChecked(False)
    chosen.keywords.setText("sockets, exam")
    chosen.keywords.editingFinished.emit()
    chosen.appearance.setCurrentIndex(2)
    chosen.points.setCurrentIndex(chosen.points.findData(16))
    chosen.close()
    seen.redraw()
    assert not any("dora" in row for row in seen.rows())
    assert theme.now().colours.is_dark
    assert theme.now().text.pointSizeF() == 16
    kept = settings.read(seen.desk.folder)
    assert (kept.keywords, kept.appearance, kept.font_size, kept.shows_joins) == (
        ["sockets", "exam"],
        "dark",
        16,
        False,
    )
    seen.said("bia", "the exam is on Friday", "m7", minute=7)
    assert entry_of(seen, "m7").mention


@pytest.mark.parametrize("language", ["en_GB.UTF-8", "pt_BR.UTF-8"])
@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_every_part_can_be_drawn(tmp_path: Path, language: str, appearance: str) -> None:
    """Both languages, both appearances, three widths, and the dialogs."""
    choose({"LANG": language})
    kept = settings.read(tmp_path)
    kept.appearance = "dark" if appearance == "dark" else "light"
    settings.write(tmp_path, kept)
    with glass(tmp_path) as seen:
        seen.comes_in(past=PAST)
        seen.says("@+draft/react=👍;+draft/reply=m2 :bia!b@h TAGMSG #geral", ":bia!b@h TOPIC #geral :Sockets")
        seen.said("bia", "> so?\x1f", "m3", minute=3, tags="+draft/reply=m2")
        seen.said("bia", "\x01ACTION waves\x01", "m4", minute=4)
        seen.said("caio", "\x02bold\x02 \x0304red\x03 https://papo.test #redes `code` ana", "m5", minute=5)
        seen.room.append(
            BufferLine(nick="bia", text="```python\nprint(1)\n```\n> said\n\n1. *one*", at_ms=1, id="m6"), visible=True
        )
        seen.type("waits")
        for width in (400, 700, 1100):
            seen.window.resize(width, 600)
            seen.redraw()
            picture = seen.window.grab().toImage()
            colours = {QColor(picture.pixel(x, y)).name() for x in range(0, width, 3) for y in range(0, 600, 7)}
            assert len(colours) > 8
        for name in ("help", "settings", "servers", "rooms", "person"):
            seen.window.deeds.dialog(name, "bia")
            dialog = seen.window.deeds.opened
            assert dialog is not None
            assert dialog.grab().toImage().format() != QImage.Format.Format_Invalid
        seen.window.deeds.palette()
        for each in seen.window.findChildren(ConnectDialog):
            each.close()
        ground = "#15191b" if appearance == "dark" else "#ffffff"
        assert theme.now().colours.ground == ground


def test_several_servers_at_once_and_leaving_one(seen: Glass) -> None:
    """What is left is shown; without any, the way to one."""
    seen.window.deeds.connect("irc://other.test/#sala")
    assert [each.address.host for each in seen.desk.networks] == ["papo.test", "other.test"]
    assert seen.tree()[-1] == "other.test, Connecting…"
    assert seen.window.banner.isVisible()
    seen.type("/quit")
    assert seen.window.here()[0] is seen.network
    assert not seen.desk.settings.server("irc://other.test:6667").connects
    seen.desk.leave(seen.network)
    seen.redraw()
    assert seen.window.main.currentIndex() == 1


def test_without_a_connection_it_says_how_long(seen: Glass) -> None:
    """And keeps what is said."""
    seen.network.lost("The server closed the connection.", 2**41)
    seen.redraw()
    assert seen.window.banner.isVisible()
    assert "Next try in" in seen.window.banner.words.text()
    seen.type("later")
    assert "Waiting for the connection" in seen.rows()[-1]


def test_no_place_for_files_is_said(seen: Glass, tmp_path: Path) -> None:
    """In a sentence beneath which one wrote."""
    (tmp_path / "a.txt").write_text("a")
    seen.type(f"/upload {tmp_path / 'a.txt'}")
    assert "takes no files" in seen.window.composer.wrong.text()


def test_the_door_says_what_is_wrong_and_goes_to_a_classroom(tmp_path: Path) -> None:
    """With the usual port of its dialect."""
    with glass(tmp_path) as seen:
        seen.window.deeds.open_door()
        door = seen.window.deeds.opened
        assert isinstance(door, ConnectDialog)
        door.nick.setText("an")
        door.tabs.setCurrentIndex(1)
        door.dialect.setCurrentRow(4)
        assert door.port.text() == "12346"
        door.connect_now()
        assert "3 to 10" in door.wrong.text()
        door.nick.setText("ana")
        door.connect_now()
        assert isinstance(seen.network, ClassroomNetwork)
        assert str(seen.network.address) == "handshake://localhost:12346"
