"""The contexts of a process: made when needed, reloaded together."""

from __future__ import annotations

from pathlib import Path

import pytest

from papo.server.net import tls
from papo.server.net.tls_contexts import TlsContexts
from papo.server.store.certificate import self_signed


def test_no_certificate_is_looked_for_until_a_listener_needs_one() -> None:
    """Nor by a reload; a server without TLS has no fingerprint."""

    def find() -> tuple[Path, Path]:
        raise AssertionError

    contexts = TlsContexts(find)
    contexts.reload()
    assert contexts.fingerprint == ""


def test_each_context_is_made_once(tmp_path: Path) -> None:
    """And both know the one fingerprint."""
    pair = self_signed(tmp_path, ["casa.example"])
    contexts = TlsContexts(lambda: pair)
    assert contexts.asking() is contexts.asking()
    assert contexts.plain() is contexts.plain()
    assert contexts.fingerprint == tls.fingerprint(pair[0])


def test_a_reload_gives_listeners_that_ask_a_new_context(tmp_path: Path) -> None:
    """The plain one is changed in place, since its listeners hold it."""
    pairs = [self_signed(tmp_path / "old", ["casa.example"])]
    contexts = TlsContexts(lambda: pairs[-1])
    plain, asking = contexts.plain(), contexts.asking()
    pairs.append(self_signed(tmp_path / "new", ["casa.example"]))
    contexts.reload()
    assert contexts.plain() is plain
    assert contexts.asking() is not asking


def test_a_bad_certificate_changes_nothing(tmp_path: Path) -> None:
    """The reload raises a sentence, and the contexts stay."""
    pairs = [self_signed(tmp_path / "old", ["casa.example"])]
    contexts = TlsContexts(lambda: pairs[-1])
    plain, asking = contexts.plain(), contexts.asking()
    pairs.append((tmp_path / "absent.pem", tmp_path / "absent.key"))
    with pytest.raises(ValueError, match="cannot read the certificate"):
        contexts.reload()
    assert (contexts.plain(), contexts.asking()) == (plain, asking)
