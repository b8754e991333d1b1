"""Messages of several lines, which the client sends as a batch (IRCv3 client-batch, multiline)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol.irc import NO_TAGS
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.batch import ClientBatch
from papo.server.dialects.irc.resend import NONCE

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.replies import Replies

TIMEOUT_S = 30.0
CONCAT = "draft/multiline-concat"


def collect(session: Replies, line: Line) -> None:
    """Add a line with the tag `batch`."""
    batch = session.batch
    if batch is None:
        session.fail("BATCH", "INVALID_REFTAG", line.tags["batch"] or "*", "There is no such batch")
        return
    if batch.failed:
        return
    fault = _add(session, batch, line)
    if fault is not None:
        batch.failed = True
        session.context = batch.response
        session.fail("BATCH", *fault)
        session.context = None


def _add(session: Replies, batch: ClientBatch, line: Line) -> tuple[str, ...] | None:
    """Add the line; or return the code and the text of the failure."""
    limits = session.chat.config.limits
    params = line.params
    if line.tags["batch"] != batch.reference:
        return "MULTILINE_INVALID", "Another batch is open"
    if line.command not in {"PRIVMSG", "NOTICE"} or len(params) < 2 or batch.verb not in {"", line.command}:
        return "MULTILINE_INVALID", "All lines must be PRIVMSG, or all NOTICE"
    if params[0].lower() != batch.target.lower():
        return "MULTILINE_INVALID_TARGET", batch.target, params[0], "All lines have the batch's target"
    if any(tag not in {"batch", CONCAT} for tag in line.tags):
        return "MULTILINE_INVALID", "Tags belong to the line that opens the batch"
    joined = CONCAT in line.tags
    if joined and not params[1]:
        return "MULTILINE_INVALID", "A line with draft/multiline-concat must not be empty"
    batch.size += len(params[1].encode()) + (not joined and bool(batch.lines))
    if batch.size > limits.multiline_bytes:
        return "MULTILINE_MAX_BYTES", str(limits.multiline_bytes), "The message is too long"
    if len(batch.lines) >= limits.multiline_lines:
        return "MULTILINE_MAX_LINES", str(limits.multiline_lines), "The message has too many lines"
    if session.too_long(line.command, batch.target, params[1]):
        return "MULTILINE_INVALID", "A line is too long with your name before it"
    batch.verb = line.command
    batch.lines.append((joined and bool(batch.lines), params[1]))
    return None


def open_batch(session: Replies, line: Line) -> None:
    """`BATCH +reference draft/multiline target`."""
    reference = line.params[0][1:]
    now_s = session.chat.monotonic_s()
    if session.batch is not None and now_s - session.batch.opened_at_s < TIMEOUT_S:
        session.fail("BATCH", "INVALID_REFTAG", reference or "*", "End the batch that is open first")
        return
    if not reference or "draft/multiline" not in line.params[1:2] or not session.bits & caps.MULTILINE:
        session.fail(
            "BATCH", "UNKNOWN_TYPE", reference or "*", *line.params[1:2], "Batches of this type are not supported"
        )
        return
    if len(line.params) < 3:
        session.fail("BATCH", "MULTILINE_INVALID", "The batch has no target")
        return
    tags = {key: value for key, value in line.tags.items() if key[0] == "+"} or NO_TAGS
    token = line.tags.get(NONCE, "") if session.bits & caps.NONCE else ""
    session.batch = ClientBatch(reference, line.params[2], tags, token, now_s)
    session.batch.response = session.context


def close_batch(session: Replies, reference: str) -> ClientBatch | None:
    """`BATCH -reference`. Returns the batch if it can be sent."""
    batch = session.batch
    if batch is None or batch.reference != reference:
        session.fail("BATCH", "INVALID_REFTAG", reference or "*", "There is no such batch")
        return None
    session.batch = None
    session.context = batch.response
    if batch.failed:
        return None
    if session.chat.monotonic_s() - batch.opened_at_s > TIMEOUT_S:
        session.fail("BATCH", "TIMEOUT", reference, "The batch took too long")
        return None
    if not any(line for _, line in batch.lines):
        session.fail("BATCH", "MULTILINE_INVALID", "All lines of the message are empty")
        return None
    return batch
