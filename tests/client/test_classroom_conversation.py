"""The client's side of the five dialects without sockets: whole, cut at every byte, and glued."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from papo.client.classroom.classroom_events import (
    ClassroomEvent,
    Joined,
    Left,
    Message,
    NickTaken,
    Ready,
    ServerText,
)
from papo.client.classroom.conversation import Conversation, nick_problem, start_conversation
from papo.client.classroom.framed import Framed
from papo.protocol.dialects import CLASSROOM
from papo.protocol.framed import with_header
from papo.server.dialects.framed import Frames

LATER_S = 1.0
SOON_S = 0.01
PIECES = st.lists(st.tuples(st.binary(max_size=40), st.booleans()), max_size=30)
WORDS = [
    "NICK", "TRUE", "FALSE", "ana", "bia", ": ", "oi", " ", "\n", " entrou!", " left!", "Conectado ao servidor!",
    " conectou ao servidor!\n", "Conectado ao Servidor\n", " disconnected!", " has been disconnected", "ção", "💥",
    "12", "Mensagem não enviada: ", "* ", "\r", "\u2028",
]  # fmt: skip
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=30).map("".join)


class CodecClient:
    """The client's end of a conversation, with a clock."""

    def __init__(self, dialect: str, nick: str = "bia", *, framed_replies: bool = False) -> None:
        self.conversation: Conversation = (
            Framed(CLASSROOM[dialect], nick, framed_replies=True)
            if framed_replies
            else start_conversation(dialect, nick)
        )
        self.now_s = 100.0
        self.events = self.conversation.opened()

    def receive(self, data: str | bytes, *, after_s: float = LATER_S) -> list[ClassroomEvent]:
        """The events of these bytes, which arrive long after the last ones unless `after_s` is given."""
        self.now_s += after_s
        found = self.conversation.receive(data.encode() if isinstance(data, str) else data, self.now_s)
        self.events += found
        return found

    def receive_cut(self, *pieces: bytes) -> list[ClassroomEvent]:
        """The events of pieces that arrive one right after the other, and of the silence after them."""
        found = [each for piece in pieces for each in self.receive(piece, after_s=SOON_S)]
        return found + self.receive(b"")

    def sent(self) -> list[bytes]:
        """What was sent since the last call."""
        out, self.conversation.out = self.conversation.out, []
        return out


def joined_up(events: list[ClassroomEvent]) -> list[ClassroomEvent]:
    """Messages that were cut in one piece again."""
    whole: list[ClassroomEvent] = []
    for each in events:
        last = whole[-1] if whole else None
        if isinstance(each, Message) and each.continues:
            assert isinstance(last, Message)
            assert last.nick == each.nick
            whole[-1] = Message(last.nick, last.text + each.text)
        else:
            whole.append(each)
    return whole


def in_room(dialect: str) -> CodecClient:
    """`bia` is in and may client."""
    client = CodecClient(dialect)
    for words in {
        "nick-ascii": ["NICK", "bia entrou!", "Conectado ao servidor!"],
        "nick": ["NICK", "bia conectou ao servidor!\n", "Conectado ao Servidor\n"],
        "handshake": ["TRUE"],
    }.get(dialect, []):
        client.receive(words)
    assert Ready() in client.events
    client.sent()
    return client


def every_cut(data: bytes) -> list[tuple[bytes, ...]]:
    """The bytes in two pieces at every place, and one by one."""
    return [(data[:at], data[at:]) for at in range(1, len(data))] + [tuple(data[n : n + 1] for n in range(len(data)))]


# --- each dialect, as its document has it


def test_relay() -> None:
    """In from the first moment; `NAME: TEXT` both ways; nothing at the end."""
    client = CodecClient("relay")
    assert client.events == [Ready()]
    assert client.sent() == []

    client.conversation.say("bom dia")

    assert client.sent() == [b"bia: bom dia"]
    assert client.receive("ana: olá: tudo bem?") == [Message("ana", "olá: tudo bem?")]
    client.conversation.leave()
    assert client.sent() == []
    assert not client.conversation.row.echoes


