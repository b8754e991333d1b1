"""What a network tells the program around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from papo.client.state.buffer import Buffer
    from papo.client.state.message import BufferLine
    from papo.client.state.network import Network


class Listener(Protocol):
    """The program around the networks. Its methods are called in the thread that calls the network."""

    def changed(self) -> None:
        """Something visible is different: draw again soon."""

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        """The user should read this, whatever is on the screen."""

    def highlight(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """A mention or a private message arrived that is not on the screen."""

    def message(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """A message arrived just now; also our own."""

    def show(self, network: Network, buffer: Buffer) -> None:
        """Show a buffer that the user has asked for."""

    def refused(self, network: Network, code: str, text: str) -> None:
        """The server refuses us, and only the user can help. `code`: a numeric, `sasl` or `certificate`."""

    def buffers_changed(self, network: Network) -> None:
        """Buffers were opened, closed, renamed or their notifications turned off or on."""


class NullListener:
    """Does nothing; to inherit from, and for programs without a screen."""

    def changed(self) -> None:
        """Does nothing."""

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        """Does nothing."""

    def highlight(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """Does nothing."""

    def message(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """Does nothing."""

    def show(self, network: Network, buffer: Buffer) -> None:
        """Does nothing."""

    def refused(self, network: Network, code: str, text: str) -> None:
        """Does nothing."""

    def buffers_changed(self, network: Network) -> None:
        """Does nothing."""
