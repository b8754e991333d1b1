"""The server's own password, which clients give with PASS before anything else."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from papo.server.actions import proofs
from papo.server.actions.proofs import Proof
from papo.server.auth.throttle import network_of

if TYPE_CHECKING:
    from papo.server.dialects.irc.pending_registration import PendingRegistration
    from papo.server.dialects.irc.replies import Replies


def is_needed(session: Replies, registration: PendingRegistration) -> bool:
    """Whether the server has a password that the client has not proved to know; who has an account needs none."""
    wanted = session.chat.config.server.password
    return bool(wanted) and registration.account is None and registration.proved_password != wanted


async def is_proved(session: Replies, registration: PendingRegistration) -> bool:
    """Whether the client has given the server's password, if it needs one. A guess: raises Refused after too many."""
    chat = session.chat
    if not is_needed(session, registration):
        return True
    if registration.password is None:
        return False
    given, wanted, address = registration.password, chat.config.server.password, session.link.address
    is_right = hmac.compare_digest(given.encode(), wanted.encode())
    place = (f"server {wanted}", network_of(address))
    if not (is_right and place in chat.throttle.proved_from):
        # Where somebody has given the right one, nobody waits with it behind the wrong ones of a neighbour.
        async with proofs.attempt(chat, Proof.SERVER_PASSWORD, whose="", address=address) as tried:
            tried.proved = is_right
    if is_right:
        registration.proved_password = wanted
        chat.throttle.proved_from.add(place)
    return is_right
