"""What each line means: people, modes, topics, messages and what is done to them."""

from __future__ import annotations

import pytest
from fake_server import CAPS, TOKENS, CoreServer, message

from papo.client.identity import Identity
from papo.client.state import send
from papo.client.state.buffer import MAX_TYPING
from papo.client.state.membership import MAX_LISTED
from papo.client.state.network import MAX_USERS


def kinds(server: CoreServer, name: str = "#sala") -> list[str]:
    return [each.kind for each in server.buffer(name).lines]


# --- who is here


def test_people_come_and_go() -> None:
    server = CoreServer().connect()
    room = server.buffer()
    server.send(":s 353 ana = #sala :~@ana +bia!b@h caio", ":s 366 ana #sala :End")
    assert {key: member.prefixes for key, member in room.members.items()} == {"ana": "~@", "bia": "+", "caio": ""}
    assert server.received() == ["WHO #sala %tnfar,7"]
    server.send(":s 354 ana 7 bia GB bia :Bia B.", ":s 354 ana 7 caio H 0 :Caio", ":s 354 ana 8 caio G 0 :x")
    bia, caio = server.network.find_user("BIA"), server.network.find_user("caio")
    assert bia is not None
    assert (bia.away, bia.bot, bia.account, bia.realname, bia.host) == (True, True, "bia", "Bia B.", "b@h")
    assert caio is not None
    assert (caio.away, caio.account) == (False, "")
    server.send(":dora!d@h JOIN #sala dora :Dora", ":dora!d@h AWAY :volto já", ":dora!d@h ACCOUNT *")
    server.send(":dora!d@h CHGHOST x y", ":dora!d@h SETNAME :Dora D.", ":dora!d@h NICK dorinha")
    dora = server.network.find_user("dorinha")
    assert dora is not None
    assert (dora.away_text, dora.account, dora.host, dora.realname) == ("volto já", "", "x@y", "Dora D.")
    assert server.network.find_user("dora") is None
    server.send(":dorinha!d@h PART #sala :tchau", ":caio!c@h QUIT :fui", ":bia!b@h KICK #sala bia :ops")
    assert list(room.members) == ["ana"]
    assert kinds(server) == ["join", "nick", "part", "quit", "kick"]
    assert room.lines[-1].detail == "bia"


def test_modes() -> None:
    server = CoreServer().connect()
    room = server.buffer()
    server.send(":s 353 ana = #sala :@ana bia", ":s 324 ana #sala +ntk segredo")
    assert room.modes == {"n": "", "t": "", "k": "segredo"}
    server.send(":ana!a@h MODE #sala +vo-k+b bia bia segredo x!*@*", ":ana!a@h MODE #sala +l 5")
    assert room.members["bia"].prefixes == "@+"
    assert room.modes == {"n": "", "t": "", "l": "5"}
    assert server.network.rank(room) == server.network.session.support.rank("@")
    server.send(":bia!b@h MODE #sala -o ana", ":ana!a@h MODE ana +i")
    assert server.network.rank(room) == 0
    assert room.lines[-1].detail == "-o ana"


def test_topics_and_names_of_channels() -> None:
    server = CoreServer().connect()
    server.send(":s 332 ana #sala :antes")
    assert server.buffer().topic == "antes"
    server.send(":bia!b@h TOPIC #sala :depois", ":s 331 ana #sala :No topic is set")
    assert (server.buffer().topic, server.buffer().lines[-1].text) == ("", "depois")
    server.network.visible.add("#sala")
    server.send(":bia!b@h RENAME #sala #Turma :melhor")
    assert server.network.buffer("#sala") is None
    assert (server.buffer("#turma").name, server.buffer("#turma").key) == ("#Turma", "#turma")
    assert server.network.visible == {"#turma"}


