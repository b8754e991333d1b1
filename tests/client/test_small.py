"""Addresses, certificates, settings, passwords, neighbours, emoji, times: the small files."""

from __future__ import annotations

import json
from pathlib import Path

import keyring
import keyring.backends.fail
import keyring.backends.null
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend

from papo.client import saved_passwords
from papo.client.address import Address, NotAnAddressError, read_address
from papo.client.certificates import Certificates
from papo.client.discovery import DiscoveredServer, from_announcement
from papo.client.session.isupport import Support
from papo.client.session.line_parts import read_line
from papo.client.settings import Server, Settings, default_nick, read, write
from papo.client.state.message import message_line
from papo.client.text import emoji
from papo.protocol.irc import Line

# --- addresses


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


# --- certificates, settings, passwords


def test_trusted_certificates_are_kept_and_shared(tmp_path: Path) -> None:
    file = tmp_path / "x" / "certificates.json"
    here, there = read_address("ircs://a"), read_address("ircs://b:7000")
    first, second = Certificates(file), Certificates(file)
    first.trust(here, "aa")
    second.trust(there, "bb")
    assert (first.pin(here), first.pin(there)) == ("aa", "")
    assert [Certificates(file).pin(each) for each in (here, there)] == ["aa", "bb"], "no program forgets another's"
    second.trust(here, "cc")
    assert Certificates(file).pin(here) == "cc"
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    file.write_text("{")
    assert Certificates(file).pin(here) == ""
    memory = Certificates(None)
    memory.trust(here, "aa")
    assert memory.pin(here) == "aa"
    (tmp_path / "file").write_text("")
    Certificates(tmp_path / "file" / "x").trust(here, "aa")


def test_settings(tmp_path: Path) -> None:
    folder = tmp_path / "client"
    assert read(folder) == Settings()
    chosen = Settings(nick="ana", keywords=["prova"], servers=[Server(url="irc://x:6667", rooms=["#a"], connects=True)])
    chosen.server("irc://x:6667").muted.append("#a")
    assert chosen.server("irc://novo:6667").rooms == []
    write(folder, chosen)
    assert read(folder) == chosen
    assert [each.name for each in folder.iterdir()] == ["client.json"]
    assert json.loads((folder / "client.json").read_text())["nick"] == "ana"
    for broken in ("", "{", "[]", '{"servers": 5}'):
        (folder / "client.json").write_text(broken)
        assert read(folder) == Settings()
    (folder / "client.json").write_text('{"nick": "ana", "of_a_later_version": 1}')
    assert read(folder).nick == "ana"
    (tmp_path / "file").write_text("")
    write(tmp_path / "file" / "x", chosen)


@pytest.mark.parametrize(
    ("name", "nick"),
    [("ana", "ana"), ("João Silva", "JoãoSilva"), ("root", ""), ("1a", ""), ("", ""), ("a" * 50, "a" * 20)],
)
def test_the_name_of_the_user(name: str, nick: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: name)
    assert default_nick() == nick
    monkeypatch.setattr("getpass.getuser", lambda: Path("/nonexistent").read_text())
    assert default_nick() == ""


class Memory(KeyringBackend):
    """A keyring in a dictionary."""

    priority = 1.0
    kept: dict[tuple[str, str], str]

    def __init__(self) -> None:
        self.kept = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.mark.parametrize("kind", [keyring.backends.null.Keyring, keyring.backends.fail.Keyring, Memory])
def test_passwords_where_the_system_keeps_them(kind: type[KeyringBackend]) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(kind())
    try:
        keeps = kind is Memory
        assert saved_passwords.recall("irc://x:6667", "ana") == ""
        assert saved_passwords.remember("irc://x:6667", "ana", "segredo") == keeps
        assert saved_passwords.recall("irc://x:6667", "ana") == ("segredo" if keeps else "")
        assert saved_passwords.recall("irc://y:6667", "ana") == ""
        saved_passwords.forget("irc://x:6667", "ana")
        saved_passwords.forget("irc://x:6667", "ana")
        assert saved_passwords.recall("irc://x:6667", "ana") == ""
    finally:
        keyring.set_keyring(before)


# --- neighbours, emoji, times


@pytest.mark.parametrize(
    ("addresses", "port", "properties", "expected"),
    [
        (["10.0.0.5", "fe80::1"], 6667, {"network": "Turma"}, [DiscoveredServer("Turma", "irc://10.0.0.5:6667")]),
        (["fe80::1", "2001:db8::1"], 6668, {}, [DiscoveredServer("Papo", "irc://[2001:db8::1]:6668")]),
        (["fe80::1"], 6668, {"network": None}, [DiscoveredServer("Papo", "irc://[fe80::1]:6668")]),
        (
            ["10.0.0.5"],
            1,
            {"network": "\x1b[2Ja\nb" + "c" * 200},
            [DiscoveredServer("[2Ja b" + "c" * 94, "irc://10.0.0.5:1")],
        ),
        ([], 6667, {}, []),
        (["10.0.0.5"], 0, {}, []),
    ],
)
def test_what_an_announcement_says(
    addresses: list[str], port: int, properties: dict[str, str | None], expected: list[DiscoveredServer]
) -> None:
    assert from_announcement("Papo._irc._tcp.local.", addresses, port, properties) == expected


def test_emoji_by_name() -> None:
    assert emoji.unaccented("Coração_Ç") == "coracao c"
    assert any(each.emoji == "🎉" for each in emoji.search("party", 20))
    assert len(emoji.search("", 5)) == 5
    assert emoji.search("xyzxyz", 5) == []
    plain = {each.emoji.replace("\ufe0f", "") for each in emoji.all_emoji()}
    assert {each.replace("\ufe0f", "") for each in emoji.USUAL} <= plain


@pytest.mark.parametrize(
    ("time", "at_ms"),
    [
        ("2026-11-20T22:15:00.123Z", 1_795_212_900_123), ("2026-11-20T22:15:00Z", 1_795_212_900_000),
        ("2026-11-20T22:15:00.5Z", 1_795_212_900_500), ("x", None), ("2026-99-20T22:15:00.123Z", None), ("", None),
        ("2026-11-20T22:15:00.1x3Z", None),
    ],
)  # fmt: skip
def test_times(time: str, at_ms: int | None) -> None:
    entry = message_line(Line("PRIVMSG", ["#a", "x"], "bia!b@h", {"time": time}), mine=False)
    assert entry.at_ms == at_ms or (at_ms is None and entry.at_ms > 1_700_000_000_000)


# --- what a server says of itself


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
    assert support.fold("A[~]") == "a[~]", "what was folded before is folded anew"
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


@given(st.text())
def test_any_line_is_read(text: str) -> None:
    line = read_line(text)
    if line is not None:
        assert "\x1b" not in "".join([*line.params, line.source, line.command, *line.tags.values()])


def test_the_usual_emoji_come_first() -> None:
    assert emoji.search("heart", 3)[0].emoji == "❤️"
    assert emoji.search("thumbs", 3)[0].emoji.startswith("👍")
