"""A nick has one owner, whatever happens at the same time (F32)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from papo.server.delivery.local_node import LocalNickRegistry

NICKS = st.sampled_from([("ana",), ("bia",), ("ana", "ava"), ("ava", "bia")])
STEPS = st.lists(st.tuples(st.booleans(), NICKS, st.sampled_from("123")), max_size=60)


@given(steps=STEPS)
def test_a_nick_never_has_two_owners(steps: list[tuple[bool, tuple[str, ...], str]]) -> None:
    """Who is told that they have it has all of its keys until they free it; nobody else frees it."""
    registry = LocalNickRegistry()
    owners: dict[str, str] = {}
    for claims, nick, uid in steps:
        if claims:
            free = all(owners.get(key, uid) == uid for key in nick)
            assert registry.claim(nick, uid) is free
            owners.update(dict.fromkeys(nick, uid) if free else {})
        else:
            registry.release(nick, uid)
            owners = {key: owner for key, owner in owners.items() if key not in nick or owner != uid}
