"""Writes docs/capabilities.md from the tables that the server itself uses. `python docs/make_capabilities.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from papo.config import Config  # noqa: E402 -- the path comes first
from papo.server.dialects.irc import isupport, verbs  # noqa: E402, F401 -- fills the table of commands
from papo.server.dialects.irc.caps import CAPS  # noqa: E402 -- the path comes first
from papo.server.dialects.irc.services.table import COMMANDS  # noqa: E402 -- the path comes first
from papo.server.dialects.irc.verb import VERBS  # noqa: E402 -- the path comes first
from papo.server.world.modes import CHANNEL_FLAGS, USER_MODES  # noqa: E402 -- the path comes first

SPECS = "https://ircv3.net/specs/extensions/"
MORE_MODES = {
    "b": "ban: a mask, `a:account`, or `m:mask` to mute",
    "e": "exception to bans",
    "I": "exception to invite-only",
    "k": "key",
    "l": "limit of members",
    "j": "join throttle, `count:seconds`",
    "f": "forward: where those go who may not come in",
    "L": "forward when full",
    "W": "slow mode: seconds between two messages of one person without voice",
    "v h o a q": "voice, half-operator, operator, admin, founder",
}


def text() -> str:
    """The page."""
    lines = [
        "# What Papo speaks",
        "",
        "Written by `python docs/make_capabilities.py` from the server's own tables; a test compares them.",
        "",
        "## Capabilities",
        "",
        "| Name | Document |",
        "|---|---|",
    ]
    for cap in CAPS:
        is_page = " " not in cap.specification and "." not in cap.specification.replace("-3.", "-")
        page = f"[{cap.specification}]({SPECS}{cap.specification})" if is_page else cap.specification
        lines.append(f"| `{cap.name}` | {page} |")
    lines += [
        "",
        "SASL: `PLAIN`, `EXTERNAL`, `SCRAM-SHA-256`; with an issuer configured `OAUTHBEARER`, `IRCV3BEARER`.",
        "",
    ]
    lines += ["## 005", "", " ".join(f"`{token}`" for token in isupport.tokens(Config())), ""]
    lines += ["With settings: `CLIENTTAGDENY`, `draft/ACCOUNTREQUIRED`, `draft/ICON`.", "", "## Commands", ""]
    lines += ["| Command | |", "|---|---|"]
    for name in sorted(VERBS):
        usage, _, about = " ".join(VERBS[name].help.split()).partition(": ")
        lines.append(f"| `{usage.replace('|', chr(92) + '|')}` | {about} |")
    for service, commands in COMMANDS.items():
        lines += ["", f"### {service}", "", "| Command | |", "|---|---|"]
        for command in commands.values():
            needs = f" (operators with the power `{command.power}`)" if command.power else ""
            lines.append(f"| `{command.usage.replace('|', chr(92) + '|')}` | {command.help}{needs} |")
    lines += ["", "## Modes", "", "| Channel | |", "|---|---|"]
    lines += [f"| {letter} | {about} |" for letter, about in {**MORE_MODES, **CHANNEL_FLAGS}.items()]
    lines += ["", "| User | |", "|---|---|", *(f"| {letter} | {about} |" for letter, about in USER_MODES.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "capabilities.md").write_text(text(), encoding="utf-8")
