"""The core with the IRC servers of Debian: one with half of IRCv3, one with none. Skipped where they are missing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alive import Alive
from running import TIMEOUT_S, Client, wait_until

from papo.client import network as network_module

INSPIRCD = """\
<config format="xml">
<server name="irc.test" description="x" id="001" network="Teste">
<admin name="x" nick="x" email="x@localhost">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="all" allow="*" timeout="60" resolvehostnames="no" useident="no" localmax="100" globalmax="100" fakelag="no"
         commandrate="1000000" recvq="65536">
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

    def guest(self, nick: str) -> Client:
        """Somebody with another program, in the room."""
        client = Client(self.port)
        client.send(f"NICK {nick}")
        client.send(f"USER {nick} 0 * :{nick}")
        while True:
            line = client.line()
            if line.startswith("PING"):
                client.send(line.replace("PING", "PONG"))
            if " 376 " in line or " 422 " in line:
                break
        client.send("JOIN #sala")
        client.until(" 366 ")
        return client


@pytest.fixture(params=[inspircd(MODULES), inspircd(("cap", "ircv3_echomessage")), inspircd(()), ngircd],
                ids=["inspircd", "inspircd-echo", "inspircd-plain", "ngircd"])  # fmt: skip
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Other]:
    other = Other(request.param, tmp_path)
    yield other
    with contextlib.suppress(ProcessLookupError):
        other.stop()


def test_a_morning_at_another_server(server: Other, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        bia = await asyncio.to_thread(server.guest, "bia")
        taken = Alive(server.url, "bia", outbox=tmp_path / "outbox")
        taken.connection.start()
        await taken.until(lambda: taken.watch.refusals)
        assert taken.watch.refusals[0][0] == "433"
        taken.network.try_nick("ana")
        await taken.ready()
        ana = taken
        assert set(ana.room().members) == {"ana", "bia"}
        await asyncio.to_thread(bia.until, "JOIN")

        # Talk both ways, also about things that take more than a line.
        bia.send("PRIVMSG #sala :bom dia, ana")
        assert (await ana.hears("bom dia, ana")).mention
        ana.say("bom dia")
        assert (await asyncio.to_thread(bia.until, "PRIVMSG #sala"))[-1].endswith(":bom dia")
        await ana.hears("bom dia")
        long = " ".join(f"palavra{at}" for at in range(150)) + " ação" * 60
        ana.say(long)
        got = ""
        while len(got) < len(long):
            line = (await asyncio.to_thread(bia.until, "PRIVMSG #sala"))[-1]
            assert len(line.encode()) <= 510
            got += line.partition(" PRIVMSG #sala :")[2]
        assert got == long, "nothing is cut off"
        ana.say("\x01ACTION acena\x01")
        await asyncio.to_thread(bia.until, "\x01ACTION acena\x01")
        ana.say("um\n\ndois")
        await asyncio.to_thread(bia.until, ":dois")
        bia.send("PRIVMSG ana :só nós")
        await ana.hears("só nós", "bia")
        ana.say("sim", "bia")
        await asyncio.to_thread(bia.until, "PRIVMSG ana :sim" if False else "PRIVMSG bia :sim")
        await ana.until(lambda: not any(each.waiting for each in ana.room().entries + ana.room("bia").entries))
        assert ana.network.outbox.of(server.url) == []
        assert len(ana.said("bia")) == 2, "nothing stands there twice"

        # To nobody, and after a kick.
        ana.say("?", "ninguem")
        await ana.until(lambda: [each.waiting for each in ana.room("ninguem").entries if each.nonce] == ["failed"])
        bia.send("PART #sala")
        await ana.until(lambda: set(ana.room().members) == {"ana"})
        ana.network.join("#outra")
        await ana.until(lambda: (other := ana.network.buffer("#outra")) is not None and other.joined)
        bia.send("JOIN #nossa")
        await asyncio.to_thread(bia.until, " 366 ")
        ana.network.join("#nossa")
        await ana.until(lambda: (ours := ana.network.buffer("#nossa")) is not None and "bia" in ours.members)
        bia.send("KICK #nossa ana :tchau")
        await ana.until(lambda: not ana.room("#nossa").joined)
        assert ana.watch.told_[-1] == ("error", "#nossa: tchau")

        # The server starts again; somebody has taken the nick meanwhile.
        bia.close()
        await asyncio.to_thread(server.stop)
        await ana.until(lambda: ana.network.status == "waiting")
        ana.say("sem servidor")
        await asyncio.to_thread(server.start)
        squatter = await asyncio.to_thread(server.guest, "ana")
        ana.connection.hurry()
        await ana.ready()
        assert ana.network.nick == "ana_"
        assert (await asyncio.to_thread(squatter.until, "PRIVMSG #sala"))[-1].endswith(":sem servidor")
        await ana.hears("sem servidor")
        assert ana.said().count("sem servidor") == 1
        assert ana.said().count("bom dia") == 1
        squatter.send("NICK outra")
        await asyncio.to_thread(squatter.until, "NICK")
        monkeypatch.setattr(network_module, "now_ms", lambda: 1 << 60)
        ana.network.tick()
        await ana.until(lambda: ana.network.nick == "ana")
        squatter.close()
        await ana.leave()

    asyncio.run(play())
