"""Lines about the metadata of users and channels (IRCv3 metadata, under both of its names)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.dialects.irc import caps

if TYPE_CHECKING:
    from papo.server.dialects.irc.replies import Replies


def line(session: Replies, target: str, key: str, value: str | None) -> str:
    """A notification of a change: METADATA for draft/metadata-2, a numeric for draft/metadata-3."""
    server = session.chat.config.server.name
    if session.bits & caps.METADATA_3:
        return set_line(session, target, key, value)
    return f":{server} METADATA {target} {key} *" + (f" :{value}" if value is not None else "")


def set_line(session: Replies, target: str, key: str, value: str | None) -> str:
    """761, or 766 if the value is None."""
    server = session.chat.config.server.name
    if value is None:
        return f":{server} {n.RPL_KEYNOTSET} {session.nick} {target} {key} :key not set"
    return f":{server} {n.RPL_KEYVALUE} {session.nick} {target} {key} * :{value}"
