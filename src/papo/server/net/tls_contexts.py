"""The TLS contexts of this process: one certificate in all of them, reloaded together."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from papo.server.net import tls

if TYPE_CHECKING:
    from OpenSSL import SSL

log = logging.getLogger(__name__)

Pair: TypeAlias = tuple[Path, Path]
"""A certificate and its private key, in PEM."""
WATCH_INTERVAL_S = 30.0


class TlsContexts:
    """Made when the first listener needs them."""

    def __init__(self, find_certificate: Callable[[], Pair]) -> None:
        """Make contexts from this certificate, when they are asked for.

        Args:
            find_certificate: Gives the paths of a certificate and its private key. Raises ValueError.
        """
        self.fingerprint = ""
        """SHA-256 of the certificate; "" if nothing uses one."""
        self._find_certificate = find_certificate
        self._plain: ssl.SSLContext | None = None
        self._asking: SSL.Context | None = None
        self._versions: tuple[object, ...] = ()
        """Of the files that were last looked at."""

    def plain(self) -> ssl.SSLContext:
        """Of listeners that do not ask for client certificates. Raises ValueError with a sentence."""
        if self._plain is None:
            certificate, key = self._find_certificate()
            self._versions = _versions(certificate, key)
            self._plain = tls.server_context(certificate, key)
            self.fingerprint = tls.fingerprint(certificate)
        return self._plain

    def asking(self) -> SSL.Context:
        """Of listeners that ask clients for a certificate. Raises ValueError with a sentence."""
        from papo.server.net import client_certificates  # noqa: PLC0415 -- 100 ms that a start saves

        if self._asking is None:
            self.plain()  # judges the files, and knows the fingerprint
            self._asking = client_certificates.server_context(*self._find_certificate())
        return self._asking

    def prepare(self, find_certificate: Callable[[], Pair]) -> Callable[[], None]:
        """Read and check a certificate; what is returned uses it for new connections from then on.

        Raises ValueError with a sentence, and then nothing has changed.
        """
        if self._plain is None:
            return lambda: None
        plain, (certificate, key) = self._plain, find_certificate()
        versions = _versions(certificate, key)
        tls.server_context(certificate, key)
        fingerprint = tls.fingerprint(certificate)

        def use() -> None:
            tls.load(plain, certificate, key)
            self._asking = None
            self._versions = versions
            if fingerprint != self.fingerprint:
                log.info("the certificate is a new one, SHA-256 %s", fingerprint)
            self.fingerprint = fingerprint

        return use

    def renew(self) -> None:
        """Use the certificate if its files have changed; a bad one is logged once, and changes nothing."""
        if self._plain is None:
            return
        try:
            versions = _versions(*self._find_certificate())
            if versions == self._versions:
                return
            self._versions = versions
            self.prepare(self._find_certificate)()
        except ValueError as error:
            log.error("the certificate stays as it was: %s", error)  # noqa: TRY400 -- the sentence says it all

    async def watch(self) -> None:
        """Renew for ever: programs that fetch certificates (ACME) need not tell the server."""
        while True:
            await asyncio.sleep(WATCH_INTERVAL_S)
            self.renew()


def _versions(*paths: Path) -> tuple[object, ...]:
    """What changes when the files are written or replaced. Files that cannot be read have none."""
    versions: list[object] = []
    for path in paths:
        try:
            about = path.stat()
        except OSError as error:
            versions.append(error.errno)
        else:
            versions.append((about.st_mtime_ns, about.st_size, about.st_ino))
    return tuple(versions)
