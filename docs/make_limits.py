"""Writes docs/limits.md from the settings and the tables that limiters read. `python docs/make_limits.py`.

What a limit answers is written here, and held to it by tests/limits: each row is reached, and what stands in `code` has
to be in the answer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from papo.config import Config  # noqa: E402 -- the path comes first
from papo.config.limits import PRESETS  # noqa: E402 -- the path comes first
from papo.server import costs  # noqa: E402 -- the path comes first
from papo.server.net import http_connections  # noqa: E402 -- the path comes first

TOO_LONG = "refused: `417` `Input line was too long`"
OFTEN = "refused: `263` `Too often: please wait a minute and try again`"
CUT = "the rest is cut off"
WAITS = "it `waits`; nothing more is read from it until then"

HTTP_WAITS = "the answer `waits`; who would wait longer than ten seconds gets `429`"


class Row(NamedTuple):
    """One limit."""

    key: str
    """A setting, or a constant of a module of `papo.server`."""
    unit: str
    answer: str


TABLE: dict[str, tuple[Row, ...]] = {
    "Connections": (
        Row("limits.connections_per_address", "at a time", "closed with `Too many connections from your address`"),
        Row(
            "limits.unregistered_per_address",
            "at a time",
            "the oldest that has said nothing is closed, else the new one: `have not registered yet`",
        ),
        Row("limits.opening_per_address", "at a time", "the oldest is `closed`"),
        Row("limits.connections_per_10min", "in 10 minutes", "closed with `Your address connects too often`"),
        Row("limits.connections_per_s", "a second, of all", "closed with `The server is busy, wait a moment`"),
        Row("limits.handshake_timeout_s", "seconds", "`closed`"),
        Row("limits.registration_timeout_s", "seconds", "`ERROR` `Registration timed out` and `closed`"),
        Row("limits.unregistered_lines", "lines", "`ERROR` `Too much before registration` and `closed`"),
        Row("limits.unregistered_bytes", "bytes", "`ERROR` `Too much before registration` and `closed`"),
        Row("limits.ping_after_s", "seconds", "a `PING`"),
        Row("limits.drop_after_s", "seconds", "`ERROR` `Ping timeout` and `closed`"),
        Row("limits.classroom_idle_s", "seconds; 0: for ever", "a sentence of the dialect, and `closed`"),
        Row("limits.send_queue_bytes", "bytes", "closed; others read `SendQ exceeded`"),
        Row("limits.send_stuck_s", "seconds", "closed; others read `SendQ exceeded`"),
        Row("net.http_connections.MAX_PER_ADDRESS", "at a time", "the idlest is closed; if none is idle, `503`"),
        Row(
            "net.http_connections.MAX_CONNECTIONS", "at a time, of all", "the idlest is closed; if none is idle, `503`"
        ),
    ),
    "How fast": (
        Row("limits.message_burst", "messages at once", WAITS),
        Row("limits.messages_per_s", "messages a second", WAITS),
        Row("limits.bytes_per_s", "bytes a second", WAITS),
        Row("limits.http_burst", "requests at once", HTTP_WAITS),
        Row("limits.http_per_s", "requests a second", HTTP_WAITS),
        Row("limits.joins_per_minute", "a minute", OFTEN),
        Row("limits.nicks_per_minute", "a minute", OFTEN),
        Row("limits.invites_per_minute", "a minute", OFTEN),
        Row("limits.opers_per_minute", "a minute", OFTEN),
    ),
    "Accounts": (
        Row(
            "limits.accounts_per_10min",
            "of one address in 10 minutes",
            "`TEMPORARILY_UNAVAILABLE` `too many accounts were made from your address`",
        ),
        Row(
            "accounts.registrations_per_10min",
            "of all strangers in 10 minutes",
            "`TEMPORARILY_UNAVAILABLE` `too many accounts are being created`",
        ),
        Row("accounts.nicks", "besides the name", "`Your account has as many nicks as it may have`"),
        Row("accounts.channels", "registered", "`You have registered as many channels as you may`"),
        Row("limits.guesses_per_account", "wrong ones in half an hour", "`Too many failed attempts: try again later`"),
        Row("limits.guesses_per_address", "wrong ones at accounts unknown there", "each further one `waits 5 s`"),
    ),
    "What users write": (
        Row("limits.line_bytes", "bytes, CR LF included", TOO_LONG),
        Row("limits.tag_bytes", "bytes, @ and space included", TOO_LONG),
        Row("limits.multiline_bytes", "bytes", "refused: `MULTILINE_MAX_BYTES`"),
        Row("limits.multiline_lines", "lines", "refused: `MULTILINE_MAX_LINES`"),
        Row("limits.nick_length", "bytes", "refused: `432`"),
        Row("limits.channel_length", "bytes, # included", "refused: `403` `Invalid channel name`"),
        Row("limits.topic_length", "bytes", f"{CUT}: `TOPIC #sala :oito`"),
        Row("limits.kick_length", "bytes", f"{CUT}: `KICK #sala bia :oito`"),
        Row("limits.away_length", "bytes", f"{CUT}: `301 ana ana :oito`"),
        Row("limits.realname_length", "bytes", "refused: `INVALID_REALNAME`"),
        Row("limits.key_length", "bytes", "refused: `525`"),
        Row("limits.targets", "of one message", "the first ones get it; `407` `Too many targets: at most 2 at once`"),
        Row("limits.edit_window_s", "seconds; 0: for ever", "refused: `REDACT_WINDOW_EXPIRED`"),
        Row("limits.metadata_value_bytes", "bytes", "refused: `VALUE_INVALID`"),
    ),
    "How many": (
        Row("limits.channels_per_user", "channels", "refused: `405`"),
        Row("limits.list_entries", "of each list of a channel", "refused: `478`"),
        Row("limits.monitor", "nicks", "refused: `734` `Monitor list is full`"),
        Row("limits.metadata_keys", "of a user or channel", "refused: `LIMIT_REACHED`"),
        Row("limits.metadata_subs", "of a connection", "refused: `TOO_MANY_SUBS`"),
        Row("limits.who_rows", "about strangers", "no more than that, and `315`"),
        Row("history.page_max", "messages", "no more than that: `BATCH -`"),
    ),
    "Files": (
        Row("uploads.max_bytes", "bytes of a file", "`413` `The file is too large`"),
        Row("uploads.day_bytes", "bytes of a user in a day", "`429` `You have reached the daily limit for files`"),
        Row("uploads.attempts_per_10min", "of a user in 10 minutes", "`429` `You send files too often`"),
        Row(
            "uploads.pixels_per_10min",
            "of a user in 10 minutes",
            "`429` `You send pictures faster than the server can check them`",
        ),
        Row("uploads.keep_free_bytes", "bytes of the disk", "`507` `The server has no room for files`"),
    ),
}
NOT_LIMITS = {
    "limits.enabled": "switches most of them",
    "history.keep_days": "how long something is kept",
    "history.check_days": "how often something is done",
    "history.warn_free_bytes": "a warning",
    "history.page_default": "what a client gets that asks for no number",
    "uploads.keep_days": "how long something is kept",
    "accounts.verify_hours": "how long a code is valid",
    "accounts.always_on_days": "how long a user stays",
    "accounts.argon2_memory_kib": "what a hash costs",
    "accounts.argon2_passes": "what a hash costs",
    "accounts.scram_rounds": "what a key costs",
}
"""Numbers in these sections that limit nobody, and what they are."""
SECTIONS = ("limits", "uploads", "history", "accounts")


def rows() -> list[Row]:
    """All of them."""
    return [row for of_surface in TABLE.values() for row in of_surface]


def numbers() -> dict[str, Any]:
    """Every number of the settings in `SECTIONS`: dotted name to default."""
    config = Config()
    found = {}
    for section in SECTIONS:
        values = getattr(config, section)
        for name in values.__struct_fields__:
            value = getattr(values, name)
            if isinstance(value, int | float) and not (isinstance(value, bool) and section != "limits"):
                found[f"{section}.{name}"] = value
    return found


def default(key: str) -> Any:
    """What the limit is if nobody sets it."""
    module, _, name = key.rpartition(".")
    return getattr(http_connections, name) if module == "net.http_connections" else numbers()[key]


def text() -> str:
    """The page."""
    lines = [
        "# Limits",
        "",
        "Written by `python docs/make_limits.py` from the server's own tables; tests/limits reaches each of them and",
        "compares the answer. A name with a dot is a setting; in capitals it is fixed. An address is an IPv4 address",
        "or an IPv6 /64; a /48 has sixteen times as much. Loopback and trusted proxies are not counted by address.",
        '*Class* is `limits.preset = "class"`, for thirty people behind one address.',
    ]
    for surface, of_surface in TABLE.items():
        lines += ["", f"## {surface}", "", "| Limit | Unit | Default | Class | Above it |", "|---|---|---|---|---|"]
        for row in of_surface:
            preset = PRESETS["class"].get(row.key.removeprefix("limits."), "") if row.key.startswith("limits.") else ""
            lines.append(f"| `{row.key}` | {row.unit} | {default(row.key)} | {preset} | {row.answer} |")
    lines += [
        "",
        "## What things cost",
        "",
        "In messages, of which a connection has `limits.message_burst` at once and `limits.messages_per_s` afterwards;",
        f"what has no row costs {costs.USUAL:g}. Above it the connection waits.",
        "",
        "| Costs | Messages |",
        "|---|---|",
        *(f"| `{verb}` | {cost:g} |" for verb, cost in sorted(costs.VERBS.items())),
        *(f"| each further target of `{verb}` | {cost:g} |" for verb, cost in sorted(costs.MORE_TARGETS.items())),
        f"| a line of a message of many lines | {costs.BATCH_LINE:g} |",
        f"| {costs.BLANK_LINES} empty lines | 1 |",
        f"| each further {costs.MESSAGE_BYTES} bytes of a classroom message | 1 |",
        f"| {costs.ANSWER_BYTES} bytes of answers | 1 |",
        f"| {costs.ROWS} rows that an answer looks at | 1, at most {costs.DEAREST_ANSWER:g} an answer |",
        "",
        "Of HTTP requests an address has `limits.http_burst` at once and `limits.http_per_s` afterwards; one that has",
        f"no row costs {costs.HTTP_REQUEST:g}.",
        "",
        "| Costs | Requests |",
        "|---|---|",
        *(f"| `{method} {path}` | {cost:g} |" for (method, path), cost in sorted(costs.HTTP_ROUTES.items())),
        f"| what is refused, besides | {costs.HTTP_REFUSED:g} |",
        "",
        f"A WebSocket connection may send {costs.FRAMES.burst:g} frames that are no message at once, and",
        f"{costs.FRAMES.per_s:g} a second; with more it is closed (1008).",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "limits.md").write_text(text(), encoding="utf-8")
