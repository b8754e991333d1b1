"""`papo demo` with stand-ins as clients, on ports of its own: `python driver.py [--data DIR] [--terminal NAME]`."""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path

from papo.config.errors import StartError
from papo.demo.demo import Options, run_demo
from papo.demo.ports import DEFAULT_PORTS

STAND_IN = Path(__file__).with_name("stand_in.py")


def client(port: int, nick: str) -> list[str]:
    """The stand-in's command."""
    return [sys.executable, str(STAND_IN), str(port), nick]


parser = argparse.ArgumentParser()
parser.add_argument("--data", type=Path)
parser.add_argument("--terminal", default="")
parser.add_argument("--no-browser", action="store_true")
chosen = parser.parse_args()
try:
    sys.exit(
        run_demo(
            Options(chosen.terminal, chosen.data, not chosen.no_browser),
            functools.partial(print, flush=True),
            client=client,
            default=dict.fromkeys(DEFAULT_PORTS, 0),  # tests run beside each other
        )
    )
except StartError as error:
    sys.stderr.write(f"papo: {error}\n")
    sys.exit(2)
