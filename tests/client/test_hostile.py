"""Lines cut anywhere, bytes that are none, and what a terminal would obey."""

from __future__ import annotations

import pytest
from fake_server import TOKENS, CoreServer, assert_clean, message
from hypothesis import given, settings
from hypothesis import strategies as st

HOSTILE = [
    "BATCH", "BATCH -9", "BATCH +", "BATCH +1", "BATCH -1", "@batch=9 PING x", "@label=L9 ACK", "CAP", "CAP * LS",
    "CAP * FOO", "CAP * ACK", "CAP * NAK :x", ":s 005", ":s 005 ana LINELEN=1 PREFIX=(ohv)@ CHANTYPES= :x", "PRIVMSG",
    ":s 005 ana LINELEN=" + "9" * 5000 + " NICKLEN=٣ :x", "NICK", ":ana NICK :", "AUTHENTICATE", ":", "@", ": x", "\0",
    "PONG", ":s 001", ":!u@h PRIVMSG ana :oi", "::x!u@h PRIVMSG ana :\x01VERSION\x01",
    ":a!b@c PRIVMSG ana :\x01PING\x01",
    ":ana!a@h JOIN :#a b", ":ana!a@h JOIN ::x", ":ana!a@h JOIN :", ":x KICK", ":x MODE #sala",
    ":x MODE #sala +ohv a b c",
    ":s 353 ana = #sala :@ + @+ x!", ":s 354 ana 7", ":s 366 ana ::x", ":s 322 ana #x " + "9" * 5000,
    ":s 324 ana #sala",
    "RENAME", "RENAME #sala", "RENAME #sala :a b", "RENAME : #x", "MARKREAD #sala", "MARKREAD #sala timestamp=9999-99",
    ":bia!b@h PRIVMSG #sala", ":bia!b@h TAGMSG", "@+draft/react=x;+reply=y :b!b@h TAGMSG #sala", "FAIL", "NOTE", "WARN",
    ":s 433", ":s 403", ":s 001 :", "REDACT", "EDIT", "@time=x;msgid :b!b@h PRIVMSG #sala :x", "TOPIC", ":s 332 ana",
    "@+draft/edit :b!b@h PRIVMSG #sala :x", ":b!b@h QUIT", ":b!b@h AWAY", "ACCOUNT", "CHGHOST", "SETNAME", "INVITE",
]  # fmt: skip
LINES = st.one_of(
    st.sampled_from([line.encode() for line in HOSTILE]),
    st.binary(max_size=60),
    st.builds(
        lambda tags, source, command, params: f"@{tags} :{source} {command} {params}".encode(),
        st.text(max_size=20),
        st.sampled_from(["ana!a@h", "bia!b@h", "s", ":", "!", ""]),
        st.sampled_from([
            "PRIVMSG", "NOTICE", "TAGMSG", "JOIN", "PART", "KICK", "QUIT", "NICK", "MODE", "TOPIC", "REDACT", "EDIT",
            "BATCH", "RENAME", "MARKREAD", "FAIL", "CAP", "AUTHENTICATE", "005", "353", "354", "366", "433",
            "404", "001",
        ]),
        st.text(alphabet="#sala:anbi +-ov=\x01\x02\x1b\u202e\\n,@!", max_size=30),
    ),
)  # fmt: skip


def conversation() -> bytes:
    lines = [
        message(1), "@msgid=q :s BATCH +9 draft/multiline #sala", "@batch=9 :bia!bia@h PRIVMSG #sala :a",
        "@batch=9 :bia!bia@h PRIVMSG #sala :ção 💥", "BATCH -9", ":caio!c@h JOIN #sala caio :Caio", message(2, "olá"),
        "@+draft/react=👍;+reply=m1 :caio!c@h TAGMSG #sala", ":bia!b@h NICK beatriz",
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines).encode()


