"""Certificates in a folder, and handshakes with them in memory."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import ssl
from pathlib import Path

import pytest
import uvloop

from papo.server.net import tls
from papo.server.net.link import Link, WriteQueue
from papo.server.net.tls_contexts import TlsContexts
from papo.server.store.certificate import self_signed


def handshake(
    server: ssl.SSLContext, cert: Path, name: str, maximum: ssl.TLSVersion
) -> tuple[str | None, bytes | None]:
    """Version agreed on, and the certificate seen by a client that trusts `cert` for `name`."""
    client = ssl.create_default_context(cafile=cert)
    client.maximum_version = maximum
    left, right = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(left, right, server_hostname=name),
        server.wrap_bio(right, left, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ends[0].version(), ends[0].getpeercert(binary_form=True)


@pytest.mark.parametrize("name", ["casa.example", "127.0.0.1", "2001:db8::1"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_self_signed_certificate_is_good_for_its_names(tmp_path: Path, name: str, version: ssl.TLSVersion) -> None:
    """A client that trusts it accepts it for each host name and address, over TLS 1.2 and 1.3."""
    cert, key = self_signed(tmp_path / "tls", ["casa.example", "127.0.0.1", "2001:db8::1", "casa.example"])
    agreed, seen = handshake(tls.server_context(cert, key), cert, name, version)
    assert agreed == {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[version]
    assert seen is not None
    assert tls.fingerprint(cert) == hashlib.sha256(seen).hexdigest()


def test_other_names_are_refused_and_old_versions_not_offered(tmp_path: Path) -> None:
    """The certificate names only what it was made for; the context begins at TLS 1.2."""
    cert, key = self_signed(tmp_path, ["casa.example"])
    context = tls.server_context(cert, key)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(context, cert, "outra.example", ssl.TLSVersion.TLSv1_3)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.skipif(os.name == "nt", reason="modes of files are not Windows's")
def test_key_is_for_its_owner_only(tmp_path: Path) -> None:
    """Mode 0600, and no temporary file stays."""
    _, key = self_signed(tmp_path, ["casa.example"])
    assert key.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cert.pem", "key.pem"]


def test_second_start_uses_the_same_certificate(tmp_path: Path) -> None:
    """Even for other names: people have noted its fingerprint. If one file is missing, both are made again."""
    cert, key = self_signed(tmp_path, ["casa.example"])
    before = tls.fingerprint(cert)
    assert self_signed(tmp_path, ["outra.example"]) == (cert, key)
    assert tls.fingerprint(cert) == before
    key.unlink()
    self_signed(tmp_path, [])
    assert tls.fingerprint(cert) != before
    tls.server_context(cert, key)


def test_reload_serves_the_new_certificate_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    """The same context uses the new files if they are good, and else the old ones."""
    cert, key = self_signed(tmp_path / "a", ["casa.example"])
    contexts = TlsContexts(lambda: (cert, key))
    context = contexts.plain()
    new_cert, new_key = self_signed(tmp_path / "b", ["casa.example"])
    with pytest.raises(ValueError, match="does not belong"):
        contexts.prepare(lambda: (new_cert, key))
    assert handshake(context, cert, "casa.example", ssl.TLSVersion.TLSv1_3)[0] == "TLSv1.3"
    shutil.copy(new_cert, cert)
    shutil.copy(new_key, key)
    contexts.prepare(lambda: (cert, key))()
    assert handshake(context, new_cert, "casa.example", ssl.TLSVersion.TLSv1_3)[0] == "TLSv1.3"


def test_each_bad_file_has_its_sentence(tmp_path: Path) -> None:
    """Missing, not PEM, not a pair, encrypted, no name: a ValueError that names the file and what is wrong."""
    cert, key = self_signed(tmp_path / "a", ["casa.example"])
    absent, garbage = tmp_path / "absent.pem", tmp_path / "garbage.pem"
    garbage.write_bytes(b"\xff\xfe not a certificate")
    with pytest.raises(ValueError, match=r"cannot read the certificate .*absent\.pem: No such file"):
        tls.server_context(absent, key)
    with pytest.raises(ValueError, match=r"cannot read the key .*absent\.pem: No such file"):
        tls.server_context(cert, absent)
    with pytest.raises(ValueError, match="are not a certificate and an unencrypted key"):
        tls.server_context(garbage, key)
    with pytest.raises(ValueError, match=r"cannot read the certificate .*absent\.pem"):
        tls.fingerprint(absent)
    with pytest.raises(ValueError, match=r"garbage\.pem is not a certificate in PEM form"):
        tls.fingerprint(garbage)
    with pytest.raises(ValueError, match="neither a host name nor an IP address"):
        self_signed(tmp_path / "c", ["a..b"])
    with pytest.raises(ValueError, match="cannot write a certificate into"):
        self_signed(garbage / "folder", ["casa.example"])


def test_encrypted_key_is_refused_without_asking_for_its_password(tmp_path: Path) -> None:
    """A service has nobody at its terminal."""
    from cryptography.hazmat.primitives import serialization as pem

    cert, key = self_signed(tmp_path, ["casa.example"])
    private = pem.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.BestAvailableEncryption(b"segredo"))
    )
    with pytest.raises(ValueError, match="is encrypted"):
        tls.server_context(cert, key)


class Closer:
    """A handler that writes and closes after `expected` bytes."""

    is_silent = True
    opened_at_s = 0.0

    def __init__(self, link: Link, expected: int) -> None:
        self.link = link
        self.left = expected
        self.lost_reasons: list[str] = []
        self.is_lost = asyncio.Event()

    def receive(self, data: bytes) -> None:
        self.left -= len(data)
        if not self.left:
            self.link.write(b"x" * 500_000)
            self.link.close(b"last")

    def lost(self, reason: str) -> None:
        self.lost_reasons.append(reason)
        self.is_lost.set()

    def sweep(self, now_s: float) -> None:
        pass


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_link_over_tls_carries_much_both_ways(tmp_path: Path, loop: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is secure, reads many records with small buffers, and writes all that is queued before it closes."""
    monkeypatch.setattr("asyncio.sslproto.SSLProtocol.max_size", 256 * 1024)  # put back what `shrink_buffers` changes
    tls.shrink_buffers()
    cert, key = self_signed(tmp_path, ["localhost"])
    closers: list[Closer] = []

    def make_link() -> Link:
        link = Link(WriteQueue(asyncio.get_running_loop().call_soon), max_queue_bytes=1 << 20, max_stuck_s=30)
        closer = Closer(link, 300_000)
        link.handler = closer
        closers.append(closer)
        return link

    async def test() -> None:
        running = asyncio.get_running_loop()
        server = await running.create_server(make_link, "127.0.0.1", 0, ssl=tls.server_context(cert, key))
        trust = ssl.create_default_context(cafile=cert)
        address = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(*address, ssl=trust, server_hostname="localhost")
        writer.write(b"y" * 300_000)
        assert await reader.read() == b"x" * 500_000 + b"last"
        writer.close()
        (closer,) = closers
        assert closer.link.secure
        await closer.is_lost.wait()
        assert closer.lost_reasons == [""]
        server.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asyncio.wait_for(test(), 10))
