"""The TLS contexts of this process: one certificate in all of them, reloaded together."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from papo.server.net import tls

if TYPE_CHECKING:
    from OpenSSL import SSL


class TlsContexts:
    """Made when the first listener needs them."""

    def __init__(self, find_certificate: Callable[[], tuple[Path, Path]]) -> None:
        """Make contexts from this certificate, when they are asked for.

        Args:
            find_certificate: Gives the paths of a certificate and its private key. Raises ValueError.
        """
        self.fingerprint = ""
        """SHA-256 of the certificate; "" if nothing uses one."""
        self._find_certificate = find_certificate
        self._plain: ssl.SSLContext | None = None
        self._asking: SSL.Context | None = None

    def plain(self) -> ssl.SSLContext:
        """Of listeners that do not ask for client certificates. Raises ValueError with a sentence."""
        if self._plain is None:
            certificate, key = self._find_certificate()
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

    def reload(self) -> None:
        """Use the files as they are now for new connections. Raises ValueError, and then nothing changes."""
        if self._plain is not None:
            tls.reload(self._plain, *self._find_certificate())
            self._asking = None
