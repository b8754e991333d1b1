"""Addresses: what users type or click, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.client.address import Address, NotAnAddressError, read_address


@pytest.mark.parametrize(
    ("text", "url", "room", "nick"),
    [
        ("localhost", "irc://localhost:6667", "", ""),
        (" irc.example.org:6668 ", "irc://irc.example.org:6668", "", ""),
        ("irc://ana@host/#sala", "irc://host:6667", "#sala", "ana"),
        ("irc://host/sala", "irc://host:6667", "#sala", ""),
        ("irc://host/%23ação,isnick", "irc://host:6667", "#ação", ""),
        ("ircs://[::1]:7000/&local", "ircs://[::1]:7000", "&local", ""),
        ("HTTPS://Papo.Example.org/#turma", "wss://papo.example.org:443", "#turma", ""),
        ("http://10.0.0.1:8080/page", "ws://10.0.0.1:8080", "", ""),
        ("wss://host/irc", "wss://host:443/irc", "", ""),
        ("relay://host", "relay://host:12345", "", ""),
        ("irc://a%0ab@h/#x%0d%0aQUIT", "irc://h:6667", "#x", "a"),
        ("irc://h/#a%20b", "irc://h:6667", "#a", ""),
    ],
)
def test_what_people_type_or_click(text: str, url: str, room: str, nick: str) -> None:
    address = read_address(text)
    assert (str(address), address.room, address.nick) == (url, room, nick)
    assert str(read_address(url)) == url, "the same text for the same server"


@pytest.mark.parametrize(
    "text", ["", "://", "gopher://x", "irc://", "h:99999", "h:x", "irc://[::1", "a b", "irc://:6667"]
)
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(NotAnAddressError, match=r"."):
        read_address(text)


@given(st.one_of(st.text(), st.builds("{}://{}".format, st.sampled_from(["irc", "wss", "https", "relay"]), st.text())))
def test_any_text_is_an_address_or_none(text: str) -> None:
    try:
        address = read_address(text)
    except NotAnAddressError:
        return
    assert not any(char.isspace() or char < " " for char in address.room + address.nick + address.host)
    assert read_address(str(address)) == Address(address.scheme, address.host, address.port, address.path)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("irc://localhost", True), ("irc://127.9.0.1", True), ("irc://[::1]", True), ("ircs://x", True),
        ("wss://x", True),
        ("irc://x", False), ("ws://10.0.0.1", False), ("irc://localhost.x.org", False),
        ("irc://127.0.0.1.x.org", False),
        ("irc://[::1234]", False),
    ],
)  # fmt: skip
def test_where_nobody_listens_in(url: str, *, private: bool) -> None:
    assert read_address(url).is_private == private
