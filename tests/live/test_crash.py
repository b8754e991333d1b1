"""SIGKILL at any moment: what any client was told is on disk, once, in the same order, and in force."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from crash_rounds import Crashes
from live_server import command_of, environment_of, serve

from data.queries import ask, uploads

ROUNDS = 20
OLD = Path(__file__).parents[1] / "data" / "0.1.0"


def crash(folder: Path, seed: int, *, kills: int = 0) -> Crashes:
    """Kill the server so many times, or in as many rounds as every test run has time for."""
    crashes = Crashes(folder, seed)
    number = 0
    try:
        while crashes.moments.total() < kills if kills else number < ROUNDS:
            crashes.round(number)
            number += 1
        crashes.stop()
    finally:
        crashes.kill()
    return crashes


@pytest.mark.timeout(400)  # forty starts of a server, and as many of its clients
@pytest.mark.parametrize("seed", [20261121, 20261122])
def test_kills_lose_nothing_that_was_received(tmp_path: Path, seed: int) -> None:
    """Under load, while it starts, drains and is backed up; every kind of event, every dialect, and WebSocket."""
    crashes = crash(tmp_path, seed)

    assert crashes.received > ROUNDS
    assert set(crashes.moments) == {"load", "start", "drain", "backup"}


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_many_kills_lose_nothing_that_was_received(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same for PAPO_SOAK_KILLS kills (1000 if it is not set), with a random seed."""
    seed = int.from_bytes(os.urandom(4), "big")
    crashes = crash(tmp_path, seed, kills=int(os.environ.get("PAPO_SOAK_KILLS", "1000")))
    with capsys.disabled():
        sys.stdout.write(f"\nkills: {dict(crashes.moments)}; sightings: {crashes.received}\n")
    assert crashes.received > 0


def kill_migrations(folder: Path, kills: int, seed: int) -> None:
    """Kill the first start on an old data folder so many times, each time on what the kill before has left."""
    chance = random.Random(seed)
    shutil.copytree(OLD, folder, dirs_exist_ok=True)
    for _ in range(kills):
        command = command_of(folder, ["irc"])
        with subprocess.Popen(
            command, env=environment_of(), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                process.wait(chance.uniform(0.1, 1.0))
            except subprocess.TimeoutExpired:
                process.kill()


def check_migrated(folder: Path) -> None:
    """The start that is left alone shows what the old version showed."""
    answers = json.loads((OLD / "answers.json").read_text(encoding="utf-8"))
    config = (OLD / "papo.toml").read_text(encoding="utf-8")
    with serve(folder, ["irc"], config=config) as server:
        assert server.stop() == 0
    with serve(folder, ["irc", "http"], config=config) as server:
        found = ask(server.ports, uploads(folder / "data"), answers["until"][0])
    assert found == answers


def test_kills_during_a_migration_lose_nothing(tmp_path: Path) -> None:
    """A few; the soak has more."""
    kill_migrations(tmp_path, 4, seed=5)
    check_migrated(tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_many_kills_during_migrations_lose_nothing(tmp_path: Path) -> None:
    """Each time from the beginning."""
    for number in range(25):
        folder = tmp_path / str(number)
        kill_migrations(folder, 3, seed=number)
        check_migrated(folder)