def test_lines_cut_at_every_byte_and_glued() -> None:
    whole = CoreServer().connect()
    whole.network.received(conversation())
    data = conversation()
    for at in range(len(data)):
        cut = CoreServer().connect()
        cut.network.received(data[:at])
        cut.network.received(data[at:])
        assert cut.texts() == whole.texts()
    slow = CoreServer().connect()
    for at in range(len(data)):
        slow.network.received(data[at : at + 1])
    assert slow.texts() == whole.texts() == ["t1", "a\nção 💥", "olá"]
    assert slow.buffer().members.keys() == whole.buffer().members.keys()


@pytest.mark.parametrize("online", [True, False])
def test_hostile_lines_leave_it_standing(*, online: bool) -> None:
    for line in HOSTILE:
        server = CoreServer()
        server.connect() if online else server.accept()
        server.send(line)
        server.send(":ana!a@h JOIN #sala", ":s PING x")
        assert server.received()[-1] in {"PONG x", "PONG :x"}, line


@given(st.lists(LINES, max_size=12))
@settings(max_examples=400, deadline=None)
def test_no_bytes_raise_or_corrupt(lines: list[bytes]) -> None:
    server = CoreServer().connect()
    server.send(message(1))
    server.network.received(b"\r\n".join(lines) + b"\r\n")
    server.network.tick()
    for buffer in server.network.buffers.values():
        assert server.network.buffers[buffer.key] is buffer
        assert all(buffer.find(each.id) is each for each in buffer.lines if each.id)
        for each in buffer.lines:
            assert_clean(each.text, each.nick, each.detail, each.id, *(each.reactions or ()))
        assert_clean(buffer.name, buffer.topic, *(member.nick for member in buffer.members.values()))


ESCAPES = "\x1b[2J\x07\x9b\u202e\u2066"


@pytest.mark.parametrize(
    "line",
    [
        f":bia{ESCAPES}!b@h PRIVMSG #sala :oi{ESCAPES}\t!",
        f":bi\x02a!b@h PRIVMSG #sala :{ESCAPES}",
        f"@msgid=m\\n{ESCAPES};+reply=\\r\\n :bia!b@h PRIVMSG #sala :oi",
        "@+draft/react=\\n\x1b[x;+reply=m1 :bia\x03\x04!b@h TAGMSG #sala",
        f":s 332 ana #sala :{ESCAPES}",
        f":s 353 ana = #sala :@bia{ESCAPES}\x02\x1f caio",
        f":bia!b@h NICK :x{ESCAPES}\x02",
        f":bia{ESCAPES}!b@h JOIN #sala :a{ESCAPES}",
        f":bia!b@h KICK #sala caio{ESCAPES}\x02 :{ESCAPES}",
        "@account=a\\nb :bia!b@h PRIVMSG #sala :oi",
    ],
)
def test_what_a_terminal_obeys_never_comes_in(line: str) -> None:
    server = CoreServer().connect()
    server.send(message(1), line)
    for each in server.buffer().lines:
        assert_clean(each.text, each.nick, each.detail, each.id, each.reply_to, each.account, *(each.reactions or ()))
        assert "\n" not in each.nick + each.id + each.reply_to + each.account + "".join(each.reactions or ())
        assert "\x02" not in each.nick
    assert_clean(server.buffer().topic, *(member.nick for member in server.buffer().members.values()))
    assert all(nick.isprintable() for nick in server.buffer().members)


def test_a_network_name_cannot_hide_escapes() -> None:
    server = CoreServer(tokens=TOKENS.replace("Teste", r"\x1b[2JT\x20e\xc3\xa9\x9b")).connect()
    assert server.network.title == "[2JT e\N{LATIN SMALL LETTER E WITH ACUTE}\N{REPLACEMENT CHARACTER}"


def test_tabs_and_formatting_stay_in_texts() -> None:
    server = CoreServer().connect()
    server.send(":bia!b@h PRIVMSG #sala :a\tb \x02c\x02 \x0304d")
    assert server.texts() == ["a\tb \x02c\x02 \x0304d"]
