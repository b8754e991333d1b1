"""The settings: precedence, origins, and the texts of errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.config import Config, ConfigError, Limits, ListenAt, apply_reloadable, difference, load, reload
from papo.config.difference import RELOADABLE
from papo.config.keys import all_settings
from papo.config.limits import PRESETS
from papo.config.listen import parse
from papo.protocol.dialects import schemes

HASH = "scrypt$2$1$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def write(path: Path, text: str) -> Path:
    """A configuration file."""
    file = path / "papo.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(text: str, folder: Path) -> str:
    """What is said about a configuration file."""
    with pytest.raises(ConfigError) as caught:
        load({}, {}, write(folder, text))
    sentence = str(caught.value)
    assert str(folder / "papo.toml") in sentence
    assert "\n" not in sentence
    return sentence


def test_nothing_set_is_the_default() -> None:
    """Without file, environment and flags every setting has its default, and says so."""
    loaded = load({}, {}, None)

    assert loaded.config == Config()
    assert set(loaded.origins.values()) == {"default"}
    assert set(loaded.origins) == set(all_settings())


def test_flag_over_environment_over_file_over_default(tmp_path: Path) -> None:
    """Each source wins over those below it, and the origin names the one that won."""
    file = write(tmp_path, '[server]\nname = "file.example"\nnetwork = "File"\nlocation = "File"\n')
    environ = {"PAPO__SERVER__NAME": "env.example", "PAPO__SERVER__NETWORK": "Env", "HOME": "/"}

    loaded = load({"server.name": "flag.example"}, environ, file)

    server = loaded.config.server
    assert (server.name, server.network, server.location) == ("flag.example", "Env", "File")
    assert [loaded.origins[f"server.{key}"] for key in ("name", "network", "location", "motd")] == [
        "--name",
        "PAPO__SERVER__NETWORK",
        str(file),
        "default",
    ]


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("PAPO__LIMITS__NICK_LENGTH", "20", "limits.nick_length", 20),
        ("PAPO__LIMITS__PING_AFTER_S", "7.5", "limits.ping_after_s", 7.5),
        ("PAPO__LIMITS__ENABLED", "false", "limits.enabled", False),
        ("PAPO__SERVER__PASSWORD", "123", "server.password", "123"),
        ("PAPO__LISTEN__AT", "irc://*:1, nick://*:2", "listen.at", ("irc://*:1", "nick://*:2")),
        ("PAPO__LISTEN__AT", '["irc://*:1"]', "listen.at", ("irc://*:1",)),
        ("PAPO__ROOMS__PERMANENT", "", "rooms.permanent", ()),
    ],
)
def test_environment_texts_become_values(variable: str, text: str, key: str, value: object) -> None:
    """A variable's text is read as its setting's type; lists with commas or as JSON."""
    loaded = load({}, {variable: text}, None)

    section, _, name = key.partition(".")
    assert getattr(getattr(loaded.config, section), name) == value
    assert loaded.origins[key] == variable


def test_tables_can_come_from_the_environment() -> None:
    """Operators are given in JSON."""
    loaded = load({}, {"PAPO__OPERATORS": f'[{{"name": "ana", "password": "{HASH}"}}]'}, None)

    assert [(each.name, each.hosts) for each in loaded.config.operators] == [("ana", ("*@*",))]


def test_preset_changes_defaults_only(tmp_path: Path) -> None:
    """The class preset raises what thirty people behind one address need; a key that is set still wins."""
    file = write(tmp_path, '[limits]\npreset = "class"\nconnections_per_10min = 77\n')

    loaded = load({}, {}, file)

    limits = loaded.config.limits
    assert limits.connections_per_address >= 30
    assert limits.unregistered_per_address >= 30
    assert limits.connections_per_10min == 77
    assert loaded.origins["limits.connections_per_address"] == "preset class"
    assert loaded.origins["limits.connections_per_10min"] == str(file)
    assert limits.nick_length == Limits().nick_length


def test_presets_name_real_limits() -> None:
    """Every preset that may be chosen exists, and changes limits that exist."""
    assert set(PRESETS) == {"default", "class"}
    assert all(f"limits.{name}" in all_settings() for preset in PRESETS.values() for name in preset)


def test_message_of_the_day_is_one_text(tmp_path: Path) -> None:
    """A list of lines, and a file, both end up as the text of `server.motd`."""
    assert load({}, {}, write(tmp_path, '[server]\nmotd = ["oi", "bem-vindas"]')).config.server.motd == "oi\nbem-vindas"

    (tmp_path / "motd.txt").write_text("olá\nmundo\n", encoding="utf-8")
    loaded = load({}, {}, write(tmp_path, '[server]\nmotd_file = "motd.txt"'))

    assert loaded.config.server.motd == "olá\nmundo"
    assert loaded.origins["server.motd"] == str(tmp_path / "motd.txt")


def test_files_are_beside_the_configuration(tmp_path: Path) -> None:
    """Relative paths in a file start at its folder."""
    (tmp_path / "c.pem").write_text("")
    (tmp_path / "k.pem").write_text("")

    loaded = load({}, {}, write(tmp_path, '[tls]\ncertificate = "c.pem"\nkey = "k.pem"'))

    assert loaded.config.tls.certificate == str(tmp_path / "c.pem")


def test_what_is_no_mistake(tmp_path: Path) -> None:
    """The system chooses each port 0; the disk of the backups may come later; paths begin at the file's folder."""
    text = "[listen]\nat = ['irc://a:0', 'irc://a:0', 'irc://a:1', 'irc://b:1']\n[backup]\nto = 'disk/backups'"
    loaded = load({}, {}, write(tmp_path, text))
    assert loaded.config.backup.to == str(tmp_path / "disk" / "backups")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[limits]\nnick_lenght = 3", ["limits.nick_lenght", "did you mean limits.nick_length?"]),
        ("[limit]\nnick_length = 3", ["no setting limit;", "did you mean limits?"]),
        ("[xyzzy]", ["no setting xyzzy", "papo config default"]),
        ("limits = 3", ["limits is a table", "[limits]"]),
        ("[limits]\nnick_length = 'long'", ["limits.nick_length", "whole number from 9 to 64", '"long"']),
        ("[limits]\nnick_length = 65", ["from 9 to 64", "not 65"]),
        ("[limits]\ntargets = 0", ["at least 1"]),
        ("[limits]\nenabled = 1", ["true or false"]),
        ("[limits]\nmessages_per_s = 0.0", ["a number above 0"]),
        ("[limits]\nping_after_s = 150", ["limits.ping_after_s is 150", "limits.drop_after_s"]),
        ("[history]\ndurability = 'disk'", ['"power-loss" or "process"']),
        ("[history]\npage_max = 5", ["history.page_default is 100", "history.page_max"]),
        ("[server]\nname = 'nodot'", ["server.name", "with a dot in it"]),
        ("[server]\nname = 'a.b c'", ["server.name"]),
        ("[server]\npassword = 12345", ["server.password", '"***"']),
        ("[server]\nmotd = 'a'\nmotd_file = 'b'", ["both set"]),
        ("[server]\nmotd_file = 'absent'", ["server.motd_file", "No such file"]),
        ("[rooms]\npermanent = ['papo']", ["rooms.permanent", 'a room, such as "#papo"']),
        ("[listen]\nat = ['irq://a:1']", ["irq://a:1", "handshake"]),
        ("[listen]\nat = ['irc://a:1']\nlan = true", ["remove one of them"]),
        ("[listen]\nat = ['irc://a:1', 'irc://A:1']", ["irc://a:1 and irc://A:1", "same address"]),
        ("[listen]\nat = ['http://*:80', 'irc://:80']", ["same address"]),
        ("[listen]\nat = ['irc+unix:///a', 'irc+unix:///a?mode=660']", ["same address"]),
        ("[backup]\nto = 'papo.toml'", ["backup.to", "papo.toml is a file"]),
        ("[backup]\nto = 'papo.toml/new/backups'", ["backup.to", "papo.toml is a file"]),
        ("[tls]\nkey = 'k'", ["tls.certificate is not"]),
        ("[tls]\nkey = 'k'\ncertificate = 'c'", ["tls.certificate", "No such file"]),
        ("[proxy]\ntrusted = ['lan']", ["proxy.trusted", '"lan" is no address']),
        ("[[proxy.webirc]]\npassword = 'long enough'", ["[[proxy.webirc]]", "no addresses"]),
        ("[proxy]\nwebirc = ['a']", ["[[proxy.webirc]]"]),
        ("[web]\norigins = ['https://a/b']", ["web.origins", "without a path"]),
        ("[[operators]]\nname = 'ana'\npassword = 'secret'", ["operator ana", "papo operator-password"]),
        ("[[operators]]\nname = 'ana'", ["has no password"]),
        (f"[[operators]]\nname = 'ana'\npassword = '{HASH}'\nhost = 'x'", ["did you mean operators.hosts?"]),
        (f"[[operators]]\nname = 'a'\npassword = '{HASH}'\n" * 2, ["two operators named a"]),
        ("[operators]\nname = 'ana'", ["[[operators]]"]),
        ("[server\n", ["not TOML", "line 1"]),
    ],
)
def test_mistake_is_one_sentence(text: str, parts: list[str], tmp_path: Path) -> None:
    """A mistake names file and key, what was expected, and the nearest name for a typo."""
    sentence = refusal(text, tmp_path)

    for part in parts:
        assert part in sentence


