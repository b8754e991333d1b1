"""`/healthz`, `/readyz` and `/metrics`: whether the server is alive, whether it takes clients, and its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from papo import __version__
from papo.i18n import N_
from papo.protocol.proxy import is_trusted
from papo.server.web.site import Route, Site

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat


async def alive(site: Site, request: web.Request) -> web.StreamResponse:
    """`GET /healthz`: 200 while the process does all it can, 503 if starting it again would help."""
    reason = why_restart(site)
    text = f"failed: {reason}\n" if reason else "ok\n"
    return web.Response(status=503 if reason else 200, text=text, headers={"Cache-Control": "no-store"})


def why_restart(site: Site) -> str:
    """Why whatever watches over the process should end it; "" if it should not.

    A server that shows history read-only is not to be restarted but by its operator (docs/decisions/0024).
    """
    return site.chat.store.failed if site.chat.must_restart else ""


async def ready(site: Site, request: web.Request) -> web.StreamResponse:
    """`GET /readyz`: 200 while the server accepts clients and stores what they say; 503 and why otherwise."""
    reason = why_not_ready(site)
    text = f"not ready: {reason}\n" if reason else "ready\n"
    return web.Response(status=503 if reason else 200, text=text, headers={"Cache-Control": "no-store"})


def why_not_ready(site: Site) -> str:
    """Why no clients should be sent here; "" if they should. In English, as the log is."""
    chat = site.chat
    if chat.store.failed:
        until = "" if chat.store.damaged else " until a restart"
        return f"nothing is stored{until}: {chat.store.failed}"
    if site.draining:
        return "the server is stopping"
    return "the disk cannot keep up" if chat.journal.overloaded else ""


async def metrics(site: Site, request: web.Request) -> web.StreamResponse:
    """`GET /metrics`: numbers for Prometheus, for the addresses in `web.metrics`. No names of users or channels."""
    if not site.knows_client(request) or not is_trusted(site.address(request), site.chat.config.web.metrics):
        raise web.HTTPForbidden(text=N_("Not allowed from this address: see web.metrics in the settings"))
    registry = CollectorRegistry()
    for collector in (Numbers(site.chat), ProcessCollector(registry=None), PlatformCollector(registry=None)):
        registry.register(collector)
    GCCollector(registry=registry)
    return web.Response(
        body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )


class Numbers(Collector):
    """Reads the numbers when it is asked; nothing is counted on the hot path for it."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat

    def collect(self) -> Iterator[Metric]:
        """All numbers, as of now."""
        chat = self.chat
        world = chat.world
        dialects: dict[str, int] = {}
        for session in chat.sessions:
            if session.user is not None and session.user.uid in world.users:
                dialect = session.user.dialect.replace("-", "_")
                dialects[dialect] = dialects.get(dialect, 0) + 1
        yield _gauge("papo_info", "The server's version.", 1, version=__version__)
        yield _gauge("papo_users", "Users, always-on ones included.", len(world.users))
        yield _gauge("papo_channels", "Channels with members, and registered or permanent ones.", len(world.channels))
        yield _gauge("papo_operators", "Server operators who are connected.", len(world.operators))
        yield _gauge("papo_accounts", "Accounts.", len(world.registry.accounts))
        yield _gauge("papo_unregistered", "Connections that have not registered yet.", chat.unregistered())
        connections = GaugeMetricFamily("papo_connections", "Connections of users, by dialect.", labels=["dialect"])
        for dialect, count in sorted(dialects.items()):
            connections.add_metric([dialect], count)
        yield connections
        journal = chat.journal
        yield CounterMetricFamily("papo_events", "Events that were committed and delivered.", journal.released)
        yield CounterMetricFamily("papo_commits", "Commits to the store.", journal.commits)
        yield CounterMetricFamily("papo_refused_commits", "Commits that the store refused.", journal.refused)
        yield _gauge("papo_store_failed", "1 if nothing is stored until a restart, else 0.", bool(chat.store.failed))
        yield _gauge("papo_store_damaged", "1 if that is because the database is damaged.", chat.store.damaged)
        yield _gauge("papo_waiting_events", "Events that wait for the store.", journal.waiting)
        yield _gauge(
            "papo_clock_skew_seconds",
            "How far the machine's clock is ahead of where it should be; 0 if the server believes it.",
            chat.clock.skew_ms / 1e3 if chat.clock.is_doubted else 0,
        )
        failed = CounterMetricFamily("papo_failed_proofs", "Proofs that failed, by kind.", labels=["kind"])
        for kind, count in sorted(chat.failed_proofs.counts.items()):
            failed.add_metric([kind], count)
        yield failed
        yield from self._sizes()
        yield _gauge("papo_alarms", "Conditions that operators are told of.", len(chat.alarms))
        yield _gauge(
            "papo_started_seconds", "When the server started, in seconds since 1970.", chat.started_at_ms / 1e3
        )
        age_s = chat.backup_age_s()
        if age_s is not None:
            yield _gauge("papo_backup_age_seconds", "Age of the newest backup made on schedule; +Inf for none.", age_s)

    def _sizes(self) -> Iterator[Metric]:
        try:
            size = self.chat.store.size()
        except OSError:
            return
        yield _gauge("papo_database_bytes", "Size of the database.", size.database_bytes)
        yield _gauge("papo_wal_bytes", "Size of the database's write-ahead log.", size.wal_bytes)
        yield _gauge("papo_disk_free_bytes", "Free space of the disk that holds the database.", size.free_bytes)


def _gauge(name: str, about: str, value: float, **labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


ROUTES = (
    Route("GET", "/healthz", alive),
    Route("GET", "/readyz", ready),
    Route("GET", "/metrics", metrics),
)
