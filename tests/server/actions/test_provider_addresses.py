"""Keys of identity providers come over https, or from this machine: nobody on the way changes them."""

from __future__ import annotations

import pytest

from papo.server.auth.bearer import read_address


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost.evil.example/keys", "http://127.0.0.1.evil.example/", "http://localhost@evil.example/"),
        *("http://evil.example/", "http://[::1].evil.example/", "http://127.0.0.1:x@evil.example/", "ftp://localhost/"),
        *("file:///etc/passwd", "httpsx://a/", "", "http:/localhost/", "http://localhost\t.evil.example/"),
    ],
)
def test_an_address_that_only_begins_like_this_machine_is_refused(url: str) -> None:
    """By its whole name, before anything is sent."""
    with pytest.raises(ValueError, match=r"not https|does not appear|Invalid IPv6"):
        read_address(url)
