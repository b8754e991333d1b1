"""Messages in the window: sending, answering, reacting, editing, deleting."""

from __future__ import annotations

from desktop_screen import ROOM, DesktopScreen
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from papo.desktop.composer.emoji_picker import EmojiPicker
from papo.desktop.dialogs.delete_dialog import DeleteDialog


def test_a_message_is_replaced_by_the_servers_copy(screen: DesktopScreen) -> None:
    """It waits until the server has stored it, and is shown once."""
    screen.type("hello")
    assert screen.buffer.lines[-1].pending
    assert screen.rows()[-1].startswith("ana: hello")
    screen.server.echo("hello", "m3")
    assert [row for row in screen.rows() if "hello" in row] == [screen.rows()[-1]]
    assert not screen.line("m3").pending
    assert screen.window.composer.input.toPlainText() == ""


def test_a_refused_message_can_be_sent_again_or_discarded(screen: DesktopScreen) -> None:
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


def test_menus_offer_what_the_user_may_do(screen: DesktopScreen) -> None:
    """An operator may more than a member."""
    actions = screen.window.message_actions

    def texts(msgid: str) -> list[str]:
        menu = actions.menu(screen.network, screen.buffer, screen.line(msgid))
        return [action.text() for action in menu.actions() if action.text()]

    assert {"Reply", "React", "Copy text", "Delete", "Kick", "Make operator", "Take voice"} <= set(texts("m2"))
    screen.server.send(":bia!b@h MODE #geral -o ana")
    assert "Kick" not in texts("m2")
    assert "Delete" not in texts("m2")


def test_a_message_is_answered(screen: DesktopScreen) -> None:
    """By Enter on the message; the composer says which one."""
    timeline, composer = screen.window.timeline, screen.window.composer
    timeline.setCurrentIndex(timeline.row_model.index(timeline.row_model.find(screen.line("m2"))))
    QTest.keyClick(timeline, Qt.Key.Key_Return)
    assert composer.context.isVisible()
    screen.type("yes")
    assert "+draft/reply=m2" in screen.server.last("PRIVMSG")
    assert not composer.context.isVisible()


def test_a_reaction_is_chosen_by_name(screen: DesktopScreen) -> None:
    """And counted with those of others."""
    screen.window.message_actions.run("react", screen.line("m2"))
    emoji_picker = screen.window.frontend.opened
    assert isinstance(emoji_picker, EmojiPicker)
    emoji_picker.field.setText("party")
    emoji_picker.field.returnPressed.emit()
    assert "+draft/react=🎉" in screen.server.last("TAGMSG")
    screen.server.send("@+draft/react=🎉;+draft/reply=m2 :bia!b@h TAGMSG #geral")
    assert "🎉: 1 person, bia" in next(row for row in screen.rows() if "hi **all**" in row)


def test_the_last_message_is_edited(screen: DesktopScreen) -> None:
    """By the arrow up in an empty field."""
    screen.server.send_message("ana", "yes", "m3", minute=2)
    screen.press(Qt.Key.Key_Up)
    composer = screen.window.composer
    assert composer.input.toPlainText() == "yes"
    assert composer.editing is screen.line("m3")
    screen.type("!")
    assert screen.server.last("EDIT").endswith("EDIT #geral m3 yes!")
    screen.server.send(":ana!ana@h EDIT #geral m3 :yes!")
    assert "yes! (edited)" in screen.rows()[-1]


def test_deleting_asks_for_confirmation(screen: DesktopScreen) -> None:
    """It is for good."""
    screen.server.send_message("ana", "a secret", "m3", minute=2)
    screen.window.message_actions.run("delete", screen.line("m3"))
    asked = screen.window.frontend.opened
    assert isinstance(asked, DeleteDialog)
    asked.delete.click()
    assert screen.server.last("REDACT").endswith("REDACT #geral m3")
    screen.server.send(":ana!ana@h REDACT #geral m3")
    assert "This message was deleted." in screen.rows()[-1]