def test_nick_ascii() -> None:
    """Asked, announced, greeted; ASCII alone is sent."""
    client = CodecClient("nick-ascii")
    assert client.events == []
    client.conversation.say("cedo demais")
    assert client.sent() == []

    assert client.receive("NICK") == []
    assert client.sent() == [b"bia"]
    assert client.receive("bia entrou!") == [Joined("bia"), Ready()]
    assert client.receive("Conectado ao servidor!") == [ServerText("Conectado ao servidor!")]
    assert client.sent() == [b"bia: cedo demais"]
    client.conversation.say("ação “já” 💥")
    assert client.sent() == [b'bia: acao "ja" ?']
    assert client.receive("bia: acao") == [Message("bia", "acao")]
    assert client.receive("caio entrou!") == [Joined("caio")]
    assert client.receive("caio left!") == [Left("caio")]
    assert client.conversation.row.echoes


def test_nick() -> None:
    """As nick-ascii with its own words, in UTF-8, and nobody is seen leaving."""
    client = CodecClient("nick", "João")
    assert client.receive("NICK") == []
    assert client.sent() == ["João".encode()]

    received = client.receive("João conectou ao servidor!\n") + client.receive("Conectado ao Servidor\n")

    assert received == [Joined("João"), Ready(), ServerText("Conectado ao Servidor")]
    client.conversation.say("é")
    assert client.sent() == ["João: é".encode()]
    assert client.receive("ana: sim\n") == [Message("ana", "sim")]


@pytest.mark.parametrize("framed_replies", [False, True])
def test_framed(*, framed_replies: bool) -> None:
    """A header before what we send, and before what we get where the server is made so."""
    client = CodecClient("framed", framed_replies=framed_replies)
    pack = with_header if framed_replies else bytes
    assert client.events == [Ready()]

    client.conversation.say("ação")
    client.conversation.leave()

    assert client.sent() == [with_header("bia: ação".encode()), with_header(b"Desconectar")]
    assert client.receive(pack("ana: olá".encode())) == [Message("ana", "olá")]
    assert client.receive(pack(b"sem nome")) + client.receive(b"") == [ServerText("sem nome")]
    assert client.conversation.row.echoes


def test_handshake() -> None:
    """A taken name, another one, bare text, lines, departures, `/close`."""
    client = CodecClient("handshake")
    assert client.events == []
    assert client.sent() == [b"bia"]

    assert client.receive("FALSE") == [NickTaken("bia")]
    client.conversation.rename("bia2")
    assert client.sent() == [b"bia2"]
    assert client.conversation.nick == "bia2"
    assert client.receive("TRUE") == [Ready()]
    client.conversation.say("olá: eu")
    assert client.sent() == ["olá: eu".encode()]
    assert client.receive("ana: oi\n") == [Message("ana", "oi")]
    assert client.receive("ana disconnected!") == [Left("ana")]
    assert client.receive("caio has been disconnected") == [Left("caio")]
    client.conversation.rename("tarde")
    assert client.conversation.nick == "bia2"
    client.conversation.leave()
    assert client.sent() == [b"/close"]
    assert not client.conversation.row.echoes


def test_only_dialects_of_the_table_are_spoken() -> None:
    """Each has a client; IRC is none of them."""
    assert all(start_conversation(dialect, "bia").row.name == dialect for dialect in CLASSROOM)
    with pytest.raises(KeyError):
        start_conversation("irc", "bia")


# --- cut


@pytest.mark.parametrize("dialect", sorted(CLASSROOM))
def test_a_message_cut_anywhere_is_one_message(dialect: str) -> None:
    """Inside the name, a character or the text: the same message, and nothing kept back for good."""
    end = "\n" if dialect == "handshake" else ""
    for pieces in every_cut(f"joão: ação às dez{end}".encode()):
        client = in_room(dialect)
        assert joined_up(client.receive_cut(*pieces)) == [Message("joão", "ação às dez")], pieces
        assert not client.conversation.is_holding


def test_a_colon_in_a_text_is_part_of_it() -> None:
    """Whole, byte by byte, and cut where the piece is as long as a whole recv()."""
    text = "às 12: reunião, ana: e almoço: 13"
    for dialect in CLASSROOM:
        client = in_room(dialect)
        client.receive("ana: oi\n")
        assert client.receive(f"caio: {text}\n") == [Message("caio", text)]
        assert joined_up(client.receive_cut(*every_cut(f"caio: {text}\n".encode())[-1])) == [Message("caio", text)]
        client.receive(b"")
        long = "a" * (1024 - len("caio: ")) + "certa: 12\n"
        data = f"caio: {long}".encode()
        assert joined_up(client.receive_cut(data[:1024], data[1024:])) == [Message("caio", long[:-1])]


