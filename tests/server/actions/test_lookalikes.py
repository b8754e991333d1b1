"""Nobody is mistaken for another because of characters that are not seen, or look alike (UTS 39; RFC 8264, 8265)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_server import MemoryServer

from papo.server.actions import nicks
from papo.server.actions.accounts import accounts
from papo.server.dialects.irc.sasl import split_device
from papo.server.world.confusables import MAX_CHARS, skeletons
from papo.server.world.errors import Code, Refused
from papo.server.world.events import RecordStored
from papo.server.world.names import fold, to_nick
from papo.server.world.records import Account, ChannelRecord

UNSEEN = ("\ufe0f", "\u034f", "\u180b", "\u3164", "\u115f", "\U000e0100", "\u2800")


@pytest.mark.parametrize("char", UNSEEN, ids=ascii)
def test_what_is_not_seen_makes_no_second_ana(char: str) -> None:
    """As nick, account and channel, by every verb that makes one."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        server.register("bia", "#bia")
        for nick in (f"ana{char}", char, f"{char}ana"):
            assert " 432 " in server.ask("bia", f"NICK {nick}")[0]
            assert " 432 " in server.try_nick(nick)
            assert "BAD_ACCOUNT_NAME" in (await server.ask_and_wait("bia", f"REGISTER {nick} * senha-boa-1"))[0]
        for channel in (f"#sala{char}", f"#{char}", f"#{char}bia"):
            assert (
                " 403 " in server.ask("bia", f"JOIN {channel}")[0] or " 479 " in server.ask("bia", f"JOIN {channel}")[0]
            )
            assert "CANNOT_RENAME" in server.ask("bia", f"RENAME #bia {channel}")[0]
        assert set(server.chat.world.channels) == {"#sala", "#bia"}

    asyncio.run(asyncio.wait_for(test(), 60))


def test_an_open_channel_has_no_twin() -> None:
    """Registered or not, either way round, and by renaming; when it is gone its twin may come."""
    server = MemoryServer()
    server.register("ana", "#sac", "#❤")
    server.register("bia", "#bia")
    for twin in ("#ѕас", "#❤\ufe0f", "#SAC\u0301"[:4] + "\ufe0f"):
        assert " 403 " in server.ask("bia", f"JOIN {twin}")[0] or " 479 " in server.ask("bia", f"JOIN {twin}")[0], twin
    assert "CHANNEL_NAME_IN_USE" in server.ask("bia", "RENAME #bia #ѕас")[0]
    server.ask("ana", "PART #sac")
    server.ask("bia", "JOIN #ѕас")
    assert "#ѕас" in server.chat.world.channels
    assert "JOIN" not in server.ask("ana", "JOIN #sac")[0]
    server.ask("bia", "RENAME #ѕас #outra")
    assert " JOIN " in server.ask("ana", "JOIN #sac")[0]


def test_who_registered_a_name_under_older_rules_keeps_it() -> None:
    """The account works and its nick is its owner's, but it owns nothing of the name that it looks like."""

    async def test() -> None:
        server = MemoryServer()
        chat = server.chat
        ana = await server.run_action(accounts.create(chat, name="ana", password="senha-boa-1"))
        old = Account(id="old", name="ana\ufe0f", created_at_ms=ana.created_at_ms + 1, version=1)
        room = ChannelRecord(key="#sala\u3164", name="#sala\u3164", created_at_ms=1, founder="old", version=1)
        for record in (old, room):  # as at start
            chat.world.apply(RecordStored(**chat.server_stamp(), record=record))
        registry: Any = chat.world.registry
        assert (registry.owner("ana").id, registry.owner("ana\ufe0f").id) == (ana.id, "old")
        assert registry.owner("ANA\u034f").id == ana.id
        assert registry.account("ana\ufe0f").id == "old"
        nicks.check_available(chat, "ana\ufe0f", account_id="old")
        for other in ("", ana.id):
            with pytest.raises(Refused) as refused:
                nicks.check_available(chat, "ana\ufe0f", account_id=other)
            assert refused.value.code is Code.NICK_RESERVED
        assert registry.channels_alike("#sala") == {"#sala\u3164"}

    asyncio.run(asyncio.wait_for(test(), 60))


