"""Reactions, edits and redactions: how many are kept, and of what. What they do is in tests/protocol/vectors."""

from __future__ import annotations

from papo.client.state.changes import MAX_EDITS, MAX_EMOJI, MAX_NICKS, MAX_STRAY, Changes, Edit
from papo.client.state.message import BufferLine


def applied(changes: Changes, msgid: str) -> BufferLine:
    message = BufferLine(id=msgid, nick="bia", account="bia", text="erado")
    changes.apply(message)
    return message


def test_the_reactions_of_a_message_are_bounded() -> None:
    changes = Changes()
    for at in range(MAX_EMOJI + 20):
        changes.react("m1", f"e{at}", "bia", on=True, here=["m1"])
    for at in range(MAX_NICKS + 20):
        changes.react("m1", "e1", f"n{at}", on=True, here=["m1"])
    reactions = applied(changes, "m1").reactions
    assert reactions is not None
    assert (len(reactions), len(reactions["e1"]), reactions["e2"]) == (MAX_EMOJI, MAX_NICKS, ["bia"])


def test_the_changes_of_messages_that_are_not_here_are_bounded() -> None:
    changes = Changes()
    for at in range(MAX_STRAY * 3):
        changes.react(f"r{at}", "x", "bia", on=True, here=())
        changes.react(f"none{at}", "x", "bia", on=False, here=())
        changes.edit(f"e{at}", Edit("certo", is_checked=True), None, here=())
        changes.redact(f"d{at}", here=())
        assert len(changes) <= MAX_STRAY
    newest = MAX_STRAY * 3 - 1
    assert applied(changes, f"r{newest}").reactions == {"x": ["bia"]}
    assert (applied(changes, f"e{newest}").text, applied(changes, "e0").text) == ("certo", "erado")
    assert (applied(changes, f"d{newest}").redacted, applied(changes, "d0").redacted) == (True, False)


def test_the_edits_of_one_message_that_is_not_here_are_bounded() -> None:
    changes = Changes()
    changes.edit("m1", Edit("certo", account="bia"), None, here=())
    for _ in range(MAX_EDITS - 1):
        changes.edit("m1", Edit("mentira", account="caio"), None, here=())
    assert applied(changes, "m1").text == "certo"
    changes.edit("m1", Edit("mentira", account="caio"), None, here=())
    assert applied(changes, "m1").text == "erado"


def test_what_has_left_the_buffer_is_forgotten() -> None:
    changes = Changes()
    changes.redact("m1", here=["m1"])
    assert changes
    changes.forget("m1")
    assert not changes
    assert applied(changes, "m1").text == "erado"
