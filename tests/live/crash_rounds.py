"""Rounds of load and SIGKILL: under load, while the server starts, drains or is backed up."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from crash_checker import Log, Row, Written, violations
from crash_clients import CAPS, CHANNEL, OWNER, PASSWORD, ClassroomSpeaker, Speaker, WebSocketClient, row_of
from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer, command_of, environment_of, start_server

from papo.protocol.dialects import CLASSROOM
from papo.protocol.irc import parse

SCHEMES = ["irc", "ws", *(f"{name}://127.0.0.1:0?replay=0" for name in CLASSROOM)]
SETTINGS = CONFIG + "[accounts]\nargon2_memory_kib = 8\nargon2_passes = 1\nscram_rounds = 4096\n"
MOMENTS = ("load", "drain", "load", "backup", "load", "start", "load", "load")
"""When the server is killed, in turns."""
START_KILLS = 2
"""Further kills of a round in which the server is killed while it starts."""


class Crashes:
    """A data folder, and what has been written to it over all rounds."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.seed = seed
        self.moments: Counter[str] = Counter()
        """How often the server was killed."""
        self.received = 0
        """Sightings of all clients."""
        self._last = ""
        """msgid of the newest event that has been checked."""
        self._written: list[Written] = [Written("password", PASSWORD, "acked")]
        self._messages: dict[str, str] = {}
        self._server = self._start()
        self._prepare()

    def _start(self) -> LiveServer:
        return start_server(self.folder, SCHEMES, config=SETTINGS)

    def _prepare(self) -> None:
        client = IrcClient(self._server.ports["irc"])
        client.register(OWNER, CAPS)
        client.send(f"NS REGISTER {PASSWORD}")
        client.receive_until("you are logged in")
        client.send(f"JOIN {CHANNEL}")
        client.receive_until(" 366 ")
        client.send(f"CS REGISTER {CHANNEL}")
        client.receive_until("is yours")
        client.close()

    # --- a round

    def round(self, number: int) -> None:
        """Load, kill, start, check. Raises AssertionError with everything that is wrong."""
        moment = MOMENTS[number % len(MOMENTS)]
        self.moments[moment] += START_KILLS if moment == "start" else 1
        people = self._people(number)
        self._wait(self.chance.uniform(0.02, 0.3))
        self._end(moment)
        for person in people:
            person.join(TIMEOUT_S)
            assert not person.is_alive()
        if moment == "start":
            self._kill_while_it_starts()
        self._server = self._start()
        log = self._log(people)
        found = violations(log)
        assert not found, "\n".join([f"seed {self.seed}, round {number}, {moment}:", *found[:20]])
        self.received += sum(entry.what in {"acked", "seen"} for client in log.clients for entry in client.entries)
        self._written = [Written("password", log.found["password"], "acked")]

    def _people(self, number: int) -> list[Any]:
        ports = self._server.ports
        scheme = list(CLASSROOM)[number % len(CLASSROOM)]
        password = self._password()
        people = [
            Speaker(IrcClient, ports["irc"], f"r{number}d", owner_password=password),
            Speaker(IrcClient, ports["irc"], f"r{number}i"),
            Speaker(WebSocketClient, ports["ws"], f"r{number}w"),
            ClassroomSpeaker(scheme, ports[scheme], f"r{number}c"),
        ]
        for person in people:
            person.start()
        return people

    @staticmethod
    def _wait(seconds: float) -> None:
        done = threading.Event()
        timer = threading.Timer(seconds, done.set)
        timer.start()
        done.wait()

    def _end(self, moment: str) -> None:
        process = self._server.process
        copying = None
        if moment == "drain":
            process.terminate()
            self._wait(self.chance.uniform(0, 0.1))
        elif moment == "backup":
            copying = self._backup()
            self._wait(self.chance.uniform(0.2, 0.9))
        self.kill()
        if copying is not None:
            copying.wait(TIMEOUT_S)

    def _backup(self) -> subprocess.Popen[bytes]:
        file = self.folder / "backup.papo"
        file.unlink(missing_ok=True)
        where = ["--config", str(self.folder / "papo.toml"), "--data", str(self.folder / "data")]
        command = [sys.executable, "-m", "papo", "backup", str(file), *where]
        return subprocess.Popen(
            command, env=environment_of(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder
        )

    def _kill_while_it_starts(self) -> None:
        self.moments["load"] += 1  # which has come before
        for _ in range(START_KILLS):
            with subprocess.Popen(
                command_of(self.folder, SCHEMES), env=environment_of(), cwd=self.folder,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ) as process:  # fmt: skip
                self._wait(self.chance.uniform(0.05, 0.6))
                process.kill()

    # --- what is there

    def _log(self, people: list[Any]) -> Log:
        written = [*self._written, *(each for person in people for each in getattr(person, "written", ()))]
        port = self._server.ports["irc"]
        client = IrcClient(port)
        client.register("leitora", CAPS)
        client.send(f"JOIN {CHANNEL}")
        client.receive_until(" 366 ")
        stored = self._history(client)
        found = self._settings(client, written)
        client.close()
        return Log([each.client for each in people], stored, written, found)

    def _history(self, client: IrcClient) -> list[Row]:
        rows: list[Row] = []
        bound = f"msgid={self._last}" if self._last else "timestamp=1970-01-01T00:00:00.000Z"
        while True:
            client.send(f"CHATHISTORY AFTER {CHANNEL} {bound} 1000")
            lines = [line for line in map(parse, client.receive_until(" BATCH -")) if line and "msgid" in line.tags]
            if not lines:
                return rows
            rows += [row for line in lines if (row := row_of(line, self._messages)) is not None]
            self._last = lines[-1].tags["msgid"]
            bound = f"msgid={self._last}"

    def _settings(self, client: IrcClient, written: list[Written]) -> dict[str, str]:
        found = {"password": self._password(written)}
        client.send(f"TOPIC {CHANNEL}")
        topic = parse(client.receive_until(CHANNEL)[-1])
        if any(each.setting == "topic" for each in written):
            found["topic"] = topic.params[2] if topic is not None and topic.command == "332" else ""
        client.send(f"MODE {CHANNEL} b")
        lines = [line for line in map(parse, client.receive_until(" 368 ")) if line is not None]
        masks = {line.params[2] for line in lines if line.command == "367"}
        bans = {each.setting for each in written if each.setting.startswith("ban ")}
        found |= {ban: "set" if ban[4:] in masks else "" for ban in bans}
        client.send(f"METADATA {CHANNEL} GET url")
        url = parse(client.receive_until(" 76")[-1])
        if any(each.setting == "url" for each in written):
            found["url"] = url.params[-1] if url is not None and url.command == "761" else ""
        client.send(f"NS IDENTIFY {OWNER} {found['password']}")
        client.receive_until("You are now logged in")
        client.send(f"MARKREAD {CHANNEL}")
        marker = client.receive_until(f" MARKREAD {CHANNEL} ")[-1]
        if any(each.setting == "marker" for each in written):
            found["marker"] = marker.partition("timestamp=")[2]
        return found

    def _password(self, written: list[Written] | None = None) -> str:
        """The one that logs in."""
        values = dict.fromkeys(each.value for each in reversed(written or self._written) if each.setting == "password")
        client = IrcClient(self._server.ports["irc"])
        client.register("porteira", "")
        try:
            for value in values:
                client.send(f"NS IDENTIFY {OWNER} {value}")
                lines = client.receive_until(":NickServ!")
                if re.search("You are now logged in", lines[-1]):
                    return value
        finally:
            client.close()
        return ""

    def stop(self) -> None:
        """In order."""
        assert self._server.stop() == 0

    def kill(self) -> None:
        """Leave nothing running."""
        process = self._server.process
        process.kill()
        process.wait(TIMEOUT_S)
        assert process.stdout is not None
        process.stdout.close()
