"""Lines from the server as one batch (IRCv3 batch)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.dialects.irc import caps
from papo.server.dialects.irc.labeled_response import nested

if TYPE_CHECKING:
    from papo.server.dialects.irc.replies import Replies


def send_batch(session: Replies, kind: str, lines: list[str]) -> None:
    """Send the lines as a batch, or one by one to a client without the capability."""
    if not session.bits & caps.BATCH:
        for line in lines:
            session.send(line)
        return
    reference = session.chat.ids.uid()
    server = session.chat.config.server.name
    session.send(f":{server} BATCH +{reference} {kind}")
    for line in lines:
        session.send(nested(line, reference))
    session.send(f":{server} BATCH -{reference}")
