"""The timeline of the window: what is shown, walking, selecting, scrolling."""

from __future__ import annotations

from pathlib import Path

from desktop_screen import ROOM, DesktopScreen, desktop_screen
from fake_server import privmsg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from papo.client.state.message import BufferLine


def test_a_conversation_is_shown_everywhere(screen: DesktopScreen) -> None:
    """In the list, the timeline, the header and the list of people."""
    assert screen.conversations() == ["Papo, guest", ROOM]
    assert [row.rpartition(",")[0] for row in screen.rows()[-2:]] == ["bia: good morning", "caio: hi **all**"]
    assert screen.window.header.name.text() == ROOM
    names = [each if isinstance(each, str) else each.nick for each in screen.window.members.model.shown]
    assert names == ["Operators  1", "ana", "Members  2", "caio", "bia"]


def test_a_reaction_and_a_quotation_can_be_clicked(screen: DesktopScreen) -> None:
    """As if they were buttons."""
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
    assert timeline.row_model.line_at(timeline.currentIndex().row()) is screen.line("m1")


def test_older_messages_are_loaded_without_moving_anything(tmp_path: Path) -> None:
    """A page of history is added above; what is on the screen stays."""
    with desktop_screen(tmp_path) as screen:
        screen.connect(history=tuple(privmsg("bia", f"line {n}", f"m{n}", minute=n % 60) for n in range(100)))
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


def test_of_a_hundred_thousand_lines_few_are_laid_out(screen: DesktopScreen) -> None:
    """Only rows on the screen and a few others."""
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


def test_the_keyboard_goes_from_message_to_message(screen: DesktopScreen) -> None:
    """Arrows, Home, End, copying; any other letter begins a message."""
    timeline = screen.window.timeline
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    assert timeline.row_model.line_at(timeline.currentIndex().row()) is screen.line("m2")
    QTest.keyClick(timeline, Qt.Key.Key_Up)
    assert timeline.row_model.line_at(timeline.currentIndex().row()) is screen.line("m1")
    QTest.keyClick(timeline, Qt.Key.Key_Home)
    QTest.keyClick(timeline, Qt.Key.Key_End)
    assert timeline.row_model.line_at(timeline.currentIndex().row()) is screen.line("m2")
    timeline.copy()
    assert QGuiApplication.clipboard().text() == "hi **all**"
    QTest.keyClicks(timeline, "w")
    assert screen.window.composer.input.toPlainText() == "w"


def test_text_of_a_message_can_be_selected(screen: DesktopScreen) -> None:
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
