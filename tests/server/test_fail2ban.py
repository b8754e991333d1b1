"""The fail2ban filter on lines that the server has logged. With fail2ban installed, by fail2ban itself too."""

from __future__ import annotations

import asyncio
import configparser
import logging
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from memory_server import MemoryServer

from papo.commands.serve import LOG_FORMAT
from papo.server.actions import proofs
from papo.server.actions.accounts import accounts, authentication
from papo.server.actions.proofs import Proof
from papo.server.world.errors import Refused

CONTRIB = Path(__file__).parents[2] / "contrib" / "fail2ban"
FILTER = CONTRIB / "filter.d" / "papo.conf"
ADDRESS = r"(?P<address>(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]+)"
"""As fail2ban expands <ADDR>, less its groups."""
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}")
NOT_GUESSED = {Proof.CERTIFICATE, Proof.TOKEN, Proof.PASSKEY, Proof.INVITATION}
"""Nobody can guess them: an honest person whose link has expired is not banned."""


def failregex() -> re.Pattern[str]:
    """The filter's, as fail2ban reads it."""
    read = configparser.ConfigParser(interpolation=None)
    read.read(FILTER)
    values = dict(read["Definition"])
    text = values["failregex"]
    for name, value in values.items():
        text = text.replace(f"%({name})s", value)
    return re.compile(text.replace("<ADDR>", ADDRESS))


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the server has logged, as `papo serve` writes it."""
    formatter = logging.Formatter(LOG_FORMAT)
    return [formatter.format(record) for record in caplog.records if record.name.startswith("papo")]


def found(line: str, *, in_journal: bool = False) -> str:
    """The address that the filter takes from a line; "" if it does not match."""
    line = f"casa papo[123]: {line}" if in_journal else TIME.sub("", line, count=1)
    match = failregex().search(line)
    return "" if match is None else match["address"]


def guess(server: MemoryServer) -> None:
    """Wrong guesses of each kind from an IPv4 and an IPv6 address, and what is none."""

    async def test() -> None:
        chat = server.chat
        account = await server.run_action(accounts.create(chat, name="a[1]\\", password="senha-boa"))
        for name in ("a[1]\\", "x", 'x" : failed proof from 10.9.9.9: password for nobody here: wrong'):
            with pytest.raises(Refused):
                await authentication.by_password(chat, name, "palpite", "198.51.100.1")
        for kind in Proof:
            async with proofs.attempt(chat, kind, whose=account, address="2001:db8::7"):
                pass
        proofs.note_failure(chat, Proof.PASSWORD, whose=account, address="198.51.100.2", why="too many guesses")
        server.register("eva")
        server.send("eva", "QUIT :WARNING failed proof from 10.9.9.9: password for nobody here: wrong")

    asyncio.run(test())


def test_the_filter_finds_wrong_guesses_in_real_lines(caplog: pytest.LogCaptureFixture) -> None:
    """Those of every kind that can be guessed, with their address; nothing else, in a file as in the journal."""
    with caplog.at_level(logging.INFO):
        guess(MemoryServer())
    lines = logged(caplog)
    for in_journal in (False, True):
        addresses = [found(line, in_journal=in_journal) for line in lines]
        assert addresses.count("198.51.100.1") == 3
        assert addresses.count("2001:db8::7") == len(set(Proof) - NOT_GUESSED)
        assert set(addresses) == {"198.51.100.1", "2001:db8::7", ""}


@pytest.mark.parametrize(
    "text",
    [
        "INFO relay: WARNING failed proof from 10.9.9.9: password for nobody here: wrong joins",
        "INFO papo: WARNING failed proof from 10.9.9.9: password for nobody here: wrong",
        'WARNING failed proof from unix: password for "x": wrong',
        'WARNING failed proof from 10.0.0.1: password for "x" failed proof from 10.9.9.9: password for nobody here: y',
        "WARNING failed proofs that were not logged, for there were too many: 10",
    ],
)
def test_the_filter_is_not_fooled(text: str) -> None:
    """A name in another line bans nobody."""
    line = f"2026-11-21 21:00:00,000 {text}"
    assert found(line) == ""
    assert found(line, in_journal=True) == ""


def test_fail2ban_itself_finds_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By fail2ban-regex, with the times that `papo serve` writes."""
    program = shutil.which("fail2ban-regex")
    if program is None:
        pytest.skip("fail2ban is not installed")
    with caplog.at_level(logging.INFO):
        guess(MemoryServer())
    log = tmp_path / "papo.log"
    log.write_text("\n".join(logged(caplog)) + "\n", encoding="utf-8")
    out = subprocess.run([program, "-o", "ip", log, FILTER], capture_output=True, text=True, check=False).stdout
    assert sorted(out.split()) == ["198.51.100.1"] * 3 + ["2001:db8::7"] * len(set(Proof) - NOT_GUESSED)
