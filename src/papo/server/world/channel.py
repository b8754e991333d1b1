"""One channel: its members, modes, lists and topic."""

from __future__ import annotations

from papo.server.world.modes import LIST_MODES, PRIVATE_MODES, rank_of


class Channel:
    """Changed by `World.apply` alone."""

    __slots__ = (
        "created_at_ms", "founder", "hidden", "history_scope", "invited", "key", "lists", "members", "metadata",
        "modes", "name", "topic", "topic_at_ms", "topic_by",
    )  # fmt: skip

    def __init__(self, key: str, name: str, created_at_ms: int) -> None:
        self.key = key
        self.name = name
        self.created_at_ms = created_at_ms
        self.members: dict[str, str] = {}
        """uid to prefix modes, highest first, in order of joining."""
        self.hidden: frozenset[str] = frozenset()
        """uids of members who joined unseen (mode D) and have not spoken."""
        self.modes: dict[str, str | None] = {}
        """Letter to parameter; None for flags."""
        self.lists: dict[str, dict[str, tuple[str, int]]] = {letter: {} for letter in LIST_MODES}
        """Letter to mask to (who set it, when in ms)."""
        self.invited: frozenset[str] = frozenset()
        """uids of users whom an operator invited: they may join once, whatever modes and bans say, but mode z."""
        self.topic = ""
        self.topic_by = ""
        self.topic_at_ms = 0
        self.history_scope = 0
        """0 while anyone may join, else `created_at_ms` (see `events.MessageSent.history_scope`)."""

        self.founder = ""
        """Account id of the owner; "" if the channel is not registered."""
        self.metadata: dict[str, str] = {}

    @property
    def stays(self) -> bool:
        """Whether it outlives its last member."""
        return bool(self.founder) or "P" in self.modes

    def rank(self, uid: str) -> int:
        """The member's rank (`modes.RANKS`); 0 for a plain member and for anyone else."""
        return rank_of(self.members.get(uid, ""))

    @property
    def history_scope_of_modes(self) -> int:
        """What `history_scope` has to be with these modes."""
        return 0 if PRIVATE_MODES.isdisjoint(self.modes) else self.created_at_ms
