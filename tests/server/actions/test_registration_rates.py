"""Who has made many accounts makes no more for a while, and closes registration for nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Accounts, Limits
from papo.protocol.times import DAY_MS
from papo.server.delivery.ports import NotStored

FAR, OTHER = "203.0.113.5", "198.51.100.7"


class School:
    """A server on which people with addresses make accounts."""

    def __init__(self, **changes: Any) -> None:
        accounts = Accounts(
            argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, registrations_per_10min=changes.pop("all", 30)
        )
        limits = Limits(**{"nicks_per_minute": 1000, "message_burst": 1000, "connections_per_s": 1000, **changes})
        self.server = MemoryServer(make_config(limits=limits, accounts=accounts))
        self.made = 0

    def connect(self, address: str) -> str:
        """The nick of a guest from this address."""
        self.made += 1
        nick = f"guest{self.made}"
        session = self.server.connect(nick)
        session.link.address = address
        for line in (f"NICK {nick}", f"USER {nick} 0 * :x"):
            self.server.send(nick, line)
        return nick

    async def register(self, address: str, line: str = "REGISTER * * senha-boa-1") -> str:
        """What a guest from this address is answered: "" if there is an account now."""
        nick = self.connect(address)
        answer = " ".join(await self.server.ask_and_wait(nick, line))
        return "" if nick in {account.name for account in self.server.chat.world.registry.accounts.values()} else answer


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run it on a loop of its own."""
    asyncio.run(test())


def test_nobody_tries_a_list_of_mail_addresses() -> None:
    """To learn who has an account costs as much as to make one."""

    async def test() -> None:
        school = School()
        assert await school.register(OTHER, "REGISTER * ana@example.org senha-boa-1") == ""
        answers = [await school.register(FAR, "REGISTER * ana@example.org senha-boa-1") for _ in range(12)]
        assert all("UNACCEPTABLE_EMAIL" in answer for answer in answers[:10])
        assert all("from your address" in answer for answer in answers[10:])

    run(test)


def test_one_address_cannot_close_registration_for_others() -> None:
    """It is refused with its own limit, and others go on; ten minutes later so does it."""

    async def test() -> None:
        school = School()
        answers = [await school.register(FAR) for _ in range(30)]
        assert answers[:10] == [""] * 10
        assert all("from your address" in answer for answer in answers[10:])
        assert [await school.register(OTHER) for _ in range(10)] == [""] * 10
        school.server.now_s += 601
        assert await school.register(FAR) == ""

    run(test)


@pytest.mark.parametrize("line", ["REGISTER * * senha-boa-1", "NICKSERV REGISTER senha-boa-1"])
def test_every_way_to_register_is_counted_together(line: str) -> None:
    """By command and by NickServ."""

    async def test() -> None:
        school = School(accounts_per_10min=2)
        assert await school.register(FAR) == ""
        assert await school.register(FAR, line) == ""
        assert "from your address" in await school.register(FAR, line)

    run(test)


def test_ipv6_counts_by_its_64_and_by_its_48() -> None:
    """A site's 65,536 networks are not 65,536 times as much."""

    async def test() -> None:
        school = School(accounts_per_10min=1, all=1000)
        assert await school.register("2001:db8:0:1::1") == ""
        assert "from your address" in await school.register("2001:db8:0:1:ffff::2")
        assert [await school.register(f"2001:db8:0:{n}::1") for n in range(2, 17)] == [""] * 15
        assert "from your address" in await school.register("2001:db8:0:17::1")
        assert await school.register("2001:db8:1:1::1") == ""

    run(test)


def test_many_addresses_do_not_lock_out_people_from_known_networks() -> None:
    """What all have together is used up; a private network and that of an old account's owner go on."""

    async def test() -> None:
        school = School(all=3, accounts_per_10min=5)
        assert await school.register(OTHER) == ""
        school.server.now_s += DAY_MS / 1000 + 1
        assert [await school.register(f"203.0.113.{n}") for n in range(3)] == [""] * 3
        assert "being created" in await school.register("203.0.113.9")
        assert "being created" in await school.register("203.0.113.1"), "its account is new"
        assert "being created" in await school.register("127.0.0.1"), "perhaps a proxy"
        assert [await school.register("192.168.0.5") for _ in range(5)] == [""] * 5
        assert "from your address" in await school.register("192.168.0.5")
        assert [await school.register(OTHER) for _ in range(5)] == [""] * 5
        assert "from your address" in await school.register(OTHER)
        school.server.chat.world.users.clear()
        assert "being created" in await school.register("198.51.100.8")

    run(test)


def test_loopback_has_no_limit_of_its_own() -> None:
    """A proxy that is not trusted, or everybody on this machine: only what all have together."""

    async def test() -> None:
        school = School(accounts_per_10min=1, all=3)
        assert [bool(await school.register("127.0.0.1")) for _ in range(4)] == [False, False, False, True]

    run(test)


def test_limits_that_are_off_count_nothing() -> None:
    """They are for benchmarks."""

    async def test() -> None:
        school = School(accounts_per_10min=1, all=1, enabled=False)
        assert [await school.register(FAR) for _ in range(3)] == [""] * 3

    run(test)


def test_what_the_store_refuses_is_not_counted() -> None:
    """By none of the counts."""

    async def test() -> None:
        school = School(accounts_per_10min=1, all=1)
        school.server.store.failure = NotStored("disk full")
        assert await school.register(FAR) != ""
        school.server.store.failure = None
        assert await school.register(FAR) == ""
        assert "from your address" in await school.register(FAR)
        assert "being created" in await school.register(OTHER)

    run(test)
