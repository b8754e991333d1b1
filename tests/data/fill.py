"""Fills a data folder, by any version of Papo, for tests that open it with a later one (see README.md).

    PYTHONPATH=tests:tests/live python tests/data/fill.py PYTHON SOURCES FOLDER

PYTHON runs the server whose sources are in SOURCES; FOLDER gets `papo.toml`, `data/`, `client/` and `answers.json`,
which is what that server shows of what it holds.
"""

from __future__ import annotations

import base64
import datetime as dt
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from live_server import TIMEOUT_S, IrcClient

from data.queries import PASSWORDS, ask, sign_in, uploads

CONFIG = """
[server]
name = "papo.test"
[rooms]
permanent = ["#mural"]
[limits]
enabled = false
[accounts]
argon2_memory_kib = 8
argon2_passes = 1
always_on = "opt-in"
always_on_days = 0
[[operators]]
name = "chefe"
password = "{password}"
"""
CLIENT = """
import sys
from pathlib import Path
try:
    from papo.client.state.outbox import Outbox
except ImportError:
    from papo.client.outbox import Outbox
from papo.client import settings

folder = Path(sys.argv[1])
chosen = settings.Settings(
    nick="ana", theme="nord", appearance="dark", font_size=13, window=[900, 700], keywords=["prova", "café"],
    notifies=False, shows_joins=False, sends_typing=False)
server = chosen.server("ircs://chat.example.org")
server.nick, server.account, server.rooms, server.muted, server.connects = "ana", "Ana", ["#sala"], ["eva"], True
chosen.server("nick://192.168.0.5:9090").nick = "aninha"
settings.write(folder, chosen)
outbox = Outbox(folder / "outbox")
here = {"reply_to": "", "command": "PRIVMSG", "after": ""}
outbox.add("ircs://chat.example.org", "#sala", "não enviada", **here)
tried = outbox.add("ircs://chat.example.org", "#sala", "duas\\nlinhas", **{**here, "reply_to": "m1", "after": "m2"})
outbox.change(tried, tried=True)
refused = outbox.add("ircs://chat.example.org", "bia", "recusada", **{**here, "command": "NOTICE"})
outbox.change(refused, tried=False, failed="no")
outbox.close()
"""


class Papo:
    """One version of it."""

    def __init__(self, python: str, sources: str, folder: Path) -> None:
        self.python, self.folder = python, folder
        self.environment = {**os.environ, "PYTHONPATH": sources, "LANGUAGE": "en"}
        self.where = ["--config", str(folder / "papo.toml"), "--data", str(folder / "data")]

    def run(self, *words: str, given: str = "") -> str:
        """A command, to its end."""
        command = [self.python, *words]
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=TIMEOUT_S, env=self.environment, check=True
        )
        return done.stdout

    def account(self, action: str, *words: str, given: str = "") -> None:
        """`papo account`, on the stopped server."""
        more = ["--password-stdin"] if given else []
        self.run("-m", "papo", "account", action, *self.where, *words, *more, given=given)

    def serve(self) -> tuple[subprocess.Popen[str], dict[str, int]]:
        """The server, and its ports."""
        listen = ["--listen", "irc://127.0.0.1:0", "--listen", "http://127.0.0.1:0"]
        process = subprocess.Popen(
            [self.python, "-m", "papo", "serve", *self.where, *listen],
            stdout=subprocess.PIPE, text=True, env=self.environment,
        )  # fmt: skip
        ports = {}
        assert process.stdout is not None
        for line in process.stdout:
            found = re.fullmatch(r"  (irc|http) +127\.0\.0\.1:(\d+)\n", line)
            if found:
                ports[found[1]] = int(found[2])
            if line.startswith("Stop with"):
                return process, ports
        raise AssertionError("it does not start")


def say(client: IrcClient, *lines: str) -> list[str]:
    """Send lines; returns what came back."""
    for line in lines:
        client.send(line)
    return client.received()


def msgid(lines: list[str], text: str) -> str:
    """Of the message with this text."""
    found = [line for line in lines if line.endswith(text)]
    assert found, (text, lines)
    tag = re.search(r"msgid=([^; ]+)", found[-1])
    assert tag is not None
    return tag[1]


