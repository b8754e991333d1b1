"""What the server prints when it has started."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from papo import __version__
from papo.i18n import _

if TYPE_CHECKING:
    from papo.server.app import Server


def banner(server: Server) -> Iterator[str]:
    """Lines for the person who has started it."""
    config = server.loaded.config
    yield _("Papo {version} is listening:").format(version=__version__)
    by_scheme: dict[str, list[str]] = {}
    for at in server.sockets.opened:
        by_scheme.setdefault(at.scheme, []).append(at.url.partition("://")[2])
    for scheme, places in by_scheme.items():
        yield f"  {scheme:<11} {'  '.join(places)}"
    if config.listen.lan and server.chat.web_address:
        from papo.server.web.links import qr_text  # noqa: PLC0415 -- only if a code is shown

        yield _("Point a phone at this, or open {url}").format(url=server.chat.web_address)
        yield from qr_text(server.chat.web_address).splitlines()
    if server.contexts.fingerprint:
        yield _("TLS certificate, SHA-256: {fingerprint}").format(fingerprint=server.contexts.fingerprint)
    yield _("Everything is kept in {folder}").format(folder=server.folder)
    if config.history.durability == "process":
        yield _("durability = process: what was said in the last moments can be lost in a power cut")
    if not config.limits.enabled:
        yield _("limits are off: do not open this server to strangers")
    yield _("Stop with Ctrl-C.")
