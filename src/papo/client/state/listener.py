"""The program around the networks, as they see it: what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from papo.client.state.buffer import Buffer
    from papo.client.state.message import BufferLine
    from papo.client.state.network import Network


class Listener(Protocol):
    """The program around the networks. All of these are called in the thread that calls the network."""

    def changed(self) -> None:
        """Something that can be seen is different: draw at the next opportunity."""

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        """Something that should not be missed wherever somebody looks."""

    def highlight(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """A mention or a private message where nobody looks."""

    def message(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """Somebody said something just now, perhaps we."""

    def show(self, network: Network, buffer: Buffer) -> None:
        """This conversation was asked for."""

    def refused(self, network: Network, code: str, text: str) -> None:
        """Coming in failed and only a person can help. `code`: a numeric, `sasl` or `certificate`."""

    def buffers_changed(self, network: Network) -> None:
        """Other conversations are open than before."""


class NullListener:
    """A listener that does nothing: for programs without a screen, and to inherit from."""

    def changed(self) -> None:
        """Nothing."""

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        """Nothing."""

    def highlight(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """Nothing."""

    def message(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """Nothing."""

    def show(self, network: Network, buffer: Buffer) -> None:
        """Nothing."""

    def refused(self, network: Network, code: str, text: str) -> None:
        """Nothing."""

    def buffers_changed(self, network: Network) -> None:
        """Nothing."""
