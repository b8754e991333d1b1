"""The core with the IRC servers of Debian: one with half of IRCv3, one with none. Skipped where they are missing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from live_network import LiveNetwork
from live_server import TIMEOUT_S, IrcClient, wait_until

from papo.client.state import network as network_module
from papo.client.state import send

INSPIRCD = """\
<config format="xml">
<server name="irc.test" description="x" id="001" network="Teste">
<admin name="x" nick="x" email="x@localhost">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="all" allow="*" timeout="60" resolvehostnames="no" useident="no" localmax="100" globalmax="100"
         fakelag="no" commandrate="1000000" threshold="1000000" recvq="65536">
<dns server="127.0.0.1" timeout="1">
<pid file="{folder}/pid">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
{modules}
"""
MODULES = (
    "cap", "ircv3", "ircv3_accounttag", "ircv3_batch", "ircv3_capnotify", "ircv3_chghost", "ircv3_ctctags",
    "ircv3_echomessage", "ircv3_labeledresponse", "ircv3_msgid", "ircv3_servertime", "namesx", "uhnames",
)  # fmt: skip
NGIRCD = """\
[Global]
    Name = irc.test
    Info = x
    AdminEMail = x@localhost
    Listen = 127.0.0.1
    Ports = {port}
    MotdPhrase = "oi"
[Limits]
    MaxConnectionsIP = 0
    MaxNickLength = 16
    MaxPenaltyTime = 0
[Options]
    DNS = no
    Ident = no
    PAM = no
    IncludeDir = {folder}/none
