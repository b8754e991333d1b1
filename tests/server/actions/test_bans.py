"""Bans from the server: by mask, address and account."""

from __future__ import annotations

from memory_server import MemoryServer, make_config

from papo.config import Privacy
from papo.server.actions import operate
from papo.server.world.permissions import POWERS
from papo.server.world.records import Account, Ban
from papo.server.world.undo import FINAL


def make_server(cloak: str = "off") -> MemoryServer:
    """With `chefe`, an operator of the server, and `bia`."""
    server = MemoryServer(make_config(privacy=Privacy(cloak=cloak)))  # type: ignore[arg-type]  # one of its literals
    server.chat.cloak_secret = b"x" * 32
    server.register("chefe", "#sala")
    operate.become_operator(server.chat, server.clients["chefe"], "chefe", POWERS)
    server.register("bia", "#sala")
    return server


def test_a_ban_covers_users_by_its_kind() -> None:
    """By mask, address and account; an expired ban is forgotten."""
    server = MemoryServer()
    now_ms = server.chat.now_ms()
    for ban in (
        Ban(kind="mask", mask="*!*@*.ruim", reason="m", by="c", at_ms=0),
        Ban(kind="address", mask="203.0.113.0/24", reason="a", by="c", at_ms=0),
        Ban(kind="account", mask="ana", reason="k", by="c", at_ms=0, until_ms=now_ms + 1000),
    ):
        server.chat.world.registry.keep(ban, FINAL)

    ana = Account(id="1", name="Ana", created_at_ms=0)

    def reason(address: str = "10.0.0.1", host: str = "y", account: Account | None = None) -> str:
        return operate.ban_reason(server.chat, who="x!y", address=address, host=host, account=account)

    assert reason() == ""
    assert reason(host="mau.ruim") == "m"
    assert reason(address="203.0.113.7") == "a"
    assert reason(address="::ffff:203.0.113.7") == "a"
    assert reason(account=ana) == "k"
    server.now_s += 2
    assert reason(account=ana) == ""
    assert "account:ana" not in server.chat.world.registry.bans


def test_a_ban_of_a_cloak_holds_for_the_next_connection() -> None:
    """Operators ban the mask that they see."""
    server = make_server("all")
    host = server.chat.world.nicks["bia"].host
    assert host != "10.0.0.1"
    server.send("chefe", f"KLINE bia!*@{host} :chega")
    server.run_deferred()
    assert "bia" not in server.chat.world.nicks
    assert "banned" in server.try_nick("bia")
    assert "001" in server.try_nick("caio")


def test_a_ban_of_an_address_covers_users_with_another_host() -> None:
    """An assigned host does not protect from it."""
    server = make_server()
    server.chat.world.nicks["bia"].host = "escola.example"
    server.send("chefe", "KLINE bia!*@10.0.0.* :chega")
    server.run_deferred()
    assert "bia" not in server.chat.world.nicks
    assert "banned" in server.try_nick("bia")