def test_our_own_doings() -> None:
    server = CoreServer().connect()
    server.send(":s 305 ana :back", ":s 306 ana :away")
    assert server.network.away
    server.send(":s 381 ana :You are now an operator", ":ana!a@h NICK ana2")
    assert server.network.operator
    assert server.network.nick == "ana2"
    server.send(":bia!b@h INVITE ana2 #outra")
    assert server.listener.notices[-1] == ("info", "bia → #outra")
    server.send(":op!o@h KICK #sala ana2 :chega")
    assert not server.buffer().joined
    assert server.buffer().members == {}
    assert server.listener.notices[-1] == ("error", "#sala: chega")
    server.send(":ana2!a@h JOIN #sala * :x", ":ana2!a@h PART #sala")
    assert server.network.buffer("#sala") is None


def test_the_list_of_channels_has_an_end() -> None:
    server = CoreServer().connect()
    server.send(":s 322 ana #a 12 :Sobre", ":s 322 ana #b x")
    assert server.network.channel_list is not None
    assert [(room.name, room.users, room.topic) for room in server.network.channel_list] == [
        ("#a", 12, "Sobre"),
        ("#b", 0, ""),
    ]
    server.network.received(b":s 322 ana #a 1 :x\r\n" * (MAX_LISTED + 10))
    assert len(server.network.channel_list) == MAX_LISTED


# --- what is said


def test_messages_find_their_place() -> None:
    server = CoreServer().connect()
    server.send(message(1), message(2, target="@#sala"), message(3, "só nós", target="ana"))
    server.send(
        message(4, "eu, de lá", nick="ana", target="bia"), ":s NOTICE * :*** oi", ":irc.example.org PRIVMSG ana :x"
    )
    assert server.texts() == ["t1", "t2"]
    assert server.buffer().lines[-1].statusmsg == "@"
    assert server.texts("bia") == ["só nós", "eu, de lá"]
    assert [each.mine for each in server.buffer("bia").lines] == [False, True]
    assert [each.text for each in server.network.server.lines][-2:] == ["*** oi", "x"]


def test_notices_of_services_open_nothing() -> None:
    server = CoreServer().connect()
    server.send(":NickServ!s@services NOTICE ana :You are now identified")
    assert server.network.buffer("NickServ") is None
    assert server.listener.notices == [("info", "NickServ: You are now identified")]
    assert server.network.server.lines[-1].nick == "NickServ"
    server.network.open("NickServ")
    server.send(":NickServ!s@services NOTICE ana :de novo")
    assert server.texts("NickServ") == ["de novo"]


def test_what_we_said_elsewhere_is_ours() -> None:
    server = CoreServer(identity=Identity("ana")).connect()
    server.send(
        ":s 900 ana ana!a@h ana :ok", message(1, "do celular", nick="ana"), message(2, nick="x", tags="account=ana")
    )
    assert [each.mine for each in server.buffer().lines] == [True, True]
    assert (server.buffer().unread, server.listener.highlights) == (0, [])


def test_ctcp_is_answered_once_and_never_shown() -> None:
    server = CoreServer().connect()
    server.send(":bia!b@h PRIVMSG ana :\x01PING 123\x01", ":bia!b@h PRIVMSG ana :\x01version\x01")
    assert server.received() == ["NOTICE bia :\x01PING 123\x01", "NOTICE bia :\x01version Papo\x01"]
    server.send(
        ":bia!b@h PRIVMSG #sala :\x01VERSION\x01",
        ":bia!b@h NOTICE ana :\x01VERSION x\x01",
        ":bia!b@h PRIVMSG ana :\x01",
    )
    server.send(":ana!a@h PRIVMSG ana :\x01VERSION\x01", "::x!b@h PRIVMSG ana :\x01VERSION\x01")
    assert server.received() == ["NOTICE ?x :\x01VERSION Papo\x01"], "a nick that cannot be goes nowhere"
    server.send(":bia!b@h PRIVMSG #sala :\x01ACTION acena\x01")
    assert (server.buffer().lines[-1].kind, server.texts()) == ("action", ["acena"])


