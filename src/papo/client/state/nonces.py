"""Which messages can be sent again without being said twice: the server recognises them (papo.chat/nonce).

See docs/decisions/0025-nonces.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from papo.client.session.answers import NONCE
from papo.client.state.message import now_ms

if TYPE_CHECKING:
    from papo.client.state.network import Network
    from papo.client.state.outbox import OutboxMessage

_DURATION = re.compile(r"(?:^|,)duration=([0-9]{1,9})(?:,|$)")


def kept_ms(network: Network, target: str) -> int:
    """How long the server recognises a message to this target; 0 if it does not.

    Commands to services are not stored, so there is nothing to recognise them by.
    """
    if not network.has(NONCE) or not network.has("message-tags") or target.lower().endswith("serv"):
        return 0
    found = _DURATION.search(network.session.offered.get(NONCE, ""))
    return int(found[1]) * 1000 if found else 0


def is_recognised(network: Network, item: OutboxMessage) -> bool:
    """Whether the server will know that a message which was sent before is the same."""
    return 0 <= now_ms() - item.sent_at_ms < kept_ms(network, item.target)
