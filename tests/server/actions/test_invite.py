"""INVITE lets nobody past a ban or a mode whom an operator of the channel has not let past it."""

from __future__ import annotations

import pytest
from memory_server import MemoryServer

CLOSED = {"b": "+b eva!*@*", "i": "+i", "k": "+k chave", "l": "+l 2", "R": "+R"}


def make_server(modes: str = "") -> MemoryServer:
    """`ana` is the operator of #sala, `bia` a member, `eva` outside and without TLS."""
    server = MemoryServer()
    server.tls = True
    server.register("ana", "#sala")
    server.register("bia", "#sala")
    server.tls = False
    server.register("eva")
    if modes:
        server.send("ana", f"MODE #sala {modes}")
    return server


def gets_in(server: MemoryServer) -> bool:
    """Whether eva can join."""
    return any(" JOIN #sala" in line for line in server.ask("eva", "JOIN #sala"))


@pytest.mark.parametrize("letter", [letter for letter in CLOSED if letter != "i"])
@pytest.mark.parametrize("rank", ["", "v", "h"])
def test_an_invitation_by_a_member_lets_nobody_past(letter: str, rank: str) -> None:
    """Before it or after it."""
    for first in (CLOSED[letter], ""):
        server = make_server(first)
        if rank:
            server.send("ana", f"MODE #sala +{rank} bia")
        assert any(" 341 " in line for line in server.ask("bia", "INVITE eva #sala"))
        assert any(" INVITE eva #sala" in line for line in server.received("eva"))
        server.send("ana", f"MODE #sala {CLOSED[letter]}")
        assert not gets_in(server)
        assert "#sala" not in " ".join(server.ask("bia", "INVITE")[:-1])


def test_a_channel_that_is_closed_later_is_closed_to_whom_a_member_had_invited() -> None:
    """The member could not invite them now."""
    server = make_server()
    server.send("bia", "INVITE eva #sala")
    server.send("ana", "MODE #sala +i")
    assert not gets_in(server)


@pytest.mark.parametrize("letter", CLOSED)
def test_an_invitation_by_an_operator_lets_in_once(letter: str) -> None:
    """Whatever the modes and bans say."""
    server = make_server(CLOSED[letter])
    server.send("ana", "INVITE eva #sala")
    server.send("bia", "INVITE eva #sala")
    assert gets_in(server)
    server.send("eva", "PART #sala")
    assert not gets_in(server)


def test_a_ban_takes_the_invitations_of_those_it_matches() -> None:
    """Of nobody else, and a mute takes none; the same operator may invite again."""
    server = make_server("+i")
    server.register("leo")
    server.send("ana", "INVITE eva #sala")
    server.send("ana", "INVITE leo #sala")
    server.send("ana", "MODE #sala +bb m:eva!*@* outro!*@*")
    assert "#sala" in " ".join(server.ask("eva", "INVITE"))
    server.send("ana", "MODE #sala +b eva!*@*")
    assert not gets_in(server)
    assert any(" JOIN #sala" in line for line in server.ask("leo", "JOIN #sala"))
    server.send("ana", "INVITE eva #sala")
    assert gets_in(server)


def test_tls_is_needed_whoever_invites() -> None:
    """What is said with mode z never leaves TLS."""
    server = make_server("+z")
    server.send("ana", "INVITE eva #sala")
    assert not gets_in(server)


@pytest.mark.parametrize(
    "line", ["INVITE bia {}", "PART {}", "RENAME {} #nova", "KICK {} ana", "TOPIC {} :x", "KNOCK {}"]
)
def test_a_secret_channel_is_to_outsiders_as_one_that_is_not_there(line: str) -> None:
    """Whatever they try."""
    server = make_server("+s")
    secret, none = (server.ask("eva", line.format(name)) for name in ("#sala", "#nada"))
    assert [each.replace("#sala", "#nada") for each in secret] == none
