"""`framed`: each message to the server is a 64-byte header (its length in decimal, then spaces), and the payload.

The document leaves the framing of the server's messages open: plain UTF-8, or with the listener's option `header=true`
framed the same way. It knows no nicks: a payload `NAME: TEXT` names its sender, other users are guests. A client that
sends no header at all (`nc`) is read line by line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from papo.protocol.dialects import GUEST, Dialect
from papo.protocol.framed import HEADER_BYTES, MAX_PAYLOAD_BYTES, with_header
from papo.server import costs
from papo.server.dialects.classroom import Classroom, log, split_name
from papo.server.dialects.message_splitter import BlankLines
from papo.server.dialects.plain_format import plain_format

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet

_HEADER = re.compile(rb"\d{1,10} *")
BAD_HEADER = "Cabeçalho inválido: 64 bytes com o tamanho da mensagem em decimal, no máximo 65536, e espaços à direita."


class BadHeader:
    """After the last payload: what follows has no header. It waits its turn like a message."""


class Frames:
    """Bytes in, payloads out."""

    __slots__ = ("_broken", "_data")

    def __init__(self) -> None:
        self._data = b""
        self._broken = False

    def feed(self, data: bytes) -> list[str | BadHeader]:
        """Complete payloads, up to a header that is none: nothing more is read then."""
        self._data += data
        payloads: list[str | BadHeader] = []
        while self._data and not self._broken:
            header = self._data[:HEADER_BYTES]
            if not _HEADER.fullmatch(header) or int(header) > MAX_PAYLOAD_BYTES:
                self._broken = True
                return [*payloads, BadHeader()]
            size = int(header)
            end = HEADER_BYTES + size
            if len(header) < HEADER_BYTES or len(self._data) < end:
                break
            payloads.append(self._data[HEADER_BYTES:end].decode("utf-8", "replace"))
            self._data = self._data[end:]
        return payloads

    @property
    def rest(self) -> bytes:
        """The beginning of a payload."""
        return self._data


class Framed(Classroom):
    """A framed client."""

    __slots__ = ("_bare", "_frames")

    def __init__(self, chat: Chat, link: Outlet, row: Dialect, options: dict[str, str]) -> None:
        super().__init__(chat, link, row, options)
        if options.get("header") == "true":
            self.format = plain_format(row, with_header)
            link.separator = self.format.separator
        self._frames: Frames | None = Frames()
        """None for a client that sends no headers."""
        self._bare = True
        """True until the first header: until then the client may turn out to send none."""
        log.info("[NOVA CONEXÃO] %s conectado.", link.address or "localhost")
        self.join_as(GUEST)

    def receive(self, data: bytes) -> None:
        """Read bytes, cut anywhere."""
        if self._frames is None:
            super().receive(data)
            return
        self.received_at_s = self.chat.monotonic_s()
        requests = self._frames.feed(data)
        if not requests:
            return
        if self._bare and isinstance(requests[0], BadHeader) and not self._frames.rest[:HEADER_BYTES].isdigit():
            rest, self._frames = self._frames.rest, None
            super().receive(rest)
            return
        self._bare = False
        self.handle_all(requests)

    def handle(self, request: str | BlankLines | BadHeader) -> None:
        """A header that is none ends the connection, after what came before it. Never raises."""
        if isinstance(request, BadHeader):
            self.send_phrase(BAD_HEADER)
            self.close()
            return
        super().handle(request)

    def cost(self, request: str | BlankLines | BadHeader) -> float:
        """What cannot be read costs as much as a message."""
        return costs.USUAL if isinstance(request, BadHeader) else super().cost(request)

    def handle_message(self, request: str) -> None:
        """`Desconectar` leaves; `NAME: TEXT` names its sender."""
        if request.strip() == "Desconectar":
            self.leave()
            return
        name, text = split_name(request)
        if name and name != self.wanted_nick:
            self.rename_to(name)
        self.say(text)
