"""Pages of a conversation's past from the server (IRCv3 chathistory)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from papo.client.session.answers import Answer
from papo.client.session.line_parts import is_error
from papo.client.state.buffer import Buffer
from papo.client.state.buffer_lines import is_mine
from papo.client.state.history_lines import history_lines
from papo.client.state.message import PUBLIC_NONCE, BufferLine
from papo.client.state.network import Network
from papo.client.state.outbox import OutboxMessage
from papo.protocol.irc import Line
from papo.protocol.times import iso_time

PAGE = 100
"""Messages that are asked for at once, if the server gives as many."""
MAX_PAGES_SEARCHED = 20
"""Pages that are searched for one message of ours."""
Page: TypeAlias = list[BufferLine] | None
"""Oldest first; None if the server refused."""


def is_available(network: Network) -> bool:
    """Whether the server keeps history."""
    return network.has("draft/chathistory")


def page_size(network: Network) -> int:
    """The most messages in a page."""
    support = network.session.support
    return min(PAGE, support.number("CHATHISTORY", PAGE), support.number("draft/CHATHISTORY", PAGE))


def _lines(answer: Answer) -> list[Line] | None:
    """The lines of a page; None for a refusal."""
    lines = [line for line in answer if line.tags.get("batch") == "chathistory"]
    return None if not lines and any(is_error(line) and "CHATHISTORY" in line.params for line in answer) else lines


def request(
    network: Network, buffer: Buffer, loading: str, selector: tuple[str, str], then: Callable[[Page, bool], None]
) -> None:
    """Ask for a page, such as `("BEFORE", "msgid=…")`; `loading` as in `Buffer.loading`.

    `then` gets the page, and whether there may be more; it is not called if the connection ends first.
    """
    session = network.session
    limit = page_size(network)

    def answered(answer: Answer | None) -> None:
        if session is not network.session or answer is None:
            return
        lines = _lines(answer)
        buffer.end_loading(began)
        then(None if lines is None else history_lines(network, buffer, lines), len(lines or ()) >= limit)
        network.changed()

    began = buffer.begin_loading(loading)
    session.ask("CHATHISTORY", selector[0], buffer.name, selector[1], str(limit), then=answered)


def find_stored(network: Network, buffer: Buffer, item: OutboxMessage, then: Callable[[bool | None], None]) -> None:
    """Find out whether the server has stored a message of ours that it did not confirm.

    `then` gets None if that cannot be known; it is not called if the connection ends first.
    """
    session = network.session
    limit = page_size(network)
    pages = 0

    def ask(bound: str) -> None:
        session.ask("CHATHISTORY", "AFTER", buffer.name, bound, str(limit), then=answered)

    def answered(answer: Answer | None) -> None:
        nonlocal pages
        if session is not network.session or answer is None:
            return
        pages += 1
        lines = _lines(answer)
        if lines is None:
            then(None)
        elif any(is_mine(network, line) and line.tags.get(PUBLIC_NONCE) == item.nonce for line in lines):
            then(True)
        elif len(lines) < limit:
            then(False)
        elif pages == MAX_PAGES_SEARCHED or not lines[-1].tags.get("msgid"):
            then(None)
        else:
            ask(f"msgid={lines[-1].tags['msgid']}")

    ask(f"msgid={item.after}" if item.after else f"timestamp={iso_time(0)}")