def test_mistake_in_the_environment_names_the_variable() -> None:
    """The variable is named as it was written."""
    with pytest.raises(ConfigError, match=r"^PAPO__LIMITS__NICK_LENGHT: .* did you mean limits.nick_length\?"):
        load({}, {"PAPO__LIMITS__NICK_LENGHT": "3"}, None)
    with pytest.raises(ConfigError, match=r"^PAPO__LISTEN__LAN: .* true or false"):
        load({}, {"PAPO__LISTEN__LAN": "perhaps"}, None)
    with pytest.raises(ConfigError, match=r"^PAPO__OPERATORS: .*JSON"):
        load({}, {"PAPO__OPERATORS": "[{]"}, None)


def test_mistake_in_a_flag_names_the_flag() -> None:
    """The flag is named, and the URL in it."""
    with pytest.raises(ConfigError, match=r"^--listen: nick://a\?romm=b: nick has no option romm, only room, replay"):
        load({"listen.at": ["nick://a?romm=b"]}, {}, None)


def test_secrets_are_not_repeated(tmp_path: Path) -> None:
    """A plain password where a hash belongs is refused without being shown."""
    assert "swordfish" not in refusal("[[operators]]\nname = 'ana'\npassword = 'swordfish'", tmp_path)
    assert "short" not in refusal("[[proxy.webirc]]\npassword = 'short'\naddresses = ['::1']", tmp_path)