def fill(ports: dict[str, int]) -> None:
    """People, channels and messages."""
    ana, bia, chefe = (sign_in(ports["irc"], name) for name in ("ana", "bia", "chefe"))
    say(chefe, "OPER chefe segredo", "JOIN #mural", "PRIVMSG #mural :aviso do mural")
    say(ana, "JOIN #sala", "TOPIC #sala :o tema é ção", "CS REGISTER #sala", "CS SET #sala DESCRIPTION A sala")
    say(bia, "JOIN #sala,#mural", "NICK biazinha", "NS GROUP", "NICK bia", "NS SET ALWAYS-ON ON")
    say(ana, "CS AMODE #sala +o bia", "MODE #sala +bm-t eva!*@*", "MODE #sala +k chave", "MODE #sala -m")
    said = say(ana, "PRIVMSG #sala :primeira", "PRIVMSG #sala :com eror", "PRIVMSG #sala :segredo apagado",
               "NOTICE #sala :nota", "PRIVMSG #sala :\1ACTION acena\1")  # fmt: skip
    first, wrong, gone = (msgid(said, text) for text in (":primeira", ":com eror", ":segredo apagado"))
    say(ana, f"EDIT #sala {wrong} :com erro", f"REDACT #sala {gone} :engano")
    say(bia, f"@+draft/reply={first};+draft/react=👍 TAGMSG #sala", f"@+draft/reply={first} PRIVMSG #sala :resposta")
    say(bia, "PRIVMSG ana :em particular", "MARKREAD #sala timestamp=2026-01-01T00:00:00.000Z")
    say(ana, "PRIVMSG bia :olá, bia", "METADATA * SET url :https://ana.example", "USERQUERY OPEN bia")
    say(ana, f"NS CERT ADD {'00112233' * 8}", "JOIN #turma", "MODE #turma +s", "CS REGISTER #turma",
        "PRIVMSG #turma :só entre nós", "MARKREAD bia timestamp=2026-02-01T00:00:00.000Z")  # fmt: skip
    say(chefe, "KLINE 0 eva!*@* :barulho", "HS SET ana turma.escola", "UBAN ADD 0 203.0.113.0/24 :rede ruim")
    upload(ports["http"], "ana", "nota.txt", b"um arquivo\n")
    upload(ports["http"], "ana", "ponto.png", PIXEL)
    invite(ana, ports["http"])
    for client in (ana, bia, chefe):
        say(client, "QUIT :até logo")


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def post(port: int, path: str, body: bytes, **headers: str) -> bytes:
    """A request that makes something."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    answer = response.read()
    assert response.status in {200, 201}, (response.status, answer)
    return answer


def upload(port: int, name: str, file: str, content: bytes) -> None:
    """By its account."""
    login = base64.b64encode(f"{name}:{PASSWORDS[name]}".encode()).decode()
    post(port, "/f", content, Authorization=f"Basic {login}", Content_Disposition=f'attachment; filename="{file}"')


def invite(client: IrcClient, port: int) -> None:
    """A link into #sala."""
    chunks = [line.split(" ")[-1] for line in say(client, "TOKEN GENERATE PAPO #sala") if "TOKEN GENERATE * " in line]
    post(port, "/api/invites", b"", Authorization=f"Bearer {''.join(chunks)}")


def main(python: str, sources: str, target: str) -> None:
    """Make it, and stop the server in order."""
    folder = Path(target)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    papo = Papo(python, sources, folder)
    password = papo.run("-c", "from papo.config.passwords import hash_password; print(hash_password('segredo'))")
    (folder / "papo.toml").write_text(CONFIG.replace("{password}", password.strip()), encoding="utf-8")
    for name, given in PASSWORDS.items():
        papo.account("add", name, given=given)
    papo.account("suspend", "eva", "barulho")
    process, ports = papo.serve()
    fill(ports)
    process.terminate()
    process.wait(TIMEOUT_S)
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    before = shutil.copytree(folder / "data", folder / "before")
    process, ports = papo.serve()
    answers = ask(ports, uploads(folder / "data"), until)
    process.terminate()
    process.wait(TIMEOUT_S)
    shutil.rmtree(folder / "data")
    before.rename(folder / "data")
    (folder / "data" / "papo.lock").unlink()
    shutil.rmtree(folder / "data" / "uploads" / ".new", ignore_errors=True)
    (folder / "answers.json").write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    papo.run("-c", CLIENT, str(folder / "client"))
    for lock in (folder / "client").rglob("*.lock"):
        lock.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
