"""`framed`: each message to the server is a 64-byte header (its length in decimal, then spaces), and the payload.

The document leaves the server's own framing open: plain UTF-8, or with the listener's option `header=true` framed the
same way. It knows no nicknames: a payload `NAME: TEXT` names its sender, others are guests. Somebody who sends no
header at all (`nc`) is heard line by line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from papo.server.dialects.classroom import Classroom, log, split_name
from papo.server.dialects.words import GUEST, PlainFormat, Words

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet

HEADER_BYTES = 64
MAX_PAYLOAD_BYTES = 65_536
_HEADER = re.compile(rb"\d{1,10} *")
BAD_HEADER = "Cabeçalho inválido: 64 bytes com o tamanho da mensagem em decimal, no máximo 65536, e espaços à direita."


def with_header(data: bytes) -> bytes:
    """A payload behind its header."""
    return str(len(data)).encode().ljust(HEADER_BYTES) + data


class BadHeader(Exception):
    """What stands where a header should is none."""


class Frames:
    """Bytes cut anywhere to payloads."""

    __slots__ = ("_data",)

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> list[str]:
        """Whole payloads. Raises BadHeader, with what came before it lost only if it came in the same call."""
        self._data += data
        payloads = []
        while self._data:
            header = self._data[:HEADER_BYTES]
            if not _HEADER.fullmatch(header) or int(header) > MAX_PAYLOAD_BYTES:
                raise BadHeader
            size = int(header)
            end = HEADER_BYTES + size
            if len(header) < HEADER_BYTES or len(self._data) < end:
                break
            payloads.append(self._data[HEADER_BYTES:end].decode("utf-8", "replace"))
            self._data = self._data[end:]
        return payloads

    @property
    def rest(self) -> bytes:
        """What is not a payload yet."""
        return self._data


class Framed(Classroom):
    """One framed client."""

    __slots__ = ("_bare", "_frames")

    dialect = "framed"
    words = Words()
    echoes_own = True
    headed = PlainFormat(words, with_header, lines=False)

    def __init__(self, chat: Chat, link: Outlet, options: dict[str, str]) -> None:
        super().__init__(chat, link, options)
        if options.get("header") == "true":
            self.format = self.headed
            link.glue = b""
        self._frames: Frames | None = Frames()
        """None for somebody who sends no headers."""
        self._bare = True
        """True until the first header: only then may the client be one without."""
        log.info("[NOVA CONEXÃO] %s conectado.", link.address or "localhost")
        self.enter(GUEST)

    def receive(self, data: bytes) -> None:
        """Take bytes as they came."""
        if self._frames is None:
            super().receive(data)
            return
        self.received_at_s = self.chat.monotonic_s()
        try:
            payloads = self._frames.feed(data)
        except BadHeader:
            if self._bare and self._frames.rest[:1] and not self._frames.rest[:HEADER_BYTES].isdigit():
                rest, self._frames = self._frames.rest, None
                super().receive(rest)
                return
            self.tell(BAD_HEADER)
            self.close()
            return
        if payloads:
            self._bare = False
            self.handle_all(payloads)

    def hear(self, request: str) -> None:
        """`Desconectar` leaves; `NAME: TEXT` says who speaks."""
        if request.strip() == "Desconectar":
            self.leave()
            return
        name, text = split_name(request)
        if name and name != self.given:
            self.call(name)
        self.say(text)
