"""The lines around the timeline: the header, who is typing, and the status bar. Drawn with each frame."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from papo.client.state.buffer import Buffer
from papo.client.state.message import one_line
from papo.client.state.network import Network
from papo.client.text.markup import plain
from papo.i18n import _, ngettext
from papo.terminal.theme import TextStyles
from papo.ui import sentences


class StatusLine(Static):
    """A line of fixed height."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        super().__init__(id=id, markup=False)
        self._text: Text | None = None

    def show(self, text: Text) -> None:
        """Show this, without a new layout of the screen."""
        if text != self._text:
            self._text = text
            self.update(text, layout=False)


class Header(StatusLine):
    """The name of the conversation and its topic."""

    def show_buffer(self, network: Network, buffer: Buffer, styles: TextStyles) -> None:
        """Describe a conversation."""
        text = Text(plain(buffer.name) or plain(network.title), "bold")
        if buffer.topic:
            text.append(f"  {one_line(buffer.topic)}", styles.dim)
        elif buffer.kind == "query":
            known = network.find_user(buffer.name)
            if known is not None and known.away:
                away = _("away")
                text.append(f"  {away} {one_line(known.away_text)}", styles.dim)
        self.show(text)


class TypingLine(StatusLine):
    """Who is typing; otherwise whether the timeline shows older messages or is being loaded."""

    def show_buffer(self, buffer: Buffer, styles: TextStyles, *, follows: bool) -> None:
        """Describe a conversation. `follows`: its newest row is on the screen."""
        text = sentences.typing(buffer.typing_nicks())
        if not text and (not follows or buffer.has_newer):
            text = _("You are viewing older messages. Ctrl+End goes back to the newest messages.")
        elif not text and buffer.loading:
            text = _("Loading…")
        self.show(Text(text, styles.dim))


class StatusBar(StatusLine):
    """The last line: what is wrong with the connection, or the user's nick and what else there is to know."""

    def show_network(self, network: Network | None, networks: Sequence[Network], *, unsent: int, upload: str) -> None:
        """Describe the network in the timeline. `unsent`: its messages in the outbox; `upload`: progress."""
        problem = sentences.connection(network) if network is not None else ""
        if problem and unsent:
            # First, because the rest may not fit.
            count = ngettext("{count} message waits.", "{count} messages wait.", unsent).format(count=unsent)
            problem = f"{count} {problem}"
        self.set_class(bool(problem), "problem")
        if network is None:
            self.show(Text("Papo"))
        elif problem:
            self.show(Text(problem))
        else:
            self.show(Text("  ·  ".join(_notes(network, networks, upload))))


def _notes(network: Network, networks: Sequence[Network], upload: str) -> list[str]:
    nick = plain(network.nick) + (f" ({plain(network.account)})" if network.account else "")
    notes = [nick, *([_("away")] if network.away else []), *([upload] if upload else [])]
    highlights = sum(each.mentions for network in networks for each in network.buffers.values())
    if highlights:
        notes.append(ngettext("{count} mention", "{count} mentions", highlights).format(count=highlights))
    return [*notes, _("Ctrl+K go to · Ctrl+↑ choose a message · F1 help")]
