"""TLS that asks the client for a certificate and accepts any: it proves that the client has the key, no more.

Python's `ssl` asks only if it verifies against a CA, and so refuses every self-signed certificate. This is a protocol
for the socket's transport and the transport of a link: pyOpenSSL over memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from OpenSSL import SSL, crypto

from papo.server.net.tls_handshake import peer_address

CHUNK = 65_536
MAX_KEY_BITS = 8192
"""Of a client's RSA key: one of 16,384 bits with a long exponent takes 5 ms, and a chain may have twenty."""


def _accept(_stream: SSL.Connection, certificate: crypto.X509, _error: int, _depth: int, _ok: int) -> bool:
    """Any certificate whose key is not so long that its signature keeps the loop busy; asked before that is checked."""
    try:
        return certificate.get_pubkey().bits() <= MAX_KEY_BITS
    except crypto.Error:  # a key that OpenSSL does not know
        return False


def server_context(certificate: Path, key: Path) -> SSL.Context:
    """A context for TLS 1.2 and 1.3 that asks for a certificate. `net.tls` has checked the files."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    # Without resumption every connection shows its certificate again.
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # idle connections keep no buffers
    context.set_verify(SSL.VERIFY_PEER, _accept)
    context.set_verify_depth(0)  # who has signed it is nothing to us, and OpenSSL would check every signature
    context.use_certificate_chain_file(str(certificate))
    context.use_privatekey_file(str(key))
    return context


class CertificateStream(asyncio.Protocol):
    """One connection: the socket's protocol, and the link's transport."""

    def __init__(
        self,
        context: SSL.Context,
        make_link: Callable[[], asyncio.BaseProtocol],
        *,
        deadline_s: float = 10.0,
        on_begin: Callable[[CertificateStream, str], None] = lambda _opening, _address: None,
        on_end: Callable[[CertificateStream], object] = lambda _: None,
    ) -> None:
        """As `net.tls_handshake.TlsHandshake`."""
        self._deadline_s = deadline_s
        self._on_begin = on_begin
        self._on_end = on_end
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()
        self._context = context
        self._make_link = make_link
        self._link: asyncio.Protocol | None = None
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False

    # --- from the socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the handshake."""
        self._transport = cast("asyncio.Transport", transport)
        self._timer = asyncio.get_running_loop().call_later(self._deadline_s, self.abort)
        self._on_begin(self, peer_address(transport))

    def data_received(self, data: bytes) -> None:
        """Decrypt, and hand over to the link."""
        self._tls.bio_write(data)
        try:
            if self._link is None and not self._shake_hands():
                return
            self._read()
        except SSL.Error:
            self.abort()
            return
        self._flush()

    def _shake_hands(self) -> bool:
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            self._flush()
            return False
        except SSL.Error:
            self._flush()  # the alert that tells the client why
            raise
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._flush()
        self._on_end(self)
        self._link = cast("asyncio.Protocol", self._make_link())
        self._link.connection_made(cast("asyncio.BaseTransport", self))
        return True

    def _read(self) -> None:
        assert self._link is not None
        while not self._closing:
            try:
                data = self._tls.recv(CHUNK)
            except SSL.WantReadError:
                return
            except (SSL.ZeroReturnError, SSL.SysCallError):
                self.close()
                return
            self._link.data_received(data)

    def _flush(self) -> None:
        if self._transport is None:
            return
        while True:
            try:
                data = self._tls.bio_read(CHUNK)
            except SSL.WantReadError:
                return
            self._transport.write(data)

    def eof_received(self) -> None:
        """The peer has closed its side."""
        if self._link is not None:
            self._link.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self._closing = True
        self._on_end(self)
        if self._timer is not None:
            self._timer.cancel()
        self._transport = None
        if self._link is not None:
            self._link.connection_lost(exc)

    def pause_writing(self) -> None:
        """The peer reads slowly."""
        if self._link is not None:
            self._link.pause_writing()

    def resume_writing(self) -> None:
        """The peer has caught up."""
        if self._link is not None:
            self._link.resume_writing()

    # --- for the link

    def write(self, data: bytes) -> None:
        """Encrypt and send."""
        if self._closing or self._transport is None:
            return
        try:
            self._tls.sendall(data)
        except SSL.Error:
            self.abort()
            return
        self._flush()

    def close(self) -> None:
        """Close after what was written."""
        if self._closing or self._transport is None:
            return
        self._closing = True
        with contextlib.suppress(SSL.Error):  # the peer may have closed without a close_notify
            self._tls.shutdown()
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._closing = True
        self._on_end(self)
        if self._transport is not None:
            self._transport.abort()

    def is_closing(self) -> bool:
        """Whether it is closed or closing."""
        return self._closing

    def can_write_eof(self) -> bool:
        """TLS has no half-open connections."""
        return False

    def pause_reading(self) -> None:
        """Pause reading from the peer."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def get_write_buffer_size(self) -> int:
        """Encrypted bytes that are not sent yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As every transport; `fingerprints` gives those of the client's certificate, () if it has none."""
        if name == "sslcontext":
            return self._context
        if name == "fingerprints":
            return self._fingerprints()
        return default if self._transport is None else self._transport.get_extra_info(name, default)

    def _fingerprints(self) -> tuple[str, ...]:
        certificate = self._tls.get_peer_certificate()
        if certificate is None:
            return ()
        der = crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
        return hashlib.sha256(der).hexdigest(), hashlib.sha512(der).hexdigest()
