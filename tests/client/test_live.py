"""The core and its connection with a real `papo serve`, over everything that it listens on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from alive import Alive
from running import QUIET, Running, running, start

from papo.client import files
from papo.client.certificates import Certificates
from papo.client.state import history, send
from papo.client.state.message import BufferLine
from papo.client.state.outbox import Outbox

CONFIG = QUIET + '[uploads]\nwho = "everyone"\nkeep_free_bytes = 0\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("server"), ["irc", "ircs", "http"], config=CONFIG) as started:
        yield started


def url(server: Running, scheme: str = "irc") -> str:
    return f"{scheme}://127.0.0.1:{server.ports[scheme]}"


async def trusted(server: Running) -> Certificates:
    """What a person does who is shown a certificate that nobody vouches for."""
    certificates = Certificates(None)
    stranger = Alive(url(server, "ircs"), "estranha", certificates=certificates)
    stranger.connection.start()
    await stranger.until(lambda: stranger.network.is_closed)
    ((code, fingerprint),) = stranger.watch.refusals
    assert (code, len(fingerprint)) == ("certificate", 64)
    assert not stranger.network.was_online
    certificates.trust(stranger.network.address, fingerprint)
    return certificates


@pytest.mark.parametrize("scheme", ["irc", "ircs", "http"])
def test_talking(server: Running, scheme: str) -> None:
    async def play() -> None:
        certificates = await trusted(server) if scheme == "ircs" else None
        room = f"#conversa-{scheme}"
        ana = await Alive(url(server, scheme), f"ana{scheme}", [room], certificates=certificates).come()
        bia = await Alive(url(server), f"bia{scheme}", [room]).come()
        ana.say("oi, ação 💥", room)
        first = await bia.hears("oi, ação 💥", room)
        assert (first.nick, first.mine) == (f"ana{scheme}", False)
        long = "\n".join([f"linha {at} " + "palavra " * 40 for at in range(8)])
        bia.say(long, room, reply_to=first.id)
        answer = await ana.hears(long, room)
        assert (answer.reply_to, answer.mention) == (first.id, True)
        bia.say("\x01ACTION acena\x01", room)
        assert (await ana.hears("acena", room)).kind == "action"
        bia.say("em segredo", ana.network.nick)
        await ana.hears("em segredo", bia.network.nick)
        await bia.hears("em segredo", ana.network.nick)
        for each in (ana, bia):
            assert each.network.outbox.of(str(each.network.address)) == []
        # A server may be busy with a question about the past when the connection ends, and not come to the rest.
        await ana.until(lambda: all(each.settled for each in ana.network.buffers.values() if each.kind == "person"))
        ana.network.quit("até logo")
        await bia.until(lambda: any(each.kind == "quit" and "até logo" in each.text for each in bia.room(room).lines))
        for each in (ana, bia):
            await each.leave()
        with_past = await Alive(url(server, scheme), "caio", [room], certificates=certificates).come()
        assert with_past.said(room) == ["oi, ação 💥", long, "acena"]
        await with_past.leave()

    asyncio.run(play())


def test_another_certificate_is_refused(server: Running) -> None:
    async def play() -> None:
        certificates = await trusted(server)
        address = Alive(url(server, "ircs"), "x").network.address
        certificates.trust(address, "00" * 32)
        ana = Alive(url(server, "ircs"), "ana", certificates=certificates)
        ana.connection.start()
        await ana.until(lambda: ana.network.is_closed)
        assert ana.watch.refusals[0][0] == "certificate"
        assert ana.watch.refusals[0][1] != "00" * 32
        assert not ana.network.was_online

    asyncio.run(play())


def test_what_is_done_to_messages(server: Running) -> None:
    async def play() -> None:
        ana = await Alive(url(server), "ana", ["#feitos"]).come()
        bia = await Alive(url(server), "bia", ["#feitos"]).come()
        for text in ("um", "dois", "três"):
            ana.say(text, "#feitos")
            await bia.hears(text, "#feitos")
        mine = await ana.hears("dois", "#feitos")
        theirs = await bia.hears("dois", "#feitos")
        send.react(bia.network, bia.room("#feitos"), theirs, "👍")
        for each, entry in ((ana, mine), (bia, theirs)):
            await each.until(partial(lambda entry: entry.reactions == {"👍": ["bia"]}, entry))
        send.react(bia.network, bia.room("#feitos"), theirs, "👍")
        await ana.until(lambda: mine.reactions is None)
        why: list[str] = []
        send.edit(ana.network, ana.room("#feitos"), mine, "dois e meio", why.append)
        await bia.until(lambda: theirs.text == "dois e meio")
        await ana.until(lambda: why and mine.edited)
        assert (theirs.edited, mine.text, why) == (True, "dois e meio", [""])
        send.edit(bia.network, bia.room("#feitos"), theirs, "mentira", why.append)
        await bia.until(lambda: len(why) == 2)
        assert why[1]
        send.delete(ana.network, ana.room("#feitos"), await ana.hears("um", "#feitos"), why.append)
        await bia.until(
            lambda: bia.room("#feitos").lines[0].redacted or any(each.redacted for each in bia.room("#feitos").lines)
        )
        send.typing(ana.network, ana.room("#feitos"), empty=False)
        await bia.until(lambda: bia.room("#feitos").typing_nicks() == ["ana"])
        rows: list[tuple[str, BufferLine]] = []

        def found(answer: list[tuple[str, BufferLine]] | None, wrong: str) -> None:
            assert wrong == ""
            rows.extend(answer or [])

        history.search(bia.network, {"in": "#feitos", "text": "meio"}, found)
        await bia.until(lambda: rows)
        assert [(where, entry.text) for where, entry in rows] == [("#feitos", "dois e meio")]
        caio = await Alive(url(server), "caio", ["#feitos"]).come()
        assert [each.text for each in caio.room("#feitos").lines if each.is_message and not each.redacted] == [
            "dois e meio", "três",
        ]  # fmt: skip
        for each in (ana, bia, caio):
            await each.leave()

    asyncio.run(play())


def test_reading_a_long_past(server: Running) -> None:
    async def play() -> None:
        ana = await Alive(url(server), "ana", ["#longa"]).come()
        for at in range(350):
            ana.say(f"t{at}", "#longa")
        await ana.hears("t349", "#longa")
        wanted = [f"t{at}" for at in range(350)]
        assert ana.said("#longa") == wanted
        bia = await Alive(url(server), "bia", ["#longa"]).come()
        room = bia.room("#longa")
        assert bia.said("#longa")[-1] == "t349"
        while room.has_older:
            history.load_older(bia.network, room)
            await bia.until(lambda: not room.loading)
        assert bia.said("#longa") == wanted
        early = next(each for each in room.lines if each.text == "t20")
        caio = await Alive(url(server), "caio", ["#longa"]).come()
        there = caio.room("#longa")
        landed: list[BufferLine | None] = []
        history.jump(caio.network, there, f"msgid={early.id}", landed.append)
        await caio.until(lambda: landed)
        assert landed[0] is not None
        assert landed[0].text == "t20"
        while there.has_newer:
            history.load_newer(caio.network, there)
            await caio.until(lambda: not there.loading)
        said = caio.said("#longa")
        assert said == wanted[wanted.index(said[0]) :]
        for each in (ana, bia, caio):
            await each.leave()

    asyncio.run(play())


def test_accounts(server: Running) -> None:
    async def play() -> None:
        ana = await Alive(url(server), "ana", ["#contas"]).come()
        await ana.ask("REGISTER", "*", "*", "correto cavalo bateria")
        await ana.until(lambda: ana.network.account == "ana")
        other = Alive(url(server), "ana-casa", ["#contas"], account="ana", password="correto cavalo bateria")
        await other.come()
        assert other.network.account == "ana"
        other.say("de casa", "#contas")
        assert (await ana.hears("de casa", "#contas")).mine, "our other device"
        wrong = Alive(url(server), "ana3", account="ana", password="errada")
        wrong.connection.start()
        await wrong.until(lambda: wrong.watch.refusals)
        assert wrong.watch.refusals[0][0] == "904"
        wrong.network.retry_with_password("ana", "correto cavalo bateria")
        await wrong.until(lambda: wrong.network.is_online)
        assert wrong.network.account == "ana"
        taken = Alive(url(server), ana.network.nick)
        taken.connection.start()
        await taken.until(lambda: taken.watch.refusals)
        assert taken.watch.refusals[0][0] == "433"
        taken.network.retry_with_nick("outra")
        await taken.ready()
        for each in (ana, other, wrong, taken):
            await each.leave()

    asyncio.run(play())


def test_files(server: Running, tmp_path: Path) -> None:
    file = tmp_path / "anotações da aula.txt"
    file.write_text("conteúdo " * 20_000)

    async def play() -> None:
        ana = await Alive(url(server), "dora", ["#arquivos"]).come()
        where = files.filehost(ana.network)
        tokens: list[str] = []

        def take(token: str) -> None:
            tokens.append(token)
            ana.watch.changed()

        files.ask_token(ana.network, "#arquivos", take)
        await ana.until(lambda: tokens)
        progress: list[float] = []
        link = await files.send(where, tokens[0], file, progress.append, language="pt")
        assert link.startswith(f"http://127.0.0.1:{server.ports['http']}/")
        assert (progress[-1], progress) == (1.0, sorted(progress))
        for token, path in (("wrong", file), (tokens[0], tmp_path / "none"), (tokens[0], tmp_path)):
            with pytest.raises(files.NotSentError, match=r"\w"):
                await files.send(where, token, path, progress.append)
        with pytest.raises(files.NotSentError):
            await files.send("http://127.0.0.1:1/", "", file, progress.append)
        await ana.leave()

    asyncio.run(play())


# --- the server dies


def test_a_killed_server_comes_back_and_nothing_is_lost_or_said_twice(tmp_path: Path) -> None:
    server = start(tmp_path, ["irc"], config=CONFIG)
    port = server.ports["irc"]

    async def play() -> Running:
        ana = await Alive(f"irc://127.0.0.1:{port}", "ana", outbox=tmp_path / "ana").come()
        bia = await Alive(f"irc://127.0.0.1:{port}", "bia", outbox=tmp_path / "bia").come()
        wanted = []
        again = server
        for number in range(3):
            for at in range(40):
                wanted.append(f"ana {number}.{at}")
                ana.say(wanted[-1])
                bia.say(f"bia {number}.{at}")
            await asyncio.to_thread(again.stop, signal.SIGKILL)
            assert again.process.stdout is not None
            again.process.stdout.close()
            await ana.until(lambda: ana.network.status == "waiting")
            wanted.append(f"sem servidor {number}")
            ana.say(wanted[-1])
            again = await asyncio.to_thread(start, tmp_path, [f"irc://127.0.0.1:{port}"], config=CONFIG)
            for each in (ana, bia):
                each.connection.hurry()
                await each.ready()
        for each in (ana, bia):
            each.say(f"fim de {each.network.nick}")
        for each in (ana, bia):
            await each.hears("fim de ana")
            await each.hears("fim de bia")
            said = each.said()
            assert [text for text in said if text.startswith(("ana", "sem"))] == wanted
            assert sorted(said) == sorted(set(said)), "nothing twice"
            assert not any(entry.pending for entry in each.room().lines)
        caio = await Alive(f"irc://127.0.0.1:{port}", "caio").come()
        while caio.room().has_older:
            history.load_older(caio.network, caio.room())
            await caio.until(lambda: not caio.room().loading)
        assert caio.said() == ana.said() == bia.said(), "one order for all"
        for each in (ana, bia, caio):
            await each.leave()
        return again

    last = asyncio.run(play())
    last.stop()
    assert last.process.stdout is not None
    last.process.stdout.close()
    outbox = Outbox(tmp_path / "ana")
    assert outbox.of(f"irc://127.0.0.1:{port}") == []
    outbox.close()


def test_nobody_listens() -> None:
    async def play() -> None:
        ana = Alive("irc://127.0.0.1:1", "ana")
        ana.connection.start()
        await ana.until(lambda: ana.network.status == "waiting")
        assert "127.0.0.1:1" in ana.network.error
        assert ana.network.retry_at_ms > 0
        await ana.leave()
        nowhere = Alive(f"irc://{'a' * 70}.invalid", "ana")
        nowhere.connection.start()
        await nowhere.until(lambda: nowhere.network.status == "waiting")
        assert "aaa" in nowhere.network.error
        await nowhere.leave()

    asyncio.run(play())


def test_a_network_that_has_gone_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a cable is pulled: nobody says that the connection is over."""
    monkeypatch.setattr("papo.client.connection.SILENCE_S", 0.0)
    monkeypatch.setattr("papo.client.connection.ANSWER_S", 0.01)

    async def play() -> None:
        heard: list[bytes] = []

        async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(1024):
                heard.append(data)
            writer.close()

        listening = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        ana = Alive(f"irc://127.0.0.1:{port}", "ana")
        ana.connection.start()
        await ana.until(lambda: ana.network.status == "waiting")
        assert b"PING :still-there" in b"".join(heard)
        await ana.leave()
        listening.close()
        await listening.wait_closed()

    asyncio.run(play())


def test_waiting_after_a_thousand_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A night without a network: the time to wait stays a number."""
    monkeypatch.setattr("papo.client.connection.FIRST_WAIT_S", 0.0)

    async def play() -> None:
        ana = Alive("irc://127.0.0.1:1", "ana")
        tries: list[str] = []

        async def fails() -> str:
            tries.append("")
            raise ConnectionRefusedError

        monkeypatch.setattr(ana.connection, "_once", fails)
        ana.connection.start()
        await ana.until(lambda: len(tries) > 1_100)
        assert ana.network.status in {"waiting", "connecting"}
        await ana.leave()

    asyncio.run(play())
