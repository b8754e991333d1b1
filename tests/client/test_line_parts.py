"""Any line from a server."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from papo.client.session.line_parts import read_line


@given(st.text())
def test_any_line_is_read(text: str) -> None:
    line = read_line(text)
    if line is not None:
        assert "\x1b" not in "".join([*line.params, line.source, line.command, *line.tags.values()])