"""


def inspircd(modules: tuple[str, ...]) -> Callable[[Path, int], list[str]]:
    def command(folder: Path, port: int) -> list[str]:
        lines = "\n".join(f'<module name="{each}">' for each in modules)
        (folder / "conf").write_text(INSPIRCD.format(port=port, folder=folder, modules=lines))
        root = ["--runasroot"] if os.geteuid() == 0 else []
        return ["inspircd", "--nofork", "--nolog", *root, "--config", str(folder / "conf")]

    return command


def ngircd(folder: Path, port: int) -> list[str]:
    (folder / "conf").write_text(NGIRCD.format(port=port, folder=folder))
    return ["ngircd", "--nodaemon", "--config", str(folder / "conf")]


class Other:
    """A server on a port that stays the same when it is started again."""

    def __init__(self, command: Callable[[Path, int], list[str]], folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        name, *arguments = command(folder, self.port)
        path = f"{os.environ.get('PATH', '')}:/usr/sbin"
        found = shutil.which(name, path=path)
        if found is None:
            pytest.skip(f"{name} is not installed")
        self._command = [found, *arguments]
        self.start()

    @property
    def url(self) -> str:
        return f"irc://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._listens)

    def _listens(self) -> bool:
        assert self._process.poll() is None, "it did not start"
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(TIMEOUT_S)

    def guest(self, nick: str) -> IrcClient:
        """Somebody with another program, in the room."""
        client = IrcClient(self.port)
        client.send(f"NICK {nick}")
        client.send(f"USER {nick} 0 * :{nick}")
        while True:
            line = client.receive()
            if line.startswith("PING"):
                client.send(line.replace("PING", "PONG"))
            if " 376 " in line or " 422 " in line:
                break
        client.send("JOIN #sala")
        client.receive_until(" 366 ")
        return client


@pytest.fixture(params=[inspircd(MODULES), inspircd(("cap", "ircv3_echomessage")), inspircd(()), ngircd],
                ids=["inspircd", "inspircd-echo", "inspircd-plain", "ngircd"])  # fmt: skip
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Other]:
    other = Other(request.param, tmp_path)
    yield other
    with contextlib.suppress(ProcessLookupError):
        other.stop()


@contextlib.asynccontextmanager
async def meeting(server: Other, folder: Path) -> AsyncIterator[tuple[LiveNetwork, IrcClient]]:
    """Ana with our core and Bia with another program, in one room."""
    bia = await asyncio.to_thread(server.guest, "bia")
    ana = LiveNetwork(server.url, "ana", outbox=folder / "outbox")
    try:
        await ana.connect()
        await asyncio.to_thread(bia.receive_until, "JOIN")
        yield ana, bia
    finally:
        bia.close()
        await ana.close()


async def hears(client: IrcClient, end: str) -> str:
    """The next line of another program that ends so."""
    while True:
        line = await asyncio.to_thread(client.receive)
        if line.endswith(end):
            return line


def test_talking(server: Other, tmp_path: Path) -> None:
    async def play() -> None:
        async with meeting(server, tmp_path) as (ana, bia):
            assert set(ana.buffer().members) == {"ana", "bia"}
            bia.send("PRIVMSG #sala :bom dia, ana")
            assert (await ana.wait_for_message("bom dia, ana")).mention
            ana.send("bom dia")
            await hears(bia, "PRIVMSG #sala :bom dia")
            ana.send("\x01ACTION acena\x01")
            await hears(bia, "PRIVMSG #sala :\x01ACTION acena\x01")
            ana.send("um\n\ndois")
            await hears(bia, "PRIVMSG #sala :um")
            await hears(bia, "PRIVMSG #sala :dois")
            bia.send("PRIVMSG ana :só nós")
            await ana.wait_for_message("só nós", "bia")
            ana.send("sim", "bia")
            await hears(bia, "PRIVMSG bia :sim")
            await ana.wait_for_message("sim", "bia")
            ana.send("?", "ninguem")
            await ana.wait_until(
                lambda: [each.pending for each in ana.buffer("ninguem").lines if each.nonce] == ["failed"]
            )
            await ana.wait_until(lambda: len(ana.network.outbox.of(server.url)) == 1)
            assert ana.texts("bia") == ["só nós", "sim"]
            assert len(set(ana.texts())) == len(ana.texts()), "nothing stands there twice"
            send.give_up(ana.network, ana.buffer("ninguem"), ana.network.outbox.of(server.url)[0].nonce)

    asyncio.run(play())


def test_nothing_of_a_long_text_is_cut_off(server: Other, tmp_path: Path) -> None:
    long = " ".join(f"palavra{at}" for at in range(150)) + " ação" * 60

    async def play() -> None:
        async with meeting(server, tmp_path) as (ana, bia):
            for command in (send.say, lambda *words: send.say(*words, command="NOTICE")):
                command(ana.network, ana.buffer(), long)
                parts: list[str] = []
                while len(" ".join(parts)) < len(long):
                    line = await asyncio.to_thread(bia.receive)
                    assert len(line.encode()) <= 510
                    if line.startswith(":ana!"):
                        # Some servers take away the space at the end of a message.
                        parts.append(line.partition(" #sala :")[2].rstrip())
                assert " ".join(parts) == long
            await ana.wait_until(lambda: ana.network.outbox.of(server.url) == [])

    asyncio.run(play())


def test_a_nick_that_is_taken_and_a_kick(server: Other, tmp_path: Path) -> None:
    async def play() -> None:
        async with meeting(server, tmp_path) as (ana, bia):
            taken = LiveNetwork(server.url, "BIA")
            taken.connection.start()
            await taken.wait_until(lambda: taken.listener.refusals)
            assert taken.listener.refusals[0][0] == "433"
            taken.network.retry_with_nick("caio")
            await taken.wait_ready()
            await ana.wait_until(lambda: "caio" in ana.buffer().members)
            await taken.close()
            await ana.wait_until(lambda: set(ana.buffer().members) == {"ana", "bia"})
            bia.send("JOIN #dela")
            await asyncio.to_thread(bia.receive_until, " 366 ")
            ana.network.join("#dela")
            await ana.wait_until(lambda: (there := ana.network.buffer("#dela")) is not None and "bia" in there.members)
            bia.send("KICK #dela ana :tchau")
            await ana.wait_until(lambda: not ana.buffer("#dela").joined)
            assert ana.listener.notices[-1] == ("error", "#dela: tchau")
            bia.send("MODE #dela +k segredo")
            await asyncio.to_thread(bia.receive_until, "MODE")
            ana.network.join("#dela")
            await ana.wait_until(lambda: ana.buffer("#dela").lines[-1].kind == "error")
            ana.network.join("#dela", "segredo")
            await ana.wait_until(lambda: ana.buffer("#dela").joined)

    asyncio.run(play())


def test_the_server_starts_again(server: Other, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("papo.client.connection.MIN_RETRY_S", TIMEOUT_S)  # until it is told to hurry

    async def play() -> None:
        async with meeting(server, tmp_path) as (ana, _bia):
            ana.send("antes")
            await ana.wait_for_message("antes")
            await asyncio.to_thread(server.stop)
            await ana.wait_until(lambda: ana.network.status == "waiting")
            ana.send("sem servidor")
            await asyncio.to_thread(server.start)
            squatter = await asyncio.to_thread(server.guest, "ana")
            try:
                ana.connection.reconnect()
                await ana.wait_ready()
                assert ana.network.nick == "ana_"
                await hears(squatter, ":sem servidor")
                await ana.wait_for_message("sem servidor")
                assert ana.texts() == ["antes", "sem servidor"]
                squatter.send("NICK outra")
                await hears(squatter, "outra")
                monkeypatch.setattr(network_module, "now_ms", lambda: 1 << 60)
                ana.network.tick()
                await ana.wait_until(lambda: ana.network.nick == "ana")
            finally:
                squatter.close()

    asyncio.run(play())
