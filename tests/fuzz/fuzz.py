"""Looks for bytes that break a parser, led by what they reach in the code (atheris, libFuzzer): `make fuzz`.

`make fuzz ARGS="--seconds 600 lines markup"`: these targets, for ten minutes in all; every target without names, the
seconds shared out. It begins with the inputs in `corpus/`, which `make test` runs too. An input that breaks something
is written to `found/`: put it into `corpus/TARGET/`, see `make test` fail, and mend it. `--keep` adds the inputs that
reach more of the code, the smallest of their kind, to `corpus/`.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris  # type: ignore[import-untyped] # it has no types

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CORPUS = HERE / "corpus"
FOUND = HERE / "found"
MAX_BYTES = 2048
KEPT = 20
"""Inputs that `--keep` leaves for one target."""


def load() -> dict[str, Callable[[bytes], None]]:
    """The targets, with what they import counted: the parts of the code that an input reaches."""
    for folder in ("src", "tests/fakes", "tests/fuzz", "tests"):
        sys.path.insert(0, str(ROOT / folder))
    said = io.StringIO()  # a line for each module
    with contextlib.redirect_stderr(said), atheris.instrument_imports(include=["papo"], enable_loader_override=False):
        from targets import TARGETS  # counted from here on
    return TARGETS


def fork(target: Callable[[bytes], None], options: list[str]) -> tuple[int, str]:
    """(exit code, what libFuzzer said) of a copy of this process: it ends the one it runs in."""
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if not child:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            atheris.Setup([sys.argv[0], *options], target)
            atheris.Fuzz()
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        return code, said.read().decode("utf-8", "replace")


def run(name: str, target: Callable[[bytes], None], seconds: float, *, keep: bool, seed: int) -> tuple[int, bool]:
    """(inputs tried, whether one broke something)."""
    seeds = CORPUS / name
    with tempfile.TemporaryDirectory() as new:
        code, said = fork(target, [
            *(f"-max_total_time={max(1, round(seconds))}", f"-max_len={MAX_BYTES}", "-timeout=20"),
            *("-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0", f"-seed={seed}"),
            *(f"-artifact_prefix={FOUND}/{name}-", new, str(seeds)),
        ])  # fmt: skip
        tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", said)
        if code:
            print(said[-3000:])
        elif keep:
            _keep(seeds, Path(new))
    return int(tried[1]) if tried else 0, bool(code)


def _keep(seeds: Path, new: Path) -> None:
    """Add the smallest inputs that reached what those in the corpus do not."""
    known = {path.read_bytes() for path in seeds.iterdir()}
    room = KEPT - len(known)
    found = sorted({path.read_bytes() for path in new.iterdir()} - known, key=len)
    for data in found[: max(0, room)]:
        (seeds / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)


def main() -> int:
    """Fuzz the targets that the command line names, one after the other."""
    targets = load()
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("targets", nargs="*", choices=[*targets, []], metavar="target")
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--keep", action="store_true", help="add what reaches more of the code to the corpus")
    parser.add_argument(
        "--seed", type=int, default=0, help="for the same inputs in the same order; 0: others each time"
    )
    asked = parser.parse_args()
    FOUND.mkdir(exist_ok=True)
    names = asked.targets or list(targets)
    broken, total = [], 0
    for name in names:
        tried, failed = run(name, targets[name], asked.seconds / len(names), keep=asked.keep, seed=asked.seed)
        total += tried
        print(f"{name:24} {tried:>9,} inputs{'  BROKEN, see above' if failed else ''}", flush=True)
        broken += [name] if failed else []
    print(f"{total:,} inputs, {len(broken)} of {len(names)} targets broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