def test_the_question_for_the_nickname_cut_or_glued() -> None:
    """NICK byte by byte, slowly, after a banner, before what follows."""
    for pieces in ([b"N", b"I", b"C", b"K"], [b"NI", b"CK"], [b"NICK"], [b"Bem-vindo!\nNICK"], [b"Oi!", b"NICK"]):
        client = CodecClient("nick")
        for piece in pieces:
            client.receive(piece)
        assert client.sent() == [b"bia"], pieces
    client = CodecClient("nick-ascii", "NICKY")
    assert client.receive("NICKNICKY entrou!Conectado ao servidor!") == [
        Joined("NICKY"), Ready(), ServerText("Conectado ao servidor!"),
    ]  # fmt: skip
    assert client.sent() == [b"NICKY"]


def test_the_answer_to_the_nickname_cut_or_glued() -> None:
    """TRUE and FALSE in pieces, and with messages behind them."""
    for pieces in every_cut(b"TRUE"):
        client = CodecClient("handshake")
        assert [each for piece in pieces for each in client.receive(piece)] == [Ready()]
    for pieces in every_cut(b"FALSE"):
        client = CodecClient("handshake")
        assert [each for piece in pieces for each in client.receive(piece)] == [NickTaken("bia")]
    client = CodecClient("handshake")
    assert client.receive("TRUEana: oi\ncaio disconnected!TRUE: sim\n") == [
        Ready(), Message("ana", "oi"), Left("caio"), Message("TRUE", "sim"),
    ]  # fmt: skip


def test_frames_are_read_wherever_they_are_cut() -> None:
    """Header and payload; glued ones; what is not the beginning of a message in one payload is none."""
    data = with_header("ana: ação".encode()) + with_header(b"") + with_header(b"bia: oiana: oi") + with_header(b"tchau")
    expected = [Message("ana", "ação"), Message("bia", "oiana: oi"), ServerText("tchau")]
    for pieces in [(data,), *every_cut(data)]:
        assert CodecClient("framed", framed_replies=True).receive_cut(*pieces) == expected


@pytest.mark.parametrize("data", ["ana: oi", "9" * 64 + "ana: oi", "70000".ljust(64) + "ana: oi"])
def test_a_server_that_does_not_frame_after_all_is_heard(data: str) -> None:
    """What stands where a header should is text."""
    client = CodecClient("framed", framed_replies=True)

    received = client.receive(data) + client.receive(b"")

    assert "ana: oi" in spelled(received)
    assert client.receive("caio: sim") == [Message("caio", "sim")]


# --- glued


def test_glued_messages_of_known_people_are_told_apart() -> None:
    """By the names of those who spoke, by ours, and by the server's sentences."""
    client = in_room("relay")
    client.receive("ana: oi")
    assert client.receive("caio: bom diaana: oi, caio: tudo bem?bia: tudocaio: e aí") == [
        Message("caio", "bom dia"), Message("ana", "oi, caio: tudo bem?"),
        Message("bia", "tudo"), Message("caio", "e aí"),
    ]  # fmt: skip
    client = in_room("nick-ascii")
    assert client.receive("ana entrou!caio entrou!ana: oicaio: olaana left!caio: tchau, ana left!") == [
        Joined("ana"), Joined("caio"), Message("ana", "oi"), Message("caio", "ola"), Left("ana"),
        Message("caio", "tchau, ana left!"),
    ]  # fmt: skip
    client = in_room("handshake")
    assert client.receive("ana: oi\ncaio disconnected!davi has been disconnectedana: foi\nana: oicaio: x\n") == [
        Message("ana", "oi"), Left("caio"), Left("davi"), Message("ana", "foi"), Message("ana", "oicaio: x"),
    ]  # fmt: skip