def test_reactions() -> None:
    server = CoreServer().connect()
    server.send("@+draft/react=👍;+reply=m1 :caio!c@h TAGMSG #sala", message(1), message(2))
    server.send(
        "@+draft/react=👍;+draft/reply=m1 :dora!d@h TAGMSG #sala", "@+react=🎉;+reply=m2 :dora!d@h TAGMSG #sala"
    )
    one, two = server.buffer().lines
    assert (one.reactions, two.reactions) == ({"👍": ["caio", "dora"]}, {"🎉": ["dora"]})
    server.send(
        "@+draft/react=👍;+reply=m1 :caio!c@h TAGMSG #sala", "@+draft/unreact=🎉;+reply=m2 :dora!d@h TAGMSG #sala"
    )
    assert (one.reactions, two.reactions) == ({"👍": ["dora", "caio"]}, None)
    server.send("@+draft/unreact=🎉;+reply=m2 :dora!d@h TAGMSG #sala", "@+draft/react=x;+reply=m2 :d!d@h TAGMSG #outra")
    assert two.reactions is None


def test_edits() -> None:
    server = CoreServer().connect()
    server.send(message(1), ":bia!b@h EDIT #sala m1 :corrigido", ":bia!b@h EDIT #sala m2 :antes", message(2))
    one, two = server.buffer().lines
    assert [(each.text, each.edited) for each in (one, two)] == [("corrigido", True), ("antes", True)]


def test_nobody_edits_what_another_said() -> None:
    """The tag is a client's, and servers pass those on as they are."""
    server = CoreServer(caps="account-tag message-tags").connect()
    server.send(message(1, "verdade", tags="account=bia"), message(8, "dito", nick="caio", tags="+draft/edit=m1"))
    server.send(message(9, "dito 2", nick="caio", tags="+draft/edit=m1;account=caio"))
    server.send(message(10, "mentira", nick="caio", tags="+draft/edit=m2;account=caio"), message(2))
    assert server.texts() == ["verdade", "dito", "dito 2", "t2"]
    server.send(
        message(11, "dito 3", nick="BIA", tags="+draft/edit=m1"),
        message(12, "eu", nick="b2", tags="+draft/edit=m1;account=bia"),
    )
    assert server.texts() == ["eu", "dito", "dito 2", "t2", "dito 3"]


def test_deletions() -> None:
    server = CoreServer().connect()
    server.send(message(1), "@+draft/react=👍;+reply=m1 :caio!c@h TAGMSG #sala", ":bia!b@h REDACT #sala m1 :ops")
    server.send("@+draft/react=👍;+reply=m1 :caio!c@h TAGMSG #sala", ":bia!b@h EDIT #sala m1 :de volta")
    (one,) = server.buffer().lines
    assert (one.redacted, one.text, one.reactions) == (True, "", None)
    server.send(":bia!b@h REDACT #sala m2", message(2, "tarde demais"))
    assert server.texts() == ["", ""]


def test_typing() -> None:
    server = CoreServer().connect()
    room = server.buffer()
    server.send("@+typing=active :bia!b@h TAGMSG #sala", "@+typing=active :ana!a@h TAGMSG #sala")
    assert room.typing_nicks() == ["bia"]
    server.send("@+typing=done :bia!b@h TAGMSG #sala", "@+typing=active :caio!c@h TAGMSG #sala")
    assert room.typing_nicks() == ["caio"]
    server.send(message(1, nick="caio"))
    assert room.typing_nicks() == []
    server.send("@+typing=active :bia!b@h TAGMSG #sala")
    room.typing["bia"] = ("bia", 1)
    server.network.tick()
    assert room.typing == {}
    for at in range(MAX_TYPING * 2):
        server.send(f"@+typing=active :n{at}!b@h TAGMSG #sala")
    assert len(room.typing) == MAX_TYPING


def test_the_map_of_people_has_an_end() -> None:
    server = CoreServer().connect()
    for at in range(MAX_USERS + 100):
        server.network.user(f"n{at}")
    assert len(server.network.users) <= MAX_USERS
    assert server.network.find_user(f"n{MAX_USERS + 99}") is not None


# --- what calls us


