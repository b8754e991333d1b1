"""Editing, and drafts."""

from __future__ import annotations

from fake_server import CoreServer

from papo.ui.drafts import Draft, Drafts
from papo.ui.editing import edit_problem, last_editable


def test_the_last_editable_message_is_ones_own() -> None:
    """Stored by the server, not an action, not another user's."""
    server = CoreServer().connect()
    assert last_editable(server.network, server.buffer()) is None
    server.send(
        "@msgid=m1 :ana!a@h PRIVMSG #sala :mine", "@msgid=m2 :bia!b@h PRIVMSG #sala :hers",
        "@msgid=m3 :ana!a@h PRIVMSG #sala :\x01ACTION waves\x01",
    )  # fmt: skip
    assert last_editable(server.network, server.buffer()) is server.buffer().find("m1")


def test_an_edit_has_one_line() -> None:
    """The command of the protocol has no place for more."""
    assert edit_problem("one line") == ""
    assert "one line" in edit_problem("two\nlines")


def test_a_draft_belongs_to_its_conversation() -> None:
    """Taken once; there is always at least an empty one."""
    buffer = CoreServer().connect().buffer()
    drafts = Drafts()
    assert drafts.remove(buffer) == Draft()
    drafts.keep(buffer, "half a thought", None)
    drafts.keep(None, "nowhere", None)
    assert drafts.remove(buffer) == Draft("half a thought")
    assert drafts.remove(buffer) == Draft()
    assert drafts.remove(None) == Draft()
