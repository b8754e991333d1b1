"""What the server prints when it has started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from papo import __version__
from papo.config import Config, ListenAt
from papo.i18n import _


def banner(
    config: Config, folder: Path, opened: list[ListenAt], *, web_address: str, fingerprint: str
) -> Iterator[str]:
    """Lines for the person who has started it.

    Args:
        config: The settings in force.
        folder: The data folder.
        opened: The listeners that are open.
        web_address: The page's URL; "" if there is no web listener.
        fingerprint: SHA-256 of the TLS certificate; "" if there is none.
    """
    yield _("Papo {version} is listening:").format(version=__version__)
    by_scheme: dict[str, list[str]] = {}
    for at in opened:
        by_scheme.setdefault(at.scheme, []).append(at.url.partition("://")[2])
    for scheme, places in by_scheme.items():
        yield f"  {scheme:<11} {'  '.join(places)}"
    if config.listen.lan and web_address:
        from papo.server.web.links import qr_text  # noqa: PLC0415 -- only if a code is shown

        yield _("Scan this with a phone, or open {url}").format(url=web_address)
        yield from qr_text(web_address).splitlines()
    if fingerprint:
        yield _("TLS certificate, SHA-256: {fingerprint}").format(fingerprint=fingerprint)
    yield _("All data is in {folder}").format(folder=folder)
    if config.history.durability == "process":
        yield _("durability = process: the newest messages can be lost in a power cut")
    if not config.limits.enabled:
        yield _("limits are off: do not open this server to the internet")
    yield _("Stop with Ctrl-C.")
