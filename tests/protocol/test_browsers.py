"""What a browser begins with, and what people begin with."""

from __future__ import annotations

import pytest

from papo.protocol.browsers import METHODS, is_browser


@pytest.mark.parametrize("method", sorted(METHODS))
def test_requests_and_tls_are_browsers(method: str) -> None:
    """Whatever the method, and however much of it has come."""
    assert is_browser(f"{method} / HTTP/1.1")
    assert is_browser(f"{method} /api")
    assert is_browser("\x16\x03\x01\x02\x00\x01")
    assert is_browser("PRI * HTTP/2.0")


@pytest.mark.parametrize(
    "text", ["", "ana", "POST", "POST it", "GET: oi", "post /", "POSTO / x", "/sair", "\x16", "NICK a"]
)
def test_people_are_not(text: str) -> None:
    """Nicks and messages."""
    assert not is_browser(text)
