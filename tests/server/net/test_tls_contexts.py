"""The contexts of a process: made when needed, reloaded together."""

from __future__ import annotations

import logging
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
    contexts.prepare(find)()
    contexts.renew()
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
    contexts.prepare(lambda: pairs[-1])()
    assert contexts.plain() is plain
    assert contexts.fingerprint == tls.fingerprint(pairs[-1][0])
    assert contexts.asking() is not asking


def test_a_bad_certificate_changes_nothing(tmp_path: Path) -> None:
    """The reload raises a sentence, and the contexts stay."""
    pairs = [self_signed(tmp_path / "old", ["casa.example"])]
    contexts = TlsContexts(lambda: pairs[-1])
    plain, asking = contexts.plain(), contexts.asking()
    pairs.append((tmp_path / "absent.pem", tmp_path / "absent.key"))
    with pytest.raises(ValueError, match="cannot read the certificate"):
        contexts.prepare(lambda: pairs[-1])
    assert (contexts.plain(), contexts.asking()) == (plain, asking)


def test_a_renewed_certificate_is_noticed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By its files, whether they are written again or replaced; half a renewal is logged once, and changes nothing."""
    caplog.set_level(logging.INFO)
    pair = self_signed(tmp_path / "now", ["casa.example"])
    fresh = self_signed(tmp_path / "fresh", ["casa.example"])
    contexts = TlsContexts(lambda: pair)
    asking, before = (contexts.plain(), contexts.asking())[1], contexts.fingerprint
    contexts.renew()
    assert contexts.asking() is asking
    fresh[0].replace(pair[0])
    contexts.renew()
    contexts.renew()
    assert contexts.fingerprint == before
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    fresh[1].replace(pair[1])
    contexts.renew()
    contexts.renew()
    assert contexts.fingerprint == tls.fingerprint(pair[0]) != before
    assert contexts.asking() is not asking
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert contexts.fingerprint in caplog.text
    pair[0].unlink()
    contexts.renew()
    assert contexts.fingerprint != before
