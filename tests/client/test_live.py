"""The core and its connection with a real `papo serve`, over everything that it listens on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from live_network import LiveNetwork
from live_server import CONFIG, LiveServer, serve, start_server

from papo.client import files
from papo.client.certificates import Certificates
from papo.client.state import history, search, send
from papo.client.state.message import BufferLine
from papo.client.state.outbox import Outbox

CONFIG = CONFIG + '[uploads]\nwho = "everyone"\nkeep_free_bytes = 0\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serve(tmp_path_factory.mktemp("server"), ["irc", "ircs", "http"], config=CONFIG) as started:
        yield started


def url(server: LiveServer, scheme: str = "irc") -> str:
    return f"{scheme}://127.0.0.1:{server.ports[scheme]}"


async def trusted(server: LiveServer) -> Certificates:
    """A user who is shown a certificate that no trusted authority has signed."""
    certificates = Certificates(None)
    stranger = LiveNetwork(url(server, "ircs"), "estranha", certificates=certificates)
    stranger.connection.start()
    await stranger.wait_until(lambda: stranger.network.is_closed)
    ((code, fingerprint),) = stranger.listener.refusals
    assert (code, len(fingerprint)) == ("certificate", 64)
    assert not stranger.network.was_online
    certificates.trust(stranger.network.address, fingerprint)
    return certificates


@pytest.mark.parametrize("scheme", ["irc", "ircs", "http"])
def test_talking(server: LiveServer, scheme: str) -> None:
    async def play() -> None:
        certificates = await trusted(server) if scheme == "ircs" else None
        room = f"#conversa-{scheme}"
        ana = await LiveNetwork(url(server, scheme), f"ana{scheme}", [room], certificates=certificates).connect()
        bia = await LiveNetwork(url(server), f"bia{scheme}", [room]).connect()
        ana.send("oi, ação 💥", room)
        first = await bia.wait_for_message("oi, ação 💥", room)
        assert (first.nick, first.mine) == (f"ana{scheme}", False)
        long = "\n".join([f"linha {at} " + "palavra " * 40 for at in range(8)])
        bia.send(long, room, reply_to=first.id)
        answer = await ana.wait_for_message(long, room)
        assert (answer.reply_to, answer.mention) == (first.id, True)
        bia.send("\x01ACTION acena\x01", room)
        assert (await ana.wait_for_message("acena", room)).kind == "action"
        bia.send("em segredo", ana.network.nick)
        await ana.wait_for_message("em segredo", bia.network.nick)
        await bia.wait_for_message("em segredo", ana.network.nick)
        for each in (ana, bia):
            assert each.network.outbox.of(str(each.network.address)) == []
        # A server may be busy with a request for history when the connection ends, and not come to the rest.
        await ana.wait_until(
            lambda: not any(each.loading for each in ana.network.buffers.values() if each.kind == "query")
        )
        ana.network.quit("até logo")
        await bia.wait_until(
            lambda: any(each.kind == "quit" and "até logo" in each.text for each in bia.buffer(room).lines)
        )
        for each in (ana, bia):
            await each.close()
        with_past = await LiveNetwork(url(server, scheme), "caio", [room], certificates=certificates).connect()
        assert with_past.texts(room) == ["oi, ação 💥", long, "acena"]
        await with_past.close()

    asyncio.run(play())


def test_another_certificate_is_refused(server: LiveServer) -> None:
    async def play() -> None:
        certificates = await trusted(server)
        address = LiveNetwork(url(server, "ircs"), "x").network.address
        certificates.trust(address, "00" * 32)
        ana = LiveNetwork(url(server, "ircs"), "ana", certificates=certificates)
        ana.connection.start()
        await ana.wait_until(lambda: ana.network.is_closed)
        assert ana.listener.refusals[0][0] == "certificate"
        assert ana.listener.refusals[0][1] != "00" * 32
        assert not ana.network.was_online

    asyncio.run(play())


def test_what_is_done_to_messages(server: LiveServer) -> None:
    async def play() -> None:
        ana = await LiveNetwork(url(server), "ana", ["#feitos"]).connect()
        bia = await LiveNetwork(url(server), "bia", ["#feitos"]).connect()
        for text in ("um", "dois", "três"):
            ana.send(text, "#feitos")
            await bia.wait_for_message(text, "#feitos")
        mine = await ana.wait_for_message("dois", "#feitos")
        theirs = await bia.wait_for_message("dois", "#feitos")
        send.react(bia.network, bia.buffer("#feitos"), theirs, "👍")
        for each, line in ((ana, mine), (bia, theirs)):
            await each.wait_until(partial(lambda line: line.reactions == {"👍": ["bia"]}, line))
        send.react(bia.network, bia.buffer("#feitos"), theirs, "👍")
        await ana.wait_until(lambda: mine.reactions is None)
        why: list[str] = []
        send.edit(ana.network, ana.buffer("#feitos"), mine, "dois e meio", why.append)
        await bia.wait_until(lambda: theirs.text == "dois e meio")
        await ana.wait_until(lambda: why and mine.edited)
        assert (theirs.edited, mine.text, why) == (True, "dois e meio", [""])
        send.edit(bia.network, bia.buffer("#feitos"), theirs, "mentira", why.append)
        await bia.wait_until(lambda: len(why) == 2)
        assert why[1]
        send.delete(ana.network, ana.buffer("#feitos"), await ana.wait_for_message("um", "#feitos"), why.append)
        await bia.wait_until(
            lambda: (
                bia.buffer("#feitos").lines[0].redacted or any(each.redacted for each in bia.buffer("#feitos").lines)
            )
        )
        send.typing(ana.network, ana.buffer("#feitos"), empty=False)
        await bia.wait_until(lambda: bia.buffer("#feitos").typing_nicks() == ["ana"])
        rows: list[tuple[str, BufferLine]] = []

        def found(answer: list[tuple[str, BufferLine]] | None, wrong: str) -> None:
            assert wrong == ""
            rows.extend(answer or [])

        search.search(bia.network, {"in": "#feitos", "text": "meio"}, found)
        await bia.wait_until(lambda: rows)
        assert [(where, line.text) for where, line in rows] == [("#feitos", "dois e meio")]
        caio = await LiveNetwork(url(server), "caio", ["#feitos"]).connect()
        assert [each.text for each in caio.buffer("#feitos").lines if each.is_message and not each.redacted] == [
            "dois e meio", "três",
        ]  # fmt: skip
        for each in (ana, bia, caio):
            await each.close()

    asyncio.run(play())


def test_reading_a_long_past(server: LiveServer) -> None:
    async def play() -> None:
        ana = await LiveNetwork(url(server), "ana", ["#longa"]).connect()
        for at in range(350):
            ana.send(f"t{at}", "#longa")
        await ana.wait_for_message("t349", "#longa")
        wanted = [f"t{at}" for at in range(350)]
        assert ana.texts("#longa") == wanted
        bia = await LiveNetwork(url(server), "bia", ["#longa"]).connect()
        room = bia.buffer("#longa")
        assert bia.texts("#longa")[-1] == "t349"
        while room.has_older:
            history.load_older(bia.network, room)
            await bia.wait_until(lambda: not room.loading)
        assert bia.texts("#longa") == wanted
        early = next(each for each in room.lines if each.text == "t20")
        caio = await LiveNetwork(url(server), "caio", ["#longa"]).connect()
        there = caio.buffer("#longa")
        landed: list[BufferLine | None] = []
        history.jump(caio.network, there, f"msgid={early.id}", landed.append)
        await caio.wait_until(lambda: landed)
        assert landed[0] is not None
        assert landed[0].text == "t20"
        while there.has_newer:
            history.load_newer(caio.network, there)
            await caio.wait_until(lambda: not there.loading)
        said = caio.texts("#longa")
        assert said == wanted[wanted.index(said[0]) :]
        for each in (ana, bia, caio):
            await each.close()

    asyncio.run(play())


def test_accounts(server: LiveServer) -> None:
    async def play() -> None:
        ana = await LiveNetwork(url(server), "ana", ["#contas"]).connect()
        await ana.ask("REGISTER", "*", "*", "correto cavalo bateria")
        await ana.wait_until(lambda: ana.network.account == "ana")
        other = LiveNetwork(url(server), "ana-casa", ["#contas"], account="ana", password="correto cavalo bateria")
        await other.connect()
        assert other.network.account == "ana"
        other.send("de casa", "#contas")
        assert (await ana.wait_for_message("de casa", "#contas")).mine, "our other device"
        wrong = LiveNetwork(url(server), "ana3", account="ana", password="errada")
        wrong.connection.start()
        await wrong.wait_until(lambda: wrong.listener.refusals)
        assert wrong.listener.refusals[0][0] == "904"
        wrong.network.log_in("ana", "correto cavalo bateria")
        await wrong.wait_until(lambda: wrong.network.is_online)
        assert wrong.network.account == "ana"
        taken = LiveNetwork(url(server), ana.network.nick)
        taken.connection.start()
        await taken.wait_until(lambda: taken.listener.refusals)
        assert taken.listener.refusals[0][0] == "433"
        taken.network.retry_with_nick("outra")
        await taken.wait_ready()
        for each in (ana, other, wrong, taken):
            await each.close()

    asyncio.run(play())


def test_files(server: LiveServer, tmp_path: Path) -> None:
    file = tmp_path / "anotações da aula.txt"
    file.write_text("conteúdo " * 20_000)

    async def play() -> None:
        ana = await LiveNetwork(url(server), "dora", ["#arquivos"]).connect()
        where = files.filehost(ana.network)
        tokens: list[str] = []

        def take(token: str) -> None:
            tokens.append(token)
            ana.listener.changed()

        files.request_token(ana.network, "#arquivos", take)
        await ana.wait_until(lambda: tokens)
        progress: list[float] = []
        link = await files.upload(where, tokens[0], file, progress.append, language="pt")
        assert link.startswith(f"http://127.0.0.1:{server.ports['http']}/")
        assert (progress[-1], progress) == (1.0, sorted(progress))
        for token, path in (("wrong", file), (tokens[0], tmp_path / "none"), (tokens[0], tmp_path)):
            with pytest.raises(files.UploadError, match=r"\w"):
                await files.upload(where, token, path, progress.append)
        with pytest.raises(files.UploadError):
            await files.upload("http://127.0.0.1:1/", "", file, progress.append)
        await ana.close()

    asyncio.run(play())


# --- the server dies


def test_a_killed_server_comes_back_and_nothing_is_lost_or_said_twice(tmp_path: Path) -> None:
    server = start_server(tmp_path, ["irc"], config=CONFIG)
    port = server.ports["irc"]

    async def play() -> LiveServer:
        ana = await LiveNetwork(f"irc://127.0.0.1:{port}", "ana", outbox=tmp_path / "ana").connect()
        bia = await LiveNetwork(f"irc://127.0.0.1:{port}", "bia", outbox=tmp_path / "bia").connect()
        wanted = []
        again = server
        for number in range(3):
            for at in range(40):
                wanted.append(f"ana {number}.{at}")
                ana.send(wanted[-1])
                bia.send(f"bia {number}.{at}")
            await asyncio.to_thread(again.stop, signal.SIGKILL)
            assert again.process.stdout is not None
            again.process.stdout.close()
            await ana.wait_until(lambda: ana.network.status == "waiting")
            wanted.append(f"sem servidor {number}")
            ana.send(wanted[-1])
            again = await asyncio.to_thread(start_server, tmp_path, [f"irc://127.0.0.1:{port}"], config=CONFIG)
            for each in (ana, bia):
                each.connection.reconnect()
                await each.wait_ready()
        for each in (ana, bia):
            each.send(f"fim de {each.network.nick}")
        for each in (ana, bia):
            await each.wait_for_message("fim de ana")
            await each.wait_for_message("fim de bia")
            said = each.texts()
            assert [text for text in said if text.startswith(("ana", "sem"))] == wanted
            assert sorted(said) == sorted(set(said)), "nothing twice"
            assert not any(line.pending for line in each.buffer().lines)
        caio = await LiveNetwork(f"irc://127.0.0.1:{port}", "caio").connect()
        while caio.buffer().has_older:
            history.load_older(caio.network, caio.buffer())
            await caio.wait_until(lambda: not caio.buffer().loading)
        assert caio.texts() == ana.texts() == bia.texts(), "one order for all"
        for each in (ana, bia, caio):
            await each.close()
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
        ana = LiveNetwork("irc://127.0.0.1:1", "ana")
        ana.connection.start()
        await ana.wait_until(lambda: ana.network.status == "waiting")
        assert "127.0.0.1:1" in ana.network.error
        assert ana.network.retry_at_ms > 0
        await ana.close()
        nowhere = LiveNetwork(f"irc://{'a' * 70}.invalid", "ana")
        nowhere.connection.start()
        await nowhere.wait_until(lambda: nowhere.network.status == "waiting")
        assert "aaa" in nowhere.network.error
        await nowhere.close()

    asyncio.run(play())


def test_a_network_that_has_gone_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a cable is pulled: nobody says that the connection is over."""
    monkeypatch.setattr("papo.client.connection.SILENCE_S", 0.0)
    monkeypatch.setattr("papo.client.connection.ANSWER_S", 0.01)

    async def play() -> None:
        messages: list[bytes] = []

        async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(1024):
                messages.append(data)
            writer.close()

        listening = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        ana = LiveNetwork(f"irc://127.0.0.1:{port}", "ana")
        ana.connection.start()
        await ana.wait_until(lambda: ana.network.status == "waiting")
        assert b"PING :still-there" in b"".join(messages)
        await ana.close()
        listening.close()
        await listening.wait_closed()

    asyncio.run(play())


def test_waiting_after_a_thousand_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A night without a network: the time to wait stays a number."""
    monkeypatch.setattr("papo.client.connection.MIN_RETRY_S", 0.0)

    async def play() -> None:
        ana = LiveNetwork("irc://127.0.0.1:1", "ana")
        tries: list[str] = []

        async def fails() -> str:
            tries.append("")
            raise ConnectionRefusedError

        monkeypatch.setattr(ana.connection, "_once", fails)
        ana.connection.start()
        await ana.wait_until(lambda: len(tries) > 1_100)
        assert ana.network.status in {"waiting", "connecting"}
        await ana.close()

    asyncio.run(play())
