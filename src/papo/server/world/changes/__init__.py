"""What each kind of event changes: the table behind `World.apply`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.server.world.changes import channels, network, restored, users

if TYPE_CHECKING:
    from papo.server.world.undo import FinalWrites
    from papo.server.world.world import World

CHANGES: dict[type, Callable[[World, Any, FinalWrites], None]] = {
    **users.CHANGES,
    **channels.CHANGES,
    **network.CHANGES,
    **restored.CHANGES,
}
"""The other events (notices, knocks) change nothing."""
