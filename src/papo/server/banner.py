"""What the server prints when it has started."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from papo import __version__
from papo.config import Config, ListenAt
from papo.i18n import _
from papo.protocol.dialects import CLASSROOM


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
    # What the documents of the classroom dialects say that a server prints.
    for at in {at.scheme: at for at in opened if at.scheme in CLASSROOM}.values():
        if CLASSROOM[at.scheme].listening:
            yield CLASSROOM[at.scheme].listening.replace("{port}", str(at.port))
    if config.listen.lan and web_address:
        from papo.server.web.links import qr_text  # noqa: PLC0415 -- only if a code is shown

        yield _("Scan this with a phone, or open {url}").format(url=web_address)
        yield from filter(_is_printable, qr_text(web_address).splitlines())
    if fingerprint:
        yield _("TLS certificate, SHA-256: {fingerprint}").format(fingerprint=fingerprint)
    yield _("All data is in {folder}").format(folder=folder)
    if config.history.durability == "process":
        yield _("durability = process: the newest messages can be lost in a power cut")
    if not config.limits.enabled:
        yield _("limits are off: do not open this server to the internet")
    yield _("Stop with Ctrl-C.")


def _is_printable(line: str) -> bool:
    """Whether the output's encoding has these characters: half a QR code is none."""
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
