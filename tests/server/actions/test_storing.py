"""Operators are told that nothing is stored any more."""

from __future__ import annotations

import pytest
from memory_server import MemoryServer, make_config

from papo.config.settings import Server
from papo.server.actions import operate, storing
from papo.server.actions.alarms import REMIND_S


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "nothing is stored until a restart: no disk"),
        ("pt_BR", "nada é gravado até o servidor ser reiniciado: no disk"),
    ],
)
def test_a_store_that_has_failed_is_told_once_a_day(language: str, sentence: str) -> None:
    """In the server's language, however often it is looked at, and until the restart."""
    server = MemoryServer(make_config(server=Server(language=language)))
    operate.become_operator(server.chat, server.register("ana"), "chefe", ("see",))
    server.register("bia")
    server.received("ana")

    def told() -> list[str]:
        storing.review(server.chat)
        server.run_deferred()
        assert server.received("bia") == []
        return server.received("ana")

    assert told() == []
    server.store.stop_writing("no disk")
    (line,) = told()
    assert line.endswith(sentence)
    assert told() == []
    assert list(server.chat.alarms) == ["store"]
    server.now_s += REMIND_S
    (line,) = told()
    assert line.endswith(sentence)


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "nothing is stored: page 7"), ("pt_BR", "nada é gravado: page 7")]
)
def test_damage_is_not_said_to_end_with_a_restart(language: str, sentence: str) -> None:
    """A restart finds the same damage."""
    server = MemoryServer(make_config(server=Server(language=language)))
    operate.become_operator(server.chat, server.register("ana"), "chefe", ("see",))
    server.run_deferred()
    server.received("ana")
    server.store.stop_writing("page 7", damaged=True)
    storing.review(server.chat)
    server.run_deferred()
    *_, line = server.received("ana")
    assert line.endswith(sentence)
