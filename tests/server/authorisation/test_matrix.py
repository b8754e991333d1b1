"""Who may do what: every command, in every role, in every kind of channel, against one reviewed table; and no reply
contains a secret that the role may not know.

`python tests/server/authorisation/test_matrix.py` prints the table as it is now, to be reviewed line by line.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pytest
from scenario import KINDS, ROLES, SECRETS, outcome

from papo.server.dialects.irc.verb import VERBS

TABLE = Path(__file__).parent / "table.txt"
READERS = set("mvhpq")
"""Roles inside the channel: only these may read a channel that is not open."""


def rows() -> list[tuple[str, dict[str, str]]]:
    """(line, kind of channel to the roles for which the line has an effect)."""
    found = []
    for text in TABLE.read_text(encoding="utf-8").splitlines():
        if not text.strip() or text.startswith("#"):
            continue
        line, _, cells = text.partition(" | ")
        by_kind = dict(cell.split("=") for cell in cells.split())
        found.append((line.strip(), {kind: by_kind.get(kind, by_kind.get("*", "")) for kind in KINDS}))
    return found


def is_about_a_channel(line: str) -> bool:
    """Whether the kind of channel can matter."""
    return (
        "#sala" in line
        or "{msgid}" in line
        or line.split(maxsplit=1)[0] in {"LIST", "SEARCH", "WHOIS", "NAMES", "WHO", "CHATHISTORY"}
    )


async def measure(line: str) -> dict[str, str]:
    """The row as it is."""
    row: dict[str, str] = {}
    for kind in KINDS if is_about_a_channel(line) else ("open",):
        allowed = ""
        for role in ROLES:
            tried = await outcome(kind, role, line)
            allowed += role if tried.did else ""
            leaked = [secret for secret in tried.secrets if not may_know(kind, role, line, secret)]
            assert not leaked, f"{line!r} reveals {leaked} to role {role} of a channel of kind {kind}"
        row[kind] = allowed
    return row if len(row) > 1 else dict.fromkeys(KINDS, row["open"])


def may_know(kind: str, role: str, line: str, secret: str) -> bool:
    """Whether this role may know this secret: the rules again, independent of the server's."""
    if secret in line:
        return True
    if secret == "PARTICULAR-5d5d":
        return False
    if secret == "mascara-secreta":
        # Operators may read the list; all members have seen the change that added the entry.
        return role in "hpq" or (role in READERS and line.startswith("CHATHISTORY"))
    if role in READERS:
        return True
    if role == "S":
        return secret in {
            "TOPICO-7f3a",
            "PERFIL-2b8e",
            "chave-secreta",
        }  # channels, but not messages
    # Topic and metadata of a channel are visible to users who may join.
    open_to_all = kind in {"open", "moderated"}
    looks = secret == "TOPICO-7f3a" and kind in {"invite", "key", "accounts"}
    return (role != "u" and (open_to_all or looks) and secret in {"TOPICO-7f3a", "PERFIL-2b8e"}) or (
        # A new member reads the history from the time when anyone could join.
        role in "oe" and line.startswith(("JOIN", "CYCLE")) and kind in {"open", "moderated", "private", "secret"}
    )


def cells(row: dict[str, str]) -> str:
    """`*=mvh invite=` for the table."""
    most = max(row.values(), key=list(row.values()).count)
    others = [f"{kind}={roles}" for kind, roles in row.items() if roles != most]
    return " ".join([f"*={most}", *others])


@pytest.mark.parametrize(("line", "expected"), rows(), ids=lambda value: value if isinstance(value, str) else "")
def test_matrix(line: str, expected: dict[str, str]) -> None:
    """The row is as reviewed."""
    assert asyncio.run(measure(line)) == expected


def test_every_command_has_a_row() -> None:
    """A new command needs a review."""
    assert set(VERBS) == {line.split()[0] for line, _ in rows()}


def test_secrets_are_planted_where_they_are_looked_for() -> None:
    """The search for leaks would find one: a member receives each of them."""
    lines = ("TOPIC #sala", "METADATA #sala LIST", "CHATHISTORY LATEST #sala * 9", "MODE #sala", "MODE #sala e")
    revealed: set[str] = set()
    for line in lines:
        revealed.update(asyncio.run(outcome("key", "p", line)).secrets)
    assert revealed >= set(SECRETS) - {"PARTICULAR-5d5d"}


if __name__ == "__main__":
    wanted = (
        [line for line, _ in rows()]
        if TABLE.exists() and len(sys.argv) < 2
        else Path(sys.argv[1]).read_text().splitlines()
    )
    for each in filter(None, wanted):
        print(f"{each:<60} | {cells(asyncio.run(measure(each)))}")  # noqa: T201 -- the script's output
