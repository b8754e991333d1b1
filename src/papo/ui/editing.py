"""Editing a message of one's own."""

from __future__ import annotations

from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.i18n import _

RECENT = 200
"""An older message than so many lines ago is not the one that the user means by the arrow up."""


def last_editable(network: Network, buffer: Buffer) -> BufferLine | None:
    """The user's newest message that can be edited."""
    recent = reversed(buffer.lines[-RECENT:])
    return next((each for each in recent if each.kind == "say" and send.can_edit(network, each)), None)


def edit_problem(text: str) -> str:
    """Why a text cannot take the place of a message; "" if it can."""
    # EDIT is one line of IRC: what has several lines would be glued together.
    return _("An edited message has one line. Delete it and write it again.") if "\n" in text else ""
