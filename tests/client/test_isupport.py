"""What a server supports."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from papo.client.session.isupport import Support


def test_what_a_server_supports() -> None:
    support = Support()
    support.update(
        ["PREFIX=(ohv)@%", "CHANTYPES=#", "CASEMAPPING=rfc1459-strict", "LINELEN=2048", "X", "-X", "NICKLEN=x"]
    )
    assert (support.prefix_modes, support.prefixes) == ("oh", "@%")
    assert support.split_prefix("@%ana") == ("@%", "ana")
    assert (support.number("LINELEN", 512), support.number("NICKLEN", 9), support.number("NO", 3)) == (2048, 9, 3)
    assert "X" not in support.tokens
    assert support.fold("A[~]") == "a{~}"
    assert (support.rank("%"), support.rank("@"), support.rank(""), support.rank_of("q")) == (1, 2, 0, 99)
    support.update(["CASEMAPPING=ascii"])
    assert support.fold("A[~]") == "a[~]", "what was folded before is folded again"
    assert not support.is_channel("")


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=10), st.lists(st.text(max_size=5), max_size=4))
def test_no_token_breaks_it(words: list[str], name: str, modes: list[str]) -> None:
    support = Support()
    support.update(words)
    support.update([f"{key}={word}" for key in ("PREFIX", "CHANMODES", "CHANTYPES", "LINELEN") for word in words])
    support.fold(name)
    support.split_prefix(name)
    support.rank(name)
    support.number("LINELEN")
    assert len(list(support.mode_changes(modes))) <= len(modes[0] if modes else "")
    assert len(support.prefixes) == len(support.prefix_modes)
