"""The HTTP side of the server: one table of routes, and what holds for all of them.

Connections come from `net.websocket` when they ask for a page; aiohttp answers them in the server's own loop.
There are no cookies: a user is known by a token that their client got over the chat connection, so no page of another
site can make requests in their name.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from papo.config.listen import ListenAt
from papo.i18n import N_, in_language
from papo.protocol.networks import Networks
from papo.protocol.proxy import Client, forwarded_client, is_trusted
from papo.protocol.times import DAY_MS
from papo.protocol.websocket import origin_allowed
from papo.server import costs
from papo.server.actions.accounts import tokens
from papo.server.delivery.ports import NotReadable
from papo.server.net.http_connections import HttpConnection
from papo.server.net.own_names import WRONG_NAME, hosts_for
from papo.server.web.bad_requests import limit_reports
from papo.server.web.language import choose_language
from papo.server.web.links import addresses
from papo.server.web.paced_protocol import PacedProtocol
from papo.server.web.preview_cache import PreviewCache
from papo.server.web.quota import DailyQuota
from papo.server.web.request_rate import MAX_WAIT_S, RequestRate, cost_of
from papo.server.web.upload_rates import UploadRates

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.ports import Files
    from papo.server.world.user import User

Handler = Callable[["Site", web.Request], Awaitable[web.StreamResponse]]


class Route(NamedTuple):
    """A method and a path (in aiohttp's syntax), and what answers."""

    method: str
    path: str
    handler: Handler


SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Headers of every response."""
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The Content-Security-Policy of everything but the client's page."""
KEEP_ALIVE_S = 30.0
STOP_S = 2.0
SAFE = {"GET", "HEAD", "OPTIONS"}


class Site:
    """The HTTP side; every handler gets it, and the request."""

    def __init__(self, chat: Chat, files: Files, opened: Sequence[ListenAt], routes: Sequence[Route]) -> None:
        self.chat = chat
        self.files = files
        self.quota = DailyQuota(files)
        self.upload_rates = UploadRates()
        self.request_rate = RequestRate(lambda: chat.config.limits, chat.monotonic_s)
        self.previews = PreviewCache()
        self.opened = opened
        """What the server listens on; grows while it starts."""
        self.draining = False
        app = web.Application(middlewares=[self._guard], client_max_size=64 * 1024)
        for method, path, handler in routes:
            app.router.add_route(method, path, self._bound(handler))
            if method == "GET":
                app.router.add_route("HEAD", path, self._bound(handler))
        app.on_response_prepare.append(self._finish)
        self._runner = web.AppRunner(
            app,
            handle_signals=False,
            access_log=None,
            keepalive_timeout=KEEP_ALIVE_S,
            shutdown_timeout=STOP_S,
        )

    async def start(self) -> None:
        """Get ready for connections."""
        limit_reports()
        await self._runner.setup()

    def advertise(self) -> None:
        """Set the addresses that clients are told (FILEHOST, services for tokens); once the ports are known."""
        chat = self.chat
        chat.web_address = addresses(chat.config, self.opened)[0]
        chat.web_services = {
            "FILEHOST": (f"{chat.web_address}/f", "files that people send"),
            "PAPO": (chat.web_address, "this server's web client"),
        }

    async def prune(self) -> None:
        """Delete files that are older than the settings keep them."""
        days = self.chat.config.uploads.keep_days
        if days:
            await self.files.prune(self.chat.clock.believed_ms - days * DAY_MS)

    async def stop(self) -> None:
        """Close all connections; responses that are being sent have `STOP_S` to finish."""
        await self._runner.cleanup()

    def protocol(self) -> asyncio.Protocol:
        """What answers the requests of one connection."""
        server = self._runner.server
        assert server is not None
        return PacedProtocol(server())

    def _trusted(self) -> Networks:
        return self.chat.config.proxy.trusted

    def _bound(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await handler(self, request)

        return answer

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Slow down who asks too fast, and charge refusals."""
        wait_s = self.request_rate.charge(self.address(request), cost_of(request.method, _route(request)))
        if wait_s:
            await asyncio.sleep(min(wait_s, MAX_WAIT_S))
        await self.chat.run_queue.wait()  # a few requests in each loop turn, however many connections bring some
        response = self._too_many(request) if wait_s > MAX_WAIT_S else await self._answer(request, handler)
        if 400 <= response.status < 500:
            self.request_rate.charge(self.address(request), costs.HTTP_REFUSED)
        return response

    def _too_many(self, request: web.Request) -> web.StreamResponse:
        response = self.refusal(request, 429, N_("Too many requests from your address; wait a moment"))
        response.headers["Retry-After"] = str(int(MAX_WAIT_S))
        response.force_close()
        return response

    async def _answer(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuse names that are not ours, and changes for pages of other sites; in the reader's language."""
        host = self._asked_for(request)
        if host is None:
            return self.refusal(request, 421, WRONG_NAME)
        origin = request.headers.get("Origin")
        if request.method not in SAFE and not origin_allowed(origin, host, self.chat.config.web.origins):
            return self.refusal(request, 403, N_("Pages of other sites cannot do this"))
        try:
            with _in_use(request):
                return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return self.refusal(request, error.status, error.text or error.reason, error.headers.get("Allow"))
        except NotReadable:
            return self.refusal(request, 503, N_("A part of what is stored cannot be read"))

    def refusal(self, request: web.Request, status: int, reason: str, allow: str | None = None) -> web.StreamResponse:
        """A short text that says what is wrong. `reason` is a msgid of the catalogue."""
        headers = {"Cache-Control": "no-store"} | ({"Allow": allow} if allow else {})
        text = in_language(self.language(request)).gettext(reason)
        return web.Response(status=status, text=f"{text}\n", headers=headers)

    async def _finish(self, request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", NOTHING)
        headers["Server"] = "Papo"
        if self.is_secure(request):  # browsers ignore it over plain HTTP, and log a warning
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if self.is_secure(request) and self.chat.config.tls.sts_days:
            headers.setdefault("Strict-Transport-Security", f"max-age={self.chat.config.tls.sts_days * 86400}")
        if _is_forwarded(request):
            # A proxy would send a later WebSocket request over the same connection, which aiohttp has by now.
            headers["Connection"] = "close"
            response.force_close()

    # --- the client

    def address(self, request: web.Request) -> str:
        """The client's IP address, as a trusted proxy gives it; "" for a unix socket."""
        client = self._forwarded(request)
        if client is not None:
            return client.address
        return _peer(request)

    def is_secure(self, request: web.Request) -> bool:
        """Whether the client's side of the connection is encrypted."""
        client = self._forwarded(request)
        return client.secure if client is not None else request.secure

    def knows_client(self, request: web.Request) -> bool:
        """Whether `address` is the client's; False if a proxy is between that `proxy.trusted` does not name."""
        return not _is_forwarded(request) or is_trusted(_peer(request), self._trusted())

    def _forwarded(self, request: web.Request) -> Client | None:
        return forwarded_client(
            peer=_peer(request),
            header=self.chat.config.proxy.header,
            forwarded=request.headers.getall("Forwarded", []),
            x_forwarded_for=request.headers.getall("X-Forwarded-For", []),
            x_forwarded_proto=request.headers.getall("X-Forwarded-Proto", []),
            trusted=self._trusted(),
        )

    def language(self, request: web.Request) -> str:
        """The code of the language that the browser prefers."""
        return choose_language(request.headers.get("Accept-Language", ""))

    def origin(self, request: web.Request) -> str:
        """The server's origin as the client reaches it, such as `http://192.168.0.5:8080`."""
        return f"{'https' if self.is_secure(request) else 'http'}://{self.host(request)}"

    def host(self, request: web.Request) -> str:
        """The server's name or address, and port, as the client has asked for it."""
        return self._asked_for(request) or "localhost"

    def _asked_for(self, request: web.Request) -> str | None:
        """As `host`, but "" if the request names no server, and None if it names one that is not this."""
        hosts = hosts_for(self.chat.config, self.opened, _peer(request), is_tls=request.secure)
        return hosts.asked_for(request.headers.getall("Host", []), request.headers.getall("X-Forwarded-Host", []))

    def user(self, request: web.Request, service: str) -> tuple[User, str] | None:
        """(user, conversation) of the request's token for a service; None if it has no valid one.

        The conversation is "" if the token names none.
        """
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        claims = tokens.check(self.chat, token.strip(), service)
        if claims is None:
            return None
        user = self.chat.world.users.get(str(claims.get("uid")))
        if user is None or user.identity != claims.get("sub"):
            return None
        return user, str(claims.get("scope", ""))


@contextlib.contextmanager
def _in_use(request: web.Request) -> Iterator[None]:
    """While the request is handled, its connection is not closed for another."""
    connection = request.transport.get_protocol() if request.transport is not None else None
    if not isinstance(connection, HttpConnection):
        yield
        return
    connection.requests += 1
    try:
        yield
    finally:
        connection.requests -= 1


def _route(request: web.Request) -> str:
    """The path of the request's route as in its table; "" if it has none."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


def _is_forwarded(request: web.Request) -> bool:
    """Whether a proxy says that it is between."""
    return any(name in request.headers for name in ("Via", "Forwarded", "X-Forwarded-For"))


def _peer(request: web.Request) -> str:
    """The address of the socket's other end; "" for a unix socket."""
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    return str(peer[0]) if isinstance(peer, tuple) else ""
