"""A running server: start, reload, drain, stop. With `assembly` the only file that knows every part."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from papo.config import Config, DiskFailedError, ListenAt, Loaded, StartError, apply_reloadable, difference, reload
from papo.i18n import _
from papo.output import say
from papo.server import closed_listeners, named_files, signals, upkeep
from papo.server.actions import always_on, storing
from papo.server.actions.accounts import administer
from papo.server.actions.channels import revocation
from papo.server.assembly import Ports, answer, make_chat, open_ports
from papo.server.backups import Backups
from papo.server.banner import banner
from papo.server.dialects.connection import Connection
from papo.server.dialects.irc import verbs as _verbs  # noqa: F401 -- fills the table of commands
from papo.server.net import tls
from papo.server.net.addresses import listeners
from papo.server.net.admin_socket import AdminSocket
from papo.server.net.fd_limit import limit_accept_reports, raise_descriptor_limit
from papo.server.net.link import WriteQueue
from papo.server.net.listener import Listener
from papo.server.net.tls_contexts import Pair, TlsContexts
from papo.server.net.websocket import GOING_AWAY, SERVICE_RESTART, WebSocketLink
from papo.server.sockets import WEB, Sockets, why_not_open
from papo.server.world.facts import permanent_channel
from papo.server.world.snapshot import channel_restored

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.net.announce import Announcement
    from papo.server.web.site import Site

log = logging.getLogger(__name__)

DRAIN_S = 8.0
"""How long stopping may take before open connections are cut; SIGKILL is not to be waited for."""
PARTING_S = 0.4
"""How long clients have to hang up themselves when the server stops; its last lines are on their way by then."""


class Server:
    """A running server."""

    def __init__(self, loaded: Loaded, folder: Path, ports: Ports, chat: Chat, write_queue: WriteQueue) -> None:
        self.loaded = loaded
        self.folder = folder
        self.ports = ports
        self.chat = chat
        self.listener = Listener(
            write_queue,
            lambda: chat.config.limits,
            trusted=chat.config.proxy.trusted,
            header=chat.config.proxy.header,
            max_total=raise_descriptor_limit(),
        )
        self.contexts = TlsContexts(lambda: self._certificate_of(self.chat.config))
        self.sockets = Sockets(chat, self.listener, self.contexts)
        self.backups = Backups(folder, ports, lambda: msgspec.structs.replace(self.loaded, config=chat.config))
        chat.backup_age_s = self.backups.age_s
        self.admin_socket = AdminSocket(folder, self._answer, {"backup": self.backups.staged})
        self.site: Site | None = None
        """What answers over HTTP; None if nothing listens for it."""
        self.announcement: Announcement | None = None
        """What the local network is told of this server; None if it is told nothing."""
        self.stopping = asyncio.Event()
        self._at_once = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        limit_accept_reports(asyncio.get_running_loop())
        chat.count_unregistered = lambda: len(self.listener.newcomers)
        chat.on_registration_end = self._on_registration_end
        chat.reload = self.reload
        chat.stop = self.stop
        ports.store.on_failure = self._on_disk_failure
        always_on.restore(chat)
        chat.follow = functools.partial(always_on.follow, chat)
        chat.follow_links = functools.partial(revocation.follow, chat)
        for name in chat.config.rooms.permanent:
            self._make_permanent(name)
        if ports.store.failed:  # before anybody was there to be told
            self._on_disk_failure()

    def _on_registration_end(self, session: Session) -> None:
        self.listener.end_registration(session.link)  # type: ignore[arg-type]  # the core's Outlet is a Link here

    def _on_disk_failure(self) -> None:
        """Nothing is written any more: stop, or show history."""
        if self.chat.must_restart:
            self.stopping.set()
        else:
            storing.review(self.chat)

    def _make_permanent(self, name: str) -> None:
        chat = self.chat
        channel = chat.world.channel(name)
        if channel is None:
            state = permanent_channel(chat.server_stamp(), name)
        elif "P" not in channel.modes:
            state = channel_restored(channel)
            state = msgspec.structs.replace(state, modes={**state.modes, "P": None})
        else:
            return
        with chat.journal.facts():  # the settings say so
            chat.emit(state)
            chat.keep_channel(chat.world.channels[state.channel])

    async def _answer(self, request: bytes) -> object:
        return await answer(self.chat, msgspec.json.decode(request, type=administer.AdminRequest))

    def _certificate_of(self, config: Config) -> Pair:
        if config.tls.certificate:
            return Path(config.tls.certificate), Path(config.tls.key)
        hosts = [at.host for at in listeners(self.loaded.config.listen) if at.host]
        return self.ports.secrets.certificate([*dict.fromkeys([config.server.name, "localhost", *hosts])])

    # --- start

    async def listen(self) -> None:
        """Open every listener, or none: raises StartError."""
        await self.admin_socket.open()
        wanted = listeners(self.loaded.config.listen)
        if warning := closed_listeners.warning(self.loaded.config):
            log.warning("%s", warning)
        await self._start_site(wanted)
        make_http = None if self.site is None else self.site.protocol
        for at in wanted:
            try:
                await self.sockets.open(at, make_http)
            except OSError as error:
                self.sockets.close()
                raise StartError(why_not_open(at, error)) from None
        self._tasks.append(asyncio.create_task(self.listener.sweep_for_ever()))
        self._tasks.append(asyncio.create_task(upkeep.run_for_ever(self.chat, self.site)))
        self._tasks.append(asyncio.create_task(upkeep.scrub_for_ever(self.chat)))
        self._tasks.append(asyncio.create_task(upkeep.review_for_ever(self.chat)))
        self._tasks.append(asyncio.create_task(self.contexts.watch()))
        self._tasks.append(asyncio.create_task(self.backups.run_for_ever()))
        if self.site is not None:
            self.site.advertise()
        if self.loaded.config.listen.lan:
            self._announce()
        self.chat.tls_port = next((at.port for at in self.sockets.opened if at.scheme == "ircs"), 0)
        # Objects that live until the end need not be looked at by every collection.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    async def _start_site(self, wanted: list[ListenAt]) -> None:
        if any(at.scheme in WEB for at in wanted):
            from papo.server.web.routes import make_site  # noqa: PLC0415 -- 150 ms that others save

            self.site = make_site(self.chat, self.ports.files, self.sockets.opened)
            await self.site.start()

    def _announce(self) -> None:
        from papo.server.net.announce import Announcement  # noqa: PLC0415 -- 80 ms that others save

        self.announcement = Announcement()
        network = self.chat.config.server.network
        work = self.announcement.start(network, self.chat.web_address, self.sockets.opened)
        self._tasks.append(asyncio.create_task(work))

    # --- reload

    def reload(self) -> str:
        """Read the settings again and apply those that a running server can; says what it did (SIGHUP, REHASH)."""
        try:
            fresh = reload(self.loaded, os.environ)
            named_files.check(fresh.config)
        except StartError as error:
            log.error("not reloaded: %s", error)  # noqa: TRY400 -- the sentence says it all
            return _("nothing was changed: {reason}").format(reason=error)
        applied, restart = difference(self.chat.config, fresh.config)
        config = apply_reloadable(self.chat.config, fresh.config)
        try:
            use_certificate = self.contexts.prepare(lambda: self._certificate_of(config))
        except ValueError as error:
            log.error("not reloaded: %s", error)  # noqa: TRY400
            return _("nothing was changed: {reason}").format(reason=error)
        # Everything is read and checked: from here on nothing fails.
        self.chat.config = config
        self.listener.trusted, self.listener.header = config.proxy.trusted, config.proxy.header
        use_certificate()
        for name in self.chat.config.rooms.permanent:
            self._make_permanent(name)
        if self.chat.must_restart:  # it was read-only until now
            self.stopping.set()
        report = _("reloaded: {keys}").format(keys=", ".join(applied) or _("nothing had changed"))
        if restart:
            report += "; " + _("these need a restart: {keys}").format(keys=", ".join(restart))
        log.info("reloaded: %s; need a restart: %s", ", ".join(applied) or "nothing", ", ".join(restart) or "none")
        return report

    # --- stop

    def stop(self) -> None:
        """Stop soon; called a second time, at once."""
        if self.stopping.is_set():
            self._at_once.set()
        self.stopping.set()

    async def drain(self) -> None:
        """Stop accepting, finish what is queued, say goodbye to every client, close.

        Balancers see that the server is not ready for `drain_grace_s` before it accepts no more. After a disk failure
        what is queued is refused, and nothing is written or synced: the store sees to that.
        """
        self.admin_socket.close()
        if self.site is not None:
            self.site.draining = True
            if not self.chat.store.failed:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._at_once.wait(), self.chat.config.server.drain_grace_s)
        for task in self._tasks:
            task.cancel()
        self.sockets.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                if self.announcement is not None:
                    await self.announcement.stop()
                await self.chat.journal.store_owed()
                await self._close_links()
                await self.admin_socket.release_held()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                await self.chat.mailer.posted()
        for link in (*self.listener.links, *self.listener.openings):
            link.abort()
        if self.site is not None:
            await self.site.stop()
        await self.ports.store.close()

    async def _close_links(self) -> None:
        failed = bool(self.chat.store.failed)
        for link in tuple(self.listener.links):
            if isinstance(link, WebSocketLink):
                link.close_code = SERVICE_RESTART if failed else GOING_AWAY
            if isinstance(link.handler, Connection):
                link.handler.shut_down(failed=failed)
            else:
                link.close()
        loop = asyncio.get_running_loop()
        end_s = loop.time() + PARTING_S
        while self.listener.links and loop.time() < end_s:
            await asyncio.sleep(0.01)


async def start(loaded: Loaded, folder: Path, *, new: bool = False) -> Server:
    """A server that listens. `new` as in `open_ports`. Raises StartError."""
    named_files.check(loaded.config)
    try:
        ports = await open_ports(loaded.config, folder, new=new)
    except OSError as error:
        raise StartError(_why(error)) from None
    write_queue = WriteQueue(asyncio.get_running_loop().call_soon)
    try:
        server = Server(loaded, folder, ports, await make_chat(loaded.config, ports, write_queue), write_queue)
        await server.listen()
    except StartError:
        await ports.store.close()
        raise
    except OSError as error:
        await ports.store.close()
        raise StartError(_why(error)) from None
    return server


def _why(error: OSError) -> str:
    return _("{path}: {reason}; check the space on the disk, and who may write in the data folder").format(
        path=error.filename or "?", reason=error.strerror or error
    )


async def serve(loaded: Loaded, folder: Path, *, new: bool = False) -> int:
    """Serve until a signal, or until the disk fails; returns the exit code."""
    server = await start(loaded, folder, new=new)
    signals.install(server.stop, server.reload)
    fingerprint = server.contexts.fingerprint
    opened, web_address = server.sockets.opened, server.chat.web_address
    log.info("listening: %s", " ".join(dict.fromkeys(at.scheme for at in opened)))
    for line in banner(loaded.config, folder, opened, web_address=web_address, fingerprint=fingerprint):
        say(line)
    await server.stopping.wait()
    if server.chat.must_restart:
        text = _("the disk has failed ({reason}), and the server stops: it writes nothing more; start it again")
        with contextlib.suppress(OSError):
            print("papo:", text.format(reason=server.chat.store.failed), file=sys.stderr, flush=True)  # noqa: T201
    else:
        say(_("Stopping."))
    await server.drain()
    return DiskFailedError.exit_code if server.chat.must_restart else 0


def run(loaded: Loaded, folder: Path, *, new: bool = False) -> int:
    """Serve until a signal; returns the exit code: 0, or 74 after a disk failure.

    Raises StartError for everything a sentence can explain.
    """
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    try:
        import uvloop  # noqa: PLC0415 -- not on Windows
    except ImportError:
        tls.shrink_buffers()
    else:
        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner, contextlib.suppress(KeyboardInterrupt):
        return runner.run(serve(loaded, folder, new=new))
    return 0