LETTERS = st.text(st.sampled_from("aаαlIіoоnνNΝ\ufe0f\u0301e\u0307ı"), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(names=st.lists(LETTERS, min_size=2, max_size=6))
def test_no_two_names_in_use_look_alike(names: list[str]) -> None:
    """Whatever was accepted, in whatever order."""
    server = MemoryServer()
    for number, name in enumerate(names):
        server.register(f"user{number}")
        server.send(f"user{number}", f"NICK {name}")
        server.send(f"user{number}", f"JOIN #{name}")
    for used in ([user.nick for user in server.chat.world.users.values()], list(server.chat.world.channels)):
        keys = [key for name in used for key in skeletons(name)]
        assert len(keys) == len(set(keys)), used


def test_what_is_shown_in_place_of_a_nick_is_no_disguise() -> None:
    """A display name, a real name, a relayed name: also before registration, and in Portuguese."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        server.register("bia", "#sala", caps="draft/metadata-2")
        for name in ("ana", "ANA", "ana\ufe0f", "\u3164", "\u2800", " ana", "NickServ", "a\u202ena", "аnа"):
            assert "VALUE_INVALID" in server.ask("bia", f"METADATA * SET display-name :{name}")[0], ascii(name)
        for name in ("Beatriz Conceição", "bia", "Bia ❤️", "Бия"):
            assert "VALUE_INVALID" not in server.ask("bia", f"METADATA * SET display-name :{name}")[0], name
        server.connect("caio")
        for line in (
            "CAP REQ :draft/metadata-2",
            "NICK caio",
            "METADATA * SET display-name :ana",
            "USER c 0 * :\u3164",
        ):
            server.send("caio", line)
        server.send("caio", "CAP END")
        caio = server.chat.world.users[server.clients["caio"].me.uid]
        assert "display-name" not in server.chat.world.profiles.get(caio.identity, {})
        assert caio.realname == "caio"
        assert "INVALID_REALNAME" in server.ask("caio", "SETNAME :\u3164\u200d")[0]
        server.ask("caio", "SETNAME :C\u202eaio\u0085 ❤️")
        assert caio.realname == "Caio ❤️"
        for name in ("ana\ufe0f/irc", "ana/", "/ana", "a\u3164/irc", "a\u200b/b", "аnа/irc"):
            server.send("ana", "MODE #sala +h bia")
            assert "INVALID_NICK" in server.ask("bia", f"RELAYMSG #sala {name} :oi")[0], ascii(name)
        assert "INVALID_NICK" not in " ".join(server.ask("bia", "RELAYMSG #sala joão/irc :oi"))

    asyncio.run(asyncio.wait_for(test(), 60))


def test_no_account_looks_like_a_guest_who_is_here() -> None:
    """The guest could not register their own name, and would be taken for its owner."""

    async def test() -> None:
        server = MemoryServer()
        server.register("cora")
        server.register("bia")
        assert "ACCOUNT_EXISTS" in (await server.ask_and_wait("bia", "REGISTER сога * senha-boa-1"))[0]
        assert "SUCCESS" in (await server.ask_and_wait("cora", "REGISTER * * senha-boa-1"))[0]

    asyncio.run(asyncio.wait_for(test(), 60))


def test_a_long_name_costs_little_before_anybody_has_proved_anything() -> None:
    """The name of a login may be kilobytes of characters that each stand for eighteen: they are folded, and no more."""
    long = "\ufdfa" * MAX_CHARS
    assert skeletons(long) == (fold(long),)
    assert len(to_nick("\ufdfa" * 5_000, 32)) <= 32


@pytest.mark.parametrize(
    ("device", "shown"),
    [("fone", "fone"), ("fo\u202ene\x1b", "fone"), ("\u3164", ""), ("tel\u00e9fono", "tel\u00e9fono")],
)
def test_a_device_is_called_by_what_is_seen(device: str, shown: str) -> None:
    """Its owner reads the list of devices to find a stranger's."""
    assert split_device(f"ana@{device}") == ("ana", shown)
