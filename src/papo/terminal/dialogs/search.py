"""Searching the messages that a server keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from rich.text import Text

from papo.client.state import search
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.client.text.markup import plain
from papo.i18n import _
from papo.terminal.dialogs.chooser import Choice, Chooser
from papo.terminal.theme import TextStyles
from papo.terminal.toasts import Toasts
from papo.ui.sentences import excerpt
from papo.ui.times import short_date


class Search(Chooser):
    """In a channel it searches this channel, otherwise everything."""

    def __init__(
        self,
        network: Network,
        buffer: Buffer,
        words: str,
        show: Callable[[Buffer, str], None],
        *,
        toasts: Toasts,
        styles: TextStyles,
    ) -> None:
        """`show` gets the conversation and the msgid of the message that was chosen."""
        super().__init__(_("Search"), _("words, then Enter"), self._results_for, typed=words, asks_on_enter=True)
        self._network, self._buffer = network, buffer
        self._show = show
        self._toasts, self._styles = toasts, styles
        self._asked = ""
        self._results: list[tuple[str, BufferLine]] = []

    def _results_for(self, typed: str) -> Sequence[Choice]:
        if typed != self._asked:
            self._asked = typed
            query = {"text": typed, **({"in": self._buffer.name} if self._buffer.kind == "channel" else {})}
            search.search(self._network, query, self._received)
        return [self._choice(target, line) for target, line in self._results]

    def _choice(self, target: str, line: BufferLine) -> Choice:
        text = Text.assemble(
            (f"{short_date(line.at_ms)} ", self._styles.dim), (f"{plain(line.nick)}: ", self._styles.nick(line.nick)),
            excerpt(line.text),
        )  # fmt: skip
        return Choice(text, partial(self._open, target, line.id))

    def _open(self, target: str, msgid: str) -> None:
        self._show(self._network.open(target), msgid)

    def _received(self, found: list[tuple[str, BufferLine]] | None, problem: str) -> None:
        self._results = found or []
        if problem:
            self._toasts.add(problem, "error")
        elif not self._results:
            self._toasts.add(_("Nothing was found."))
        self.update_choices()
