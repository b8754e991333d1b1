"""Slow mode and the join throttle belong to the channel, whatever it is called."""

from __future__ import annotations

import pytest
from memory_server import MemoryServer

from papo.server.actions.channels import rates
from papo.server.delivery.ports import NotStored
from papo.server.world.modes import PARAMETER_MODES, RATE_MODES


def make_server(modes: str) -> MemoryServer:
    """With `ana`, operator of #sala with these modes, and `bia` and `caio`, who are nowhere."""
    server = MemoryServer()
    server.register("ana", "#sala")
    server.register("bia")
    server.register("caio")
    server.send("ana", f"MODE #sala {modes}")
    return server


def joins(server: MemoryServer, nick: str, channel: str) -> bool:
    """Whether the user is let in."""
    return any(" JOIN " in line for line in server.ask(nick, f"JOIN {channel}"))


def sends(server: MemoryServer, nick: str, channel: str) -> bool:
    """Whether the channel gets a message of the user."""
    server.received("ana")
    server.send(nick, f"PRIVMSG {channel} :oi")
    return bool(server.received("ana"))


def test_a_join_throttle_survives_a_rename() -> None:
    """Mode j counts on under the new name, and ends when its time is over."""
    server = make_server("+j 1:60")
    assert joins(server, "bia", "#sala")
    server.send("ana", "RENAME #sala #aula")
    assert not joins(server, "caio", "#aula")
    server.now_s += 60
    assert joins(server, "caio", "#aula")


def test_what_the_store_refuses_is_not_counted() -> None:
    """Whoever sends a message again, or joins again, need not wait; once it is stored, they do."""
    server = make_server("+Wj 60 1:60")
    server.store.failure = NotStored("disk full")
    assert "FAIL JOIN" in server.ask("bia", "JOIN #sala")[0]
    server.store.failure = None
    assert joins(server, "bia", "#sala")
    assert not joins(server, "caio", "#sala")
    server.store.failure = NotStored("disk full")
    assert not sends(server, "bia", "#sala")
    server.store.failure = None
    assert sends(server, "bia", "#sala")
    assert not sends(server, "bia", "#sala")


def test_slow_mode_survives_a_rename() -> None:
    """Mode W: who has sent something waits under the new name too; others do not."""
    server = make_server("+W 60")
    for nick in ("bia", "caio"):
        server.send(nick, "JOIN #sala")
    assert sends(server, "bia", "#sala")
    server.send("ana", "RENAME #sala #aula")
    assert not sends(server, "bia", "#aula")
    assert sends(server, "caio", "#aula")
    server.now_s += 60
    assert sends(server, "bia", "#aula")


def test_a_new_channel_of_the_same_name_starts_empty() -> None:
    """What an old channel counted does not count for it."""
    server = make_server("+j 1:60")
    assert joins(server, "bia", "#sala")
    for nick in ("ana", "bia"):
        server.send(nick, "PART #sala")
    server.send("ana", "JOIN #sala")
    server.send("ana", "MODE #sala +j 1:60")
    assert joins(server, "bia", "#sala")
    assert not joins(server, "caio", "#sala")


def test_channels_do_not_share_a_count() -> None:
    """Though they were created in the same moment."""
    server = make_server("+W 60")
    server.send("ana", "JOIN #aula")
    server.send("ana", "MODE #aula +W 60")
    server.send("bia", "JOIN #sala,#aula")
    assert sends(server, "bia", "#sala")
    assert sends(server, "bia", "#aula")
    assert not sends(server, "bia", "#aula")


def test_slow_mode_lets_a_user_send_one_message_in_its_time() -> None:
    """Users with voice do not wait."""
    server = make_server("+W 10")
    server.register("cris", "#sala")
    assert server.ask("cris", "PRIVMSG #sala :um") == []
    refused = server.ask("cris", "PRIVMSG #sala :dois")
    assert " 404 " in refused[0]
    assert "slow mode" in refused[0]
    assert server.ask("ana", "PRIVMSG #sala :eu posso") == server.ask("ana", "PRIVMSG #sala :sempre") == []
    server.now_s += 10
    assert server.ask("cris", "PRIVMSG #sala :dois") == []
    server.send("ana", "MODE #sala +v cris")
    server.received("cris")
    assert server.ask("cris", "PRIVMSG #sala :com voz") == []
    for wrong in ("0", "x", "-5", "999999"):
        server.send("ana", f"MODE #sala +W {wrong}")
    assert server.chat.world.channels["#sala"].modes["W"] == "10"


def test_every_mode_that_limits_a_rate_has_a_row() -> None:
    """A letter without one would be refused whatever its parameter."""
    assert set(RATE_MODES) == {letter for letter in PARAMETER_MODES if rates.is_limit(letter)}


@pytest.mark.parametrize(
    ("letter", "value", "kept"),
    [
        ("W", "10", "10"),
        ("W", "007", "7"),
        ("W", "99999", "99999"),
        ("W", "100000", None),
        ("W", "0", None),
        ("W", "-1", None),
        ("W", "1:2", None),
        ("W", "١", None),
        ("j", "3:10", "3:10"),
        ("j", "0:10", None),
        ("j", "3:0", None),
        ("j", "10", None),
        ("j", "10000:1", None),
        ("j", "3:10 ", None),
    ],
)
def test_a_parameter_is_kept_in_one_form_or_not_at_all(letter: str, value: str, kept: str | None) -> None:
    """What MODE says is what the channel has."""
    assert rates.valid_parameter(letter, value) == kept
