"""The ports of a single node to others: there are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from papo.server.world.events import AnyEvent


class LocalBus:
    """No other nodes."""

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """Do nothing."""


class LocalNickRegistry:
    """All nicks of the one node, in a dict."""

    def __init__(self) -> None:
        self._owner: dict[str, str] = {}

    def claim(self, keys: tuple[str, ...], uid: str) -> bool:
        """Answer at once."""
        if any(self._owner.get(key, uid) != uid for key in keys):
            return False
        self._owner.update(dict.fromkeys(keys, uid))
        return True

    def release(self, keys: tuple[str, ...], uid: str) -> None:
        """Free the nick."""
        for key in keys:
            if self._owner.get(key) == uid:
                del self._owner[key]