def test_unreadable_files_are_one_sentence(tmp_path: Path) -> None:
    """Absent, a folder, not UTF-8: each has its own sentence."""
    with pytest.raises(ConfigError, match="no such configuration file"):
        load({}, {}, tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load({}, {}, tmp_path)
    file = tmp_path / "latin.toml"
    file.write_bytes(b"# a\xe7\xe3o\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        load({}, {}, file)


def test_difference_tells_what_needs_a_restart(tmp_path: Path) -> None:
    """`difference` separates changed settings; `apply_reloadable` changes only those that a running server applies."""
    file = write(tmp_path, "")
    before = load({"server.name": "a.b"}, {}, file)
    write(
        tmp_path,
        "[server]\nnetwork = 'Other'\nmotd = 'new'\n[limits]\nmessages_per_s = 9\nnick_length = 10\n"
        "[history]\ncheck_days = 1\nwarn_free_bytes = 5\n",
    )
    after = reload(before, {})

    assert after.config.server.name == "a.b"
    assert difference(before.config, after.config) == (
        ["server.motd", "history.check_days", "history.warn_free_bytes", "limits.messages_per_s"],
        ["server.network", "limits.nick_length"],
    )
    taken = apply_reloadable(before.config, after.config)
    assert (taken.server.motd, taken.server.network) == ("new", "Papo")
    assert difference(taken, after.config) == ([], ["server.network", "limits.nick_length"])


def test_reloadable_settings_exist() -> None:
    """The table of reloadable settings names nothing that does not exist."""
    assert set(all_settings()) >= RELOADABLE


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("irc://127.0.0.1:7000", "127.0.0.1", 7000),
        ("irc://127.0.0.1", "127.0.0.1", 6667),
        ("IRC://localhost:1/", "localhost", 1),
        ("ircs://[::1]", "::1", 6697),
        ("ws://[2001:db8::1]:0", "2001:db8::1", 0),
        ("nick-ascii://*:65535", "", 65535),
        ("framed://:5050", "", 5050),
        ("handshake://", "", 12346),
    ],
)
def test_listener_is_read(url: str, host: str, port: int) -> None:
    """Host and port in every notation; the scheme's own port if there is none."""
    at = parse(url)

    assert (at.host, at.port, at.path) == (host, port, "")