def test_glued_messages_cut_anywhere_lose_no_letter() -> None:
    """Two known people in one piece or in two: the second is always heard."""
    for pieces in every_cut("ana: bom diacaio: olá".encode()):
        client = in_room("relay")
        client.receive("ana: oi")
        client.receive("caio: oi")
        received = joined_up(client.receive_cut(*pieces))
        assert received[-1] == Message("caio", "olá"), pieces
        assert len(received) == 2


def test_a_name_of_two_letters_is_no_end_of_a_word() -> None:
    """`vale: ` after somebody called `e`; but `sim!e: ` is."""
    client = in_room("relay")
    client.receive("e: oi")
    assert client.receive("ana: vale: tudo") == [Message("ana", "vale: tudo")]
    assert client.receive("ana: sim!e: oi") == [Message("ana", "sim!"), Message("e", "oi")]


# --- time


def test_a_piece_right_after_another_continues_it() -> None:
    """A piece that comes later, or begins a message, does not."""
    client = in_room("relay")
    assert client.receive("ana: bom") == [Message("ana", "bom")]
    assert client.receive(" dia", after_s=SOON_S) == [Message("ana", " dia", continues=True)]
    assert client.receive("caio: oi", after_s=SOON_S) == [Message("caio", "oi")]
    assert client.receive("ana: oi", after_s=SOON_S) == [Message("ana", "oi")]
    assert client.receive("dia", after_s=LATER_S) == []
    assert client.conversation.is_holding
    assert client.receive("", after_s=SOON_S) == []
    assert client.receive("", after_s=LATER_S) == [ServerText("dia")]
    assert not client.conversation.is_holding


def test_the_end_gives_what_was_kept_back() -> None:
    """Text without a name, half a character, half a word of the server, half a payload."""
    for dialect, data in (("relay", b"tchau \xc3"), ("nick", b"NIC"), ("handshake", b"TRU")):
        client = CodecClient(dialect)
        assert client.receive(data) == []
        assert [type(each) for each in client.conversation.closed()] == [ServerText]
        assert client.conversation.closed() == []
    client = CodecClient("framed", framed_replies=True)
    client.receive(b"9".ljust(64) + b"ana: o")
    assert client.conversation.closed() == [Message("ana", "o")]


# --- the server's own words


def test_what_papo_tells_one_person_is_nobody_s_message() -> None:
    """Refusals, actions and private messages keep their words."""
    phrases = [row.phrases for row in CLASSROOM.values()]
    failures = [text.rstrip("\n") for each in phrases for text in (each.unknown, each.disk_failed)]
    for text in ("Mensagem não enviada: você foi banido", "* ana acena: oi", "ana (particular): só você", *failures):
        client = in_room("nick")
        assert client.receive(f"{text}\n") == [ServerText(text)]


def test_another_name_given_by_the_server_is_ours() -> None:
    """In both alphabets; and nobody else can give us one later."""
    for dialect, words in (("nick", "inválido: aqui você"), ("nick-ascii", "invalido: aqui voce")):
        client = in_room(dialect)
        verb = "é" if dialect == "nick" else "e"
        client.receive(f"Nome em uso ou {words} {verb} bia_2\n")
        assert client.conversation.nick == "bia_2"
        client.receive("ana: oi\nNome em uso ou inválido: aqui você é bobo\n")
        assert client.conversation.nick == "bia_2"


# --- what we say


@pytest.mark.parametrize("dialect", sorted(CLASSROOM))
def test_each_line_is_a_message_of_its_own(dialect: str) -> None:
    """Empty ones are none."""
    client = in_room(dialect)

    client.conversation.say("um\n\n  \r\ndois\u2028tres")

    assert len(client.sent()) == 3


@given(text=st.text(min_size=1, max_size=5000), dialect=st.sampled_from(sorted(CLASSROOM)))
@example(text="💥" * 2500, dialect="framed")
@example(text="\ud800", dialect="relay")
def test_long_texts_are_cut_at_characters(text: str, dialect: str) -> None:
    """Within the dialect's bytes, as the server reads them, nothing lost."""
    client = in_room(dialect)
    prefix = "" if dialect == "handshake" else "bia: "

    client.conversation.say(text)

    sent = client.sent()
    if dialect == "framed":
        payloads = [each for data in sent for each in Frames().feed(data) if isinstance(each, str)]
    else:
        payloads = [data.decode("ascii" if dialect == "nick-ascii" else "utf-8") for data in sent]
    assert all(len(data.encode()) < (2048 if dialect == "handshake" else 1024) for data in payloads)
    assert all(payload.startswith(prefix) for payload in payloads)
    if dialect != "nick-ascii":
        lines = [line.encode(errors="replace").decode() for line in text.splitlines()]
        assert (
            "".join(payload.removeprefix(prefix) for payload in payloads).split()
            == "".join(line for line in lines if line.strip()).split()
        )


