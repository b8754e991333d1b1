"""The one file that knows every part: build, start, serve, drain, stop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
import os
import signal
import socket
import ssl
import stat
import sys
from collections.abc import Callable, Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from papo import __version__
from papo.config import ListenAt, Loaded, StartError, difference, reload, take_over
from papo.i18n import _
from papo.server.actions import administer, always_on, history, people
from papo.server.assembly import answer, make_chat
from papo.server.dialects.connection import Connection
from papo.server.dialects.irc import verbs as _verbs  # noqa: F401 -- fills the table of commands
from papo.server.dialects.table import DIALECTS, started
from papo.server.net import tls
from papo.server.net.addresses import listeners
from papo.server.net.admin_socket import AdminSocket
from papo.server.net.fd_limit import limit_accept_reports, raise_descriptor_limit
from papo.server.net.link import Outbox
from papo.server.net.listener import Listener
from papo.server.store.sqlite import SqliteStore
from papo.server.world.channel import Channel
from papo.server.world.names import fold

if TYPE_CHECKING:
    from OpenSSL import SSL

    from papo.server.delivery.session import Session
    from papo.server.net.announce import Announcement
    from papo.server.net.link import Dialect, Link
    from papo.server.web.site import Site

log = logging.getLogger(__name__)

DRAIN_S = 8.0
"""How long stopping may take before open connections are cut; SIGKILL is not to be waited for."""
PARTING_S = 0.4
"""How long clients have to hang up themselves when the server stops; their last words are on the way by then."""
PRUNE_EVERY_S = 600.0
WEB = {"ws", "wss", "http", "https"}
IRC = {"irc", "ircs", "irc+unix"} | WEB


class Server:
    """A running server."""

    def __init__(self, loaded: Loaded, folder: Path) -> None:
        self.loaded = loaded
        self.folder = folder
        self.opened: list[ListenAt] = []
        """What is listened on, with the ports that were really opened."""
        self.fingerprint = ""
        """SHA-256 of the TLS certificate; "" where nothing uses one."""
        self.site: Site | None = None
        """What answers over HTTP; None where nothing listens for it."""
        self.announcement: Announcement | None = None
        """What others on the local network hear of us; None where it is not told."""
        self.stopping = asyncio.Event()
        self._terminal = _terminal()
        self._listening: list[asyncio.Server] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._tls: ssl.SSLContext | None = None
        self._certifying: SSL.Context | None = None
        """The same certificate, for listeners that ask clients for one; made when the first comes."""
        loop = asyncio.get_running_loop()
        config = loaded.config
        limit_accept_reports(loop)
        try:
            self.store = SqliteStore(
                folder / "papo.db", durability=config.history.durability, on_soon=loop.call_soon_threadsafe
            )
        except ValueError as error:
            raise StartError(str(error)) from None
        outbox = Outbox(loop.call_soon)
        self.chat = make_chat(config, self.store, outbox, folder)
        self.admin_socket = AdminSocket(folder, self._answer)
        self.listener = Listener(
            outbox,
            lambda: self.chat.config.limits,
            trusted=tuple(map(ip_network, config.proxy.trusted)),
            max_total=raise_descriptor_limit(),
        )
        self.chat.count_unregistered = lambda: self.listener.unregistered
        self.chat.welcomed = self._welcomed
        self.chat.reload = self.reload
        self.chat.stop = self.stopping.set
        always_on.restore(self.chat)
        self.chat.follow = functools.partial(always_on.follow, self.chat)
        for name in config.rooms.permanent:
            self._make_permanent(name)

    def _welcomed(self, session: Session) -> None:
        self.listener.registered(session.link)  # type: ignore[arg-type]  # the core's Outlet is a Link here

    def _make_permanent(self, name: str) -> None:
        channel = self.chat.world.channel(name)
        if channel is None:
            channel = Channel(fold(name), name, self.chat.now_ms())
            channel.modes = {"n": None, "t": None}
            self.chat.world.restore(channel)
        if "P" not in channel.modes:
            channel.modes["P"] = None
            self.chat.keep_channel(channel)

    async def _answer(self, order: bytes) -> object:
        return await answer(self.chat, msgspec.json.decode(order, type=administer.Order))

    # --- listening

    async def listen(self) -> None:
        """Open every listener, or none: raises StartError."""
        await self.admin_socket.open()
        try:
            wanted = listeners(self.loaded.config.listen)
            if any(at.scheme in WEB for at in wanted):
                from papo.server.web.table import make_site  # noqa: PLC0415 -- 150 ms that others save

                self.site = make_site(self.chat, self.folder, self.opened)
                await self.site.start()
            for at in wanted:
                await self._open(at)
        except OSError as error:
            await self._close_listeners()
            raise StartError(_why_not_open(at, error)) from None
        self._tasks.append(asyncio.create_task(self.listener.sweep_for_ever()))
        self._tasks.append(asyncio.create_task(self._prune_for_ever()))
        if self.site is not None:
            self.site.advertise()
        if self.loaded.config.listen.lan:
            from papo.server.net.announce import Announcement  # noqa: PLC0415 -- 80 ms that others save

            self.announcement = Announcement()
            network = self.chat.config.server.network
            work = self.announcement.start(network, self.chat.web_address, self.opened)
            self._tasks.append(asyncio.create_task(work))
        self.chat.tls_port = next((at.port for at in self.opened if at.scheme == "ircs"), 0)
        # What lives until the end need not be looked at by every collection.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    async def _open(self, at: ListenAt) -> None:
        loop = asyncio.get_running_loop()
        name = "irc" if at.scheme in IRC else at.scheme
        make = DIALECTS[name]

        def make_dialect(link: Link) -> Dialect:
            return make(self.chat, link, at.options)

        origins = (*self.loaded.config.web.origins, *filter(None, [at.options.get("origin")]))
        factory = self.listener.protocol_factory(
            make_dialect,
            make_http=self.site.protocol if self.site is not None and at.scheme in WEB else None,
            origins=origins,
            refusal=b"ERROR :%s\r\n" if at.scheme in {"irc", "ircs", "irc+unix"} else b"%s\n",
        )
        if at.scheme == "irc+unix":
            self._listening.append(await self._open_unix(at, factory))
            self.opened.append(at)
            return
        context = self._tls_context() if at.is_tls else None
        if at.scheme == "ircs" and self.chat.config.tls.client_certificates:
            factory, context = functools.partial(self._certified, factory), None
        server = await loop.create_server(
            factory, at.host or None, at.port, ssl=context, backlog=1024, reuse_address=os.name != "nt"
        )
        self._listening.append(server)
        port = server.sockets[0].getsockname()[1]
        self.opened.append(ListenAt(scheme=at.scheme, host=at.host, port=port, options=at.options))
        words = started(name, port)
        if words and at.scheme not in {each.scheme for each in self.opened[:-1]}:
            log.info(words)

    async def _open_unix(self, at: ListenAt, factory: Callable[[], asyncio.BaseProtocol]) -> asyncio.Server:
        path = Path(at.path)
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(path.stat().st_mode) and not _is_answered(path):
                path.unlink()  # left behind by a server that was killed
        server = await asyncio.get_running_loop().create_unix_server(factory, at.path, backlog=1024)
        path.chmod(int(at.options.get("mode", "600"), 8))
        return server

    def _certified(self, make_link: Callable[[], asyncio.BaseProtocol]) -> asyncio.BaseProtocol:
        """What an ircs listener makes of a connection, where clients are asked for a certificate."""
        from papo.server.net import client_certificates  # noqa: PLC0415 -- 100 ms that a start saves

        if self._certifying is None:
            self._certifying = client_certificates.server_context(*self._certificate())
        return client_certificates.CertifiedStream(self._certifying, make_link)

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            try:
                certificate, key = self._certificate()
                self._tls = tls.server_context(certificate, key)
                self.fingerprint = tls.fingerprint(certificate)
            except ValueError as error:
                raise StartError(str(error)) from None
        return self._tls

    def _certificate(self) -> tuple[Path, Path]:
        settings = self.chat.config.tls
        if settings.certificate:
            return Path(settings.certificate), Path(settings.key)
        hosts = [at.host for at in listeners(self.loaded.config.listen) if at.host]
        return tls.self_signed(
            self.folder / "tls", [*dict.fromkeys([self.chat.config.server.name, "localhost", *hosts])]
        )

    # --- while it runs

    def reload(self) -> str:
        """Read the settings again and take what a running server can take; says what it did (SIGHUP, REHASH)."""
        try:
            fresh = reload(self.loaded, os.environ)
        except StartError as error:
            log.error("not reloaded: %s", error)  # noqa: TRY400 -- the sentence says it all
            return _("nothing was changed: {reason}").format(reason=error)
        taken, restart = difference(self.chat.config, fresh.config)
        self.chat.config = take_over(self.chat.config, fresh.config)
        self.listener.trusted = tuple(map(ip_network, self.chat.config.proxy.trusted))
        if self._tls is not None:
            try:
                tls.reload(self._tls, *self._certificate())
                self._certifying = None
            except ValueError as error:
                log.error("the certificate stays as it was: %s", error)  # noqa: TRY400
        for name in self.chat.config.rooms.permanent:
            self._make_permanent(name)
        said = _("reloaded: {keys}").format(keys=", ".join(taken) or _("nothing had changed"))
        if restart:
            said += "; " + _("these need a restart: {keys}").format(keys=", ".join(restart))
        log.info(said)
        return said

    def hang_up(self) -> None:
        """SIGHUP: reload; or stop, where it says that the terminal the server was started in is closed."""
        if self._terminal is not None and not _is_open(self._terminal):
            self.stopping.set()
        else:
            self.reload()

    async def _prune_for_ever(self) -> None:
        while True:
            days = self.chat.config.history.keep_days
            if days:
                before_ms = self.chat.now_ms() - days * 86_400_000
                while await self.store.prune(before_ms, 500):
                    await asyncio.sleep(0.05)  # let messages in between the batches
            for record in tuple(self.chat.world.registry.channels.values()):
                channel = self.chat.world.channels.get(record.key)
                before_ms = 0 if channel is None else history.kept_since(self.chat, channel)
                while before_ms and await self.store.prune(before_ms, 500, record.key):
                    await asyncio.sleep(0.05)
            if self.site is not None:
                await self.site.prune()
            for user in always_on.expire(self.chat):
                always_on.release(self.chat, user)
                people.depart(self.chat, user, "Always on, and not seen for too long")
            await asyncio.sleep(PRUNE_EVERY_S)

    # --- the end

    async def drain(self) -> None:
        """Stop accepting, finish what is queued, tell everybody, close."""
        self.admin_socket.close()
        if self.site is not None:
            self.site.draining = True
        for task in self._tasks:
            task.cancel()
        await self._close_listeners()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                if self.announcement is not None:
                    await self.announcement.stop()
                await self.chat.journal.settled()
                for link in tuple(self.listener.links):
                    if isinstance(link.dialect, Connection):
                        link.dialect.drain()
                    else:
                        link.close()
                end_s = asyncio.get_running_loop().time() + PARTING_S
                while self.listener.links and asyncio.get_running_loop().time() < end_s:
                    await asyncio.sleep(0.01)
        for link in (*self.listener.links, *self.listener.opening):
            link.abort()
        if self.site is not None:
            await self.site.stop()
        await self.store.close()

    async def _close_listeners(self) -> None:
        for server in self._listening:
            server.close()
        for at in self.opened:
            if at.scheme == "irc+unix":
                with contextlib.suppress(OSError):
                    Path(at.path).unlink()
        self._listening.clear()


def _terminal() -> int | None:
    """Descriptor of the terminal on standard input; None for a service."""
    try:
        return sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
    except (OSError, ValueError):
        return None


def _is_open(terminal: int) -> bool:
    """Whether somebody still sits at the terminal."""
    try:
        os.tcgetpgrp(terminal)
    except OSError:
        return False
    return True


def _is_answered(path: Path) -> bool:
    """Whether another program listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _why_not_open(at: ListenAt, error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    if at.scheme == "framed":
        log.error("Servidor não foi inicializado.")
    return _("cannot listen on {url}: {reason}; stop the program that uses it, or choose with --listen").format(
        url=at.url, reason=reason
    )


def banner(server: Server) -> Iterable[str]:
    """What a person who has started it wants to know."""
    yield _("Papo {version} is listening:").format(version=__version__)
    by_scheme: dict[str, list[str]] = {}
    for at in server.opened:
        by_scheme.setdefault(at.scheme, []).append(at.url.partition("://")[2])
    for scheme, places in by_scheme.items():
        yield f"  {scheme:<11} {'  '.join(places)}"
    if server.loaded.config.listen.lan and server.chat.web_address:
        from papo.server.web.links import qr_text  # noqa: PLC0415 -- where a code is shown

        yield _("Point a phone at this, or open {url}").format(url=server.chat.web_address)
        yield from qr_text(server.chat.web_address).splitlines()
    if server.fingerprint:
        yield _("TLS certificate, SHA-256: {fingerprint}").format(fingerprint=server.fingerprint)
    yield _("Everything is kept in {folder}").format(folder=server.folder)
    if server.loaded.config.history.durability == "process":
        yield _("durability = process: what was said in the last moments can be lost in a power cut")
    if not server.loaded.config.limits.enabled:
        yield _("limits are off: do not open this server to strangers")
    yield _("Stop with Ctrl-C.")


async def serve(loaded: Loaded, folder: Path) -> None:
    """Serve until a signal."""
    server = Server(loaded, folder)
    loop = asyncio.get_running_loop()
    try:
        await server.listen()
    except StartError:
        await server.store.close()
        raise
    if sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stopping.set)
        loop.add_signal_handler(signal.SIGHUP, server.hang_up)
    for line in banner(server):
        print(line, flush=True)  # noqa: T201 -- a command's output
    await server.stopping.wait()
    print(_("Stopping."), flush=True)  # noqa: T201
    await server.drain()


def run(loaded: Loaded, folder: Path) -> int:
    """Serve until a signal; returns the exit code. Raises StartError for what can be put into one sentence."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    try:
        import uvloop  # noqa: PLC0415 -- not on Windows
    except ImportError:
        tls.shrink_buffers()
    else:
        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner, contextlib.suppress(KeyboardInterrupt):
        runner.run(serve(loaded, folder))
    return 0
