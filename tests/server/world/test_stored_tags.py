"""Events keep the tags they are stored with, whatever their classes are called."""

from __future__ import annotations

import pytest

from papo.server.world import events

TAGS = {
    events.InviteNotified: "InviteSeen",
    events.JoinRevealed: "Revealed",
    events.MessageSent: "Said",
    events.RecordDeleted: "RecordDropped",
    events.RecordStored: "RecordKept",
    events.UserConnected: "Arrived",
    events.UserQuit: "Departed",
}


@pytest.mark.parametrize(("kind", "tag"), TAGS.items())
def test_a_renamed_event_keeps_its_tag(kind: type[events.Event], tag: str) -> None:
    """Logs of events and other nodes know it by this."""
    assert kind.__struct_config__.tag == tag