def test_what_counts_as_unread_and_as_a_mention() -> None:
    server = CoreServer().connect()
    room = server.buffer()
    server.send(message(1, "bom dia"), message(2, "Ana, vem"), message(3, "banana"), message(4, "\x02\x0304ana\x0f?"))
    assert (room.unread, room.mentions, server.listener.highlights) == (4, 2, ["Ana, vem", "\x02\x0304ana\x0f?"])
    server.send(message(5, nick="ana"), message(6, "concordo", tags="+reply=m5"), message(7, "oi", target="ana"))
    assert (room.unread, room.mentions, server.buffer("bia").mentions) == (5, 3, 1)
    server.network.keywords = ["prova"]
    server.send(message(8, "amanhã tem PROVA"))
    assert room.mentions == 4
    server.network.visible.add("#sala")
    server.send(message(9, "ana?"))
    assert (room.mentions, room.unread) == (4, 6)
    server.network.visible.clear()
    room.notifications_off = True
    server.send(message(10, "ana!"))
    assert room.mentions == 5
    assert server.listener.highlights[-1] == "amanhã tem PROVA"
    server.send(message(10, "ana!"))
    assert room.mentions == 5, "nothing counts twice"


def test_the_mark_of_what_was_read_is_shared() -> None:
    server = CoreServer().connect()
    room = server.buffer()
    server.send(message(1), message(2, "ana"), message(3))
    server.send(":s MARKREAD #sala timestamp=*", ":s MARKREAD #sala timestamp=x", ":s MARKREAD #nada timestamp=x")
    assert room.unread == 3
    server.send(":s MARKREAD #sala timestamp=2026-11-20T22:00:02.000Z")
    assert (room.unread, room.mentions, room.line_at_ms) == (1, 0, room.read_at_ms)
    server.send(":s MARKREAD #sala timestamp=2026-11-20T22:00:01.000Z")
    assert room.unread == 1, "a mark goes only forward"


# --- refusals


@pytest.mark.parametrize(
    ("line", "where", "text"),
    [
        (":s 404 ana #sala :Cannot send", "#sala", "#sala: Cannot send"),
        (":s 482 ana #sala :You're not an operator", "#sala", "#sala: You're not an operator"),
        (":s 401 ana ninguem :No such nick", "", "ninguem: No such nick"),
        (":s 421 ana X :Unknown command", "", "X: Unknown command"),
        ("FAIL TOPIC X #sala :não", "#sala", "não"),
        ("NOTE X Y :nota", "", "nota"),
        (":s 311 ana bia b h * :Bia", "", "bia b h * Bia"),
        (":s 474 ana #fora :banned", "", "#fora: banned"),
        ("ERROR :tchau", "", "tchau"),
    ],
)
def test_what_the_server_says_stands_where_it_belongs(line: str, where: str, text: str) -> None:
    server = CoreServer().connect()
    server.send(line)
    shown = server.buffer(where).lines[-1]
    assert shown.text == text
    wrong = shown.kind == "error" and not line.startswith("ERROR")
    assert server.listener.notices == ([("error", text)] if wrong else [])


def test_a_nick_that_is_refused_is_wanted_no_more() -> None:
    server = CoreServer().connect()
    server.network.change_nick("bia")
    server.send(":s 433 ana bia :taken")
    assert (server.network.wanted_nick, server.listener.notices) == ("ana", [("error", "bia: taken")])


def test_doing_without_capabilities() -> None:
    server = CoreServer(caps="", tokens="CHANTYPES=#&").connect()
    server.send(":bia!b@h JOIN #sala", ":bia!b@h PRIVMSG #sala :oi", ":caio!c@h PRIVMSG &lá :oi")
    room = server.buffer()
    assert room.lines[-1].id == ""
    assert not send.can_react(server.network, room.lines[-1])
    send.typing(server.network, room, empty=False)
    assert server.received() == []
    assert server.buffer("&lá").kind == "channel"


def test_names_are_folded_as_the_server_says() -> None:
    rfc = CoreServer(caps=CAPS, tokens=TOKENS.replace("ascii", "rfc1459"), rooms=["#a[b]"]).connect(joined=["#a{b}"])
    rfc.send(message(1, target="#A{B}"))
    assert rfc.texts("#a[b]") == ["t1"]
    plain = CoreServer(rooms=["#a[b]"])
    plain.network.notifications_off.add("#a[b]")
    plain.network.open("#a[b]")
    plain.connect(joined=["#a[b]"])
    assert plain.buffer("#a[b]").notifications_off
    assert plain.network.buffer("#a{b}") is None
    assert plain.network.is_me("ANA")