@pytest.mark.parametrize(
    ("dialect", "nick", "problem"),
    [
        ("relay", "João da Silva", ""),
        ("relay", "", "empty"),
        ("framed", "  ", "empty"),
        ("nick", "a:b", "colons"),
        ("nick", "a\nb", "colons"),
        ("nick", "a\x1bb", "colons"),
        ("nick", "x" * 33, "32"),
        ("nick-ascii", "joão", "ASCII"),
        ("nick-ascii", "joao", ""),
        ("handshake", "jo", "3 to 10"),
        ("handshake", "x" * 11, "3 to 10"),
        ("handshake", "joão", ""),
    ],
)
def test_what_a_nickname_may_be(dialect: str, nick: str, problem: str) -> None:
    """A sentence that says what to do, or none."""
    assert problem in nick_problem(dialect, nick)
    assert bool(nick_problem(dialect, nick)) is bool(problem)


def test_a_nickname_that_no_dialect_carries_does_no_harm() -> None:
    """A kilobyte, half a surrogate pair: there is room for text beside it."""
    for dialect, nick in itertools.product(sorted(CLASSROOM), ["x" * 5000, "\ud800", "💥" * 900, ""]):
        client = start_conversation(dialect, nick)
        client.opened()
        for words in (b"NICK", b"TRUE", b"x entrou!x conectou ao servidor!"):
            client.receive(words, 0.0)
        client.say("oi " * 600)
        assert all(len(data) < 2048 for data in client.out)


# --- whatever comes


def spelled(events: list[ClassroomEvent]) -> str:
    """The letters of what happened, as they came."""
    texts = []
    for each in events:
        match each:
            case Message():
                texts.append(each.text if each.continues else f"{each.nick}: {each.text}")
            case ServerText():
                texts.append(each.text)
            case Joined() | Left() | NickTaken():
                texts.append(each.nick)
    return " ".join(texts)


def is_online(letters: str, text: str) -> bool:
    """Whether all the letters are in the text, in this order."""
    rest = iter(text)
    return all(letter in rest for letter in letters)


@given(pieces=PIECES, dialect=st.sampled_from(sorted(CLASSROOM)), framed_replies=st.booleans())
def test_no_bytes_raise(pieces: list[tuple[bytes, bool]], dialect: str, *, framed_replies: bool) -> None:
    """Anything, at any pace; and no line break stays inside what somebody said."""
    client = CodecClient(dialect, framed_replies=framed_replies)
    for piece, soon in pieces:
        client.receive(piece, after_s=SOON_S if soon else LATER_S)
    client.events += client.conversation.closed()
    assert all(len(each.text.splitlines()) <= 1 for each in client.events if isinstance(each, Message | ServerText))


@given(
    text=SENTENCES,
    cuts=st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=8),
    dialect=st.sampled_from(sorted(CLASSROOM)),
)
@example(text="ana: oiana: oi", cuts=[(8, True)], dialect="relay")
def test_no_letter_is_lost(text: str, cuts: list[tuple[int, bool]], dialect: str) -> None:
    """Whatever is glued to what, and wherever it is cut, each letter is said by somebody or told."""
    client = in_room(dialect)
    data = text.encode()
    edges = [(0, True), *sorted((at, soon) for at, soon in cuts if at < len(data)), (len(data), True)]
    client.events.clear()
    for (start, _), (end, soon) in itertools.pairwise(edges):
        client.receive(data[start:end], after_s=SOON_S if soon else LATER_S)
    client.events += client.conversation.closed()

    for sentence in (" entrou!", " left!", " conectou ao servidor!", " disconnected!", " has been disconnected"):
        text = text.replace(sentence, "")
    assert is_online("".join(text.split()), "".join(spelled(client.events).split()))
