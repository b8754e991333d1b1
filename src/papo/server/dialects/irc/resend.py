"""A message that is sent again with the same nonce is answered with the first one's echo (papo.chat/nonce).

See docs/decisions/0025-nonces.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.labeled_response import LabeledResponse
from papo.server.world.errors import Code, Refused
from papo.server.world.names import fold
from papo.server.world.nonce import Nonce, nonce_of

if TYPE_CHECKING:
    from papo.server.dialects.irc.replies import Replies

NONCE = "papo.chat/nonce"
_TOKEN = re.compile(r"[A-Za-z0-9_.-]{12,64}")
DELETED = N_("Your message was sent, and has been deleted since")


def checked(token: str, target: str) -> str:
    """The token, or "" if there is none. Raises Refused if a nonce cannot look like that."""
    if token and not _TOKEN.fullmatch(token):
        raise Refused(Code.NONCE_INVALID, target)
    return token


def nonce_of_request(  # noqa: PLR0917 -- what a message has
    session: Replies, token: str, verb: str, target: str, text: str, tags: dict[str, str]
) -> Nonce:
    """The nonce of a message that a client sends; its labeled response has it too."""
    if isinstance(session.context, LabeledResponse):
        session.context.add_tag(NONCE, token)
    words = [word for tag in sorted(tags.items()) for word in tag]
    return nonce_of(token, session.me.account_id, verb, fold(target), text, *words)


async def answer(session: Replies, verb: str, target: str, nonce: Nonce, send: Callable[[], None]) -> None:
    """Answer as the first time, if there was one; otherwise call `send`. Raises Refused.

    The message may wait for its commit at this moment, and may be refused: only the store knows.
    """
    chat = session.chat
    async with chat.nonces.lock(nonce.key):
        await chat.journal.flush()
        found = await chat.store.find_nonce(nonce.key)
        if session.ended:
            return  # the client sends it once more, over its next connection
        if found is None:
            send()
            return
    if found.nonce.content_hash != nonce.content_hash or found.nonce.by not in {"", nonce.by}:
        raise Refused(Code.NONCE_REUSED, target)
    if found.event is None:
        session.standard("NOTE", verb, "MESSAGE_DELETED", target, session.translate(DELETED))
    elif session.bits & caps.ECHO_MESSAGE:
        for line in session.format.lines(found.event):
            session.send(line)
