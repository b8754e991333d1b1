"""What every `Secrets` must do, as tests over a factory: a module that imports these names provides `open_secrets`."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

from papo.server.delivery.ports import Secrets

OpenSecrets = Callable[[], Secrets]
"""Opens the secrets of this test; a second call opens the same."""


def test_a_key_is_the_same_at_every_start(open_secrets: OpenSecrets) -> None:
    """Hidden addresses stay the same over restarts."""
    assert open_secrets().key("cloak") == open_secrets().key("cloak")
    assert len(open_secrets().key("cloak")) == 32


def test_each_purpose_has_a_key_of_its_own(open_secrets: OpenSecrets) -> None:
    """A leaked one tells nothing about the others."""
    secrets = open_secrets()
    assert len({secrets.key(purpose) for purpose in ("cloak", "token", "")}) == 3


def test_a_certificate_is_made_once_and_stays(open_secrets: OpenSecrets) -> None:
    """Even for other names: people have noted its fingerprint. TLS can load it."""
    certificate, key = open_secrets().certificate(["casa.example"])
    content = certificate.read_bytes()
    assert open_secrets().certificate(["outra.example"])[0].read_bytes() == content
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)


def test_a_copy_holds_the_certificate_if_one_was_made(open_secrets: OpenSecrets, tmp_path: Path) -> None:
    """The same bytes."""
    folder = tmp_path / "copy"
    folder.mkdir()
    open_secrets().copy_to(folder)
    assert not (folder / "tls").exists()
    certificate, key = open_secrets().certificate(["casa.example"])
    folder = tmp_path / "another"
    folder.mkdir()
    open_secrets().copy_to(folder)
    assert (folder / "tls" / "cert.pem").read_bytes() == certificate.read_bytes()
    assert (folder / "tls" / "key.pem").read_bytes() == key.read_bytes()
