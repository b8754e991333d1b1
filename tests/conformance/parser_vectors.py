"""Runs the test vectors of ircdocs/parser-tests against Papo's parsers; they are fetched, never kept here.

python tests/conformance/parser_vectors.py ../parser-tests      (needs PyYAML)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from papo.protocol.irc import format_line, parse
from papo.server.world.masks import matches
from papo.server.world.names import valid_host

Case = dict[str, Any]


def split(case: Case) -> Iterator[str]:
    """The parts of a line; commands are in upper case."""
    line = parse(case["input"])
    atoms = case["atoms"]
    assert line is not None
    expected = (
        {key: value if isinstance(value, str) else "" for key, value in atoms.get("tags", {}).items()},
        atoms.get("source", ""),
        atoms["verb"].upper(),
        atoms.get("params", []),
    )
    found = (line.tags, line.source, line.command, line.params)
    if found != expected:
        yield f"{case['input']!r}: {found}"


def join(case: Case) -> Iterator[str]:
    """A line put together; one of the ways that are right."""
    atoms = case["atoms"]
    found = format_line(
        atoms["verb"], atoms.get("params", []), source=atoms.get("source", ""), tags=atoms.get("tags", {})
    )
    if found not in case["matches"]:
        yield f"{atoms}: {found!r}"


def mask(case: Case) -> Iterator[str]:
    """What fits a mask and what does not."""
    for key, expected in (("matches", True), ("fails", False)):
        for text in case.get(key, []):
            if matches(case["mask"], text) is not expected:
                yield f"{case['mask']!r} and {text!r}"


def userhost(case: Case) -> Iterator[str]:
    """`nick!user@host` taken apart, as everywhere in Papo: at the first `!` and the last `@`."""
    left, at, host = case["source"].rpartition("@")
    if not at:
        left, host = case["source"], ""
    nick, _, user = left.partition("!")
    atoms = case["atoms"]
    if (nick, user, host) != tuple(atoms.get(key, "") for key in ("nick", "user", "host")):
        yield f"{case['source']!r}: {(nick, user, host)}"


def hostname(case: Case) -> Iterator[str]:
    """Names of hosts, as a gateway may give them."""
    if valid_host(case["host"]) is not case["valid"]:
        yield f"{case['host']!r}"


SUITES: dict[str, Callable[[Case], Iterator[str]]] = {
    "msg-split": split,
    "msg-join": join,
    "mask-match": mask,
    "userhost-split": userhost,
    "validate-hostname": hostname,
}


def main(folder: Path) -> int:
    """Run all; 0 where every vector passes."""
    import yaml

    wrong = 0
    for name, check in SUITES.items():
        cases = yaml.safe_load((folder / "tests" / f"{name}.yaml").read_text(encoding="utf-8"))["tests"]
        faults = [fault for case in cases for fault in check(case)]
        wrong += len(faults)
        print(f"{name}: {len(cases)} vectors, {len(faults)} wrong", *faults, sep="\n  ")  # noqa: T201 -- its output
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