def test_unix_socket_is_read() -> None:
    """irc+unix has a path and permissions."""
    at = parse("irc+unix:///run/papo/irc.sock?mode=660")

    assert (at.path, at.host, at.port, at.options) == ("/run/papo/irc.sock", "", 0, {"mode": "660"})


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("relay://*?room=#jogos", {"room": "#jogos"}),
        ("relay://*?room=jogos&replay=007", {"room": "#jogos", "replay": "7"}),
        ("relay://*?room=%23a%26b%25", {"room": "#a&b%"}),
        ("framed://*?header=true", {"header": "true"}),
        ("relay://*?open=true", {"open": "true"}),
        ("ws://*?origin=https://chat.example.org", {"origin": "https://chat.example.org"}),
        ("irc://*?", {}),
    ],
)
def test_listener_options_are_read(url: str, options: dict[str, str]) -> None:
    """Options are percent-decoded, checked, and a room gets its #."""
    assert parse(url).options == options


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("6667", "SCHEME://HOST:PORT"),
        ("gopher://a", "irc, ircs"),
        ("irc://::1", "brackets"),
        ("irc://[::1", "brackets"),
        ("irc://[::1]6667", "brackets"),
        ("irc://[nonsense]", "brackets"),
        ("irc://a:b", "port from 0 to 65535, not b"),
        ("irc://a:65536", "not 65536"),
        ("irc://a:٣", "port"),
        ("irc://a/b:1", "nothing but HOST:PORT"),
        ("irc://ana@host", "nothing but HOST:PORT"),
        ("irc://a?room=b", "irc has no options"),
        ("nick://a?header=true", "only room, replay, open"),
        ("nick://a?room=", "name of a room"),
        ("nick://a?room=a,b", "name of a room"),
        ("nick://a?replay=all", "from 0 to 1000"),
        ("framed://a?header=1", "header=true"),
        ("relay://a?open=1", "open=true"),
        ("irc://a?open=true", "irc has no options"),
        ("ws://a?origin=chat", "a web site"),
        ("irc+unix://run/papo", "whole path"),
        ("irc+unix:///run/papo?mode=rw", "octal"),
    ],
)
def test_wrong_listener_says_what_was_expected(url: str, part: str) -> None:
    """The sentence begins with the URL and says what the wrong part may be."""
    with pytest.raises(ConfigError) as caught:
        parse(url)

    assert str(caught.value).startswith(f"{url}: ")
    assert part in str(caught.value)


@given(
    scheme=st.sampled_from([scheme for scheme in schemes() if scheme != "irc+unix"]),
    host=st.sampled_from(["", "127.0.0.1", "::1", "2001:db8::7", "chat.example.org"]),
    port=st.integers(0, 65535),
    room=st.text(st.characters(exclude_characters=" ,:\a\r\n\0", exclude_categories=["Cs"]), min_size=1, max_size=20),
)
def test_listener_survives_writing_and_reading(scheme: str, host: str, port: int, room: str) -> None:
    """`parse(at.url)` is `at`, whatever the room is called."""
    options = {"room": f"#{room}"} if "room" in schemes()[scheme].options else {}
    at = ListenAt(scheme=scheme, host=host, port=port, options=options)

    assert parse(at.url) == at


@given(st.text(max_size=40))
def test_any_text_is_a_listener_or_a_sentence(text: str) -> None:
    """For any text, `parse` returns or raises ConfigError."""
    for url in (text, f"framed://{text}", f"irc+unix:///{text}", f"nick://[{text}", f"nick://a?{text}"):
        try:
            scheme = parse(url).scheme
        except ConfigError as error:
            sentence = str(error)
        else:
            sentence = f"{url} has the scheme {scheme}"
            assert scheme in schemes()
        assert url in sentence
