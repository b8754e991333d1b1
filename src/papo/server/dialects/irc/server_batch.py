"""Lines from the server as one batch (IRCv3 batch)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.dialects.irc import caps
from papo.server.dialects.irc.labeled_response import nested

if TYPE_CHECKING:
    from papo.server.dialects.irc.replies import Replies


def send_batch(session: Replies, kind: str, lines: list[str]) -> None:
    """Send the lines as a batch, or one by one to a client without the capability."""
    for line in batched(session, kind, lines):
        session.send(line)


def batched(session: Replies, kind: str, lines: list[str]) -> list[str]:
    """The lines as a batch, or as they are for a client without the capability."""
    if not session.bits & caps.BATCH:
        return lines
    reference = session.chat.ids.uid()
    server = session.chat.config.server.name
    return [
        f":{server} BATCH +{reference} {kind}",
        *(nested(line, reference) for line in lines),
        f":{server} BATCH -{reference}",
    ]
