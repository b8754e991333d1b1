"""Search on the server (draft/search, soju.im/search)."""

from __future__ import annotations

from collections.abc import Callable

from papo.client.session.answers import Answer
from papo.client.session.line_parts import is_error, last
from papo.client.state.buffer_lines import is_mine, place
from papo.client.state.message import BufferLine, message_line
from papo.client.state.network import Network
from papo.protocol.irc import Line, escape

MAX_FOUND = 50


def can_search(network: Network) -> bool:
    """Whether the server can search."""
    return network.has("draft/search") or network.has("soju.im/search")


def search(
    network: Network, query: dict[str, str], then: Callable[[list[tuple[str, BufferLine]] | None, str], None]
) -> None:
    """Search by `in`, `from`, `text`, `after` and `before`.

    `then` gets names of buffers with messages, newest first, and ""; or None and the reason.
    """
    words = [f"{key}={escape(value)}" for key, value in query.items() if value]

    def answered(answer: Answer | None) -> None:
        wrong = next((line for line in answer or () if is_error(line)), None)
        if answer is None or wrong is not None:
            then(None, last(wrong) if wrong is not None else "")
            return
        found = [line for line in answer if line.tags.get("batch", "").endswith("search")]
        then([_result(network, line) for line in reversed(found)], "")
        network.changed()

    network.session.ask("SEARCH", ";".join([*words, f"limit={MAX_FOUND}"]), then=answered)


def _result(network: Network, line: Line) -> tuple[str, BufferLine]:
    name, statusmsg = place(network, line)
    return name, message_line(line, mine=is_mine(network, line), statusmsg=statusmsg)
