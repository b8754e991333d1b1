"""The listening sockets: opened together, closed together."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from papo.config import ListenAt, StartError
from papo.i18n import _
from papo.output import say
from papo.protocol.dialects import CLASSROOM
from papo.server.dialects.table import maker
from papo.server.net.listener import HttpFactory, Listener
from papo.server.net.own_names import hosts_for
from papo.server.net.tls_contexts import TlsContexts

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.net.link import ConnectionHandler, Link

log = logging.getLogger(__name__)

WEB = {"ws", "wss", "http", "https"}


class Sockets:
    """What this server listens on."""

    def __init__(self, chat: Chat, listener: Listener, contexts: TlsContexts) -> None:
        self.opened: list[ListenAt] = []
        """With the ports that were really opened."""
        self._chat = chat
        self._listener = listener
        self._contexts = contexts
        self._servers: list[asyncio.Server] = []

    async def open(self, at: ListenAt, make_http: HttpFactory | None) -> None:
        """Listen. Raises StartError and OSError.

        `make_http` takes over plain requests to a web port; None if there is none.
        """
        make = maker(at.scheme)

        def make_handler(link: Link) -> ConnectionHandler:
            return make(self._chat, link, at.options)

        factory = self._listener.protocol_factory(
            make_handler,
            make_http=make_http if at.scheme in WEB else None,
            origins=lambda: (*self._chat.config.web.origins, *filter(None, [at.options.get("origin")])),
            hosts=lambda peer, is_tls: hosts_for(self._chat.config, self.opened, peer, is_tls=is_tls),
            refusal=b"ERROR :%s\r\n" if at.scheme in {"irc", "ircs", "irc+unix"} else b"%s\n",
        )
        if at.scheme == "irc+unix":
            self._servers.append(await _listen_unix(at, factory))
            self.opened.append(at)
            return
        self.opened.append(await self._listen_tcp(at, factory))

    async def _listen_tcp(self, at: ListenAt, factory: Callable[[], asyncio.BaseProtocol]) -> ListenAt:
        """Listen; returns where, with the port that the system chose."""
        try:
            context = self._contexts.plain() if at.is_tls else None
        except ValueError as error:
            raise StartError(str(error)) from None
        if at.scheme == "ircs" and self._chat.config.tls.client_certificates:
            factory = functools.partial(self._ask_certificate, factory)
        elif context is not None:
            factory = functools.partial(self._listener.over_tls, context, factory)
        server = await asyncio.get_running_loop().create_server(
            factory, at.host or None, at.port, backlog=1024, reuse_address=os.name != "nt"
        )
        self._servers.append(server)
        port = server.sockets[0].getsockname()[1]
        return ListenAt(scheme=at.scheme, host=at.host, port=port, options=at.options)

    def _ask_certificate(self, make_link: Callable[[], asyncio.BaseProtocol]) -> asyncio.BaseProtocol:
        """A connection over TLS that asks the client for a certificate."""
        return self._listener.asking_certificate(self._contexts.asking(), make_link)

    def close(self) -> None:
        """Accept no more; connections stay."""
        for server in self._servers:
            server.close()
        for at in self.opened:
            if at.scheme == "irc+unix":
                with contextlib.suppress(OSError):
                    Path(at.path).unlink()
        self._servers.clear()


async def _listen_unix(at: ListenAt, factory: Callable[[], asyncio.BaseProtocol]) -> asyncio.Server:
    path = Path(at.path)
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.stat().st_mode) and not _is_answered(path):
            path.unlink()  # left behind by a server that was killed
    server = await asyncio.get_running_loop().create_unix_server(factory, at.path, backlog=1024)
    path.chmod(int(at.options.get("mode", "600"), 8))
    return server


def _is_answered(path: Path) -> bool:
    """Whether another program listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def why_not_open(at: ListenAt, error: OSError) -> str:
    """The sentence for a listener that cannot be opened."""
    reason = (error.strerror or str(error)).lower()
    if at.scheme in CLASSROOM and CLASSROOM[at.scheme].not_listening:
        say(CLASSROOM[at.scheme].not_listening)  # as the dialect's document says
    return _("cannot listen on {url}: {reason}; stop the program that uses it, or choose with --listen").format(
        url=at.url, reason=reason
    )
