"""A nick has one owner, whatever happens at the same time (F32)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from papo.server.delivery.local_node import LocalNickRegistry

STEPS = st.lists(st.tuples(st.booleans(), st.sampled_from(["ana", "bia"]), st.sampled_from("123")), max_size=60)


@given(steps=STEPS)
def test_a_nick_never_has_two_owners(steps: list[tuple[bool, str, str]]) -> None:
    """Who is told that they have it has it until they free it; nobody else frees it."""
    registry = LocalNickRegistry()
    owners: dict[str, str] = {}
    for claims, nick, uid in steps:
        if claims:
            granted = registry.claim(nick, uid)
            assert granted is (owners.setdefault(nick, uid) == uid)
        else:
            registry.release(nick, uid)
            if owners.get(nick) == uid:
                del owners[nick]
