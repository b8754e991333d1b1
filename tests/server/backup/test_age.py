"""Encryption with a passphrase: what age reads and writes, and nothing that was changed."""

from __future__ import annotations

import base64
import io
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papo.config import StartError
from papo.server.backup import age
from papo.server.backup.age import Decryption, Encryption
from papo.server.backup.tar import NotTarError

OF_RAGE = (
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBuV0EvZFQvQ3NPTTI1MlpIOWxyZHpRIDE2Cmt0WFZoVGYxVkRxa0p1UTVR"
    "c25ZWStrMmpzajU1cHRab3d4N2F6dk1pS1EKLS0tIEx1bktQWHdXdzlJaWV6NzlpZ2RxWHVqbmVmdDRtUk1FdDdYbVhnbmxFTWMK"
    "8/RqscQhdgbLO7QsmAOyarhL5vt3r0W2jdYd6KNQ2QDMR/YkvOoWqzhbQ90="
)
"""Made by rage 0.11 through pyrage 1.4, whose passphrase is `correct horse`."""


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little work as scrypt does."""
    monkeypatch.setattr(age, "WORK_FACTOR", 1)


def encrypted(text: bytes, piece: int = 10_000) -> bytes:
    """Written in pieces."""
    out = io.BytesIO()
    encryption = Encryption(out, "olá")
    for start in range(0, len(text), piece):
        encryption.write(text[start : start + piece])
    encryption.close()
    return out.getvalue()


class Pipe:
    """Gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        """Fewer than asked for."""
        return self._data.read(min(size, 777) if size >= 0 else 777)


def test_a_file_of_another_program_is_read() -> None:
    """One that rage has made."""
    assert Decryption(io.BytesIO(base64.b64decode(OF_RAGE)), "correct horse").read() == "olá, mundo\n".encode()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
@pytest.mark.parametrize("piece", [999, 65_536, 1 << 20])
def test_what_is_encrypted_is_decrypted(size: int, piece: int) -> None:
    """At the borders of chunks, whatever the pieces it is written and read in."""
    text = bytes(range(256)) * (size // 256 + 1)
    data = encrypted(text[:size], piece=piece)
    assert b"\x01\x02\x03\x04" not in data
    assert Decryption(io.BytesIO(data), "olá").read() == text[:size]
    decryption = Decryption(cast("BinaryIO", Pipe(data)), "olá")
    found = b""
    while more := decryption.read(5_000):
        found += more
    assert found == text[:size]
    assert decryption.read(1) == b""


def test_the_same_twice_is_not_the_same_file() -> None:
    """Every key and nonce is used once."""
    assert encrypted(b"x" * 100) != encrypted(b"x" * 100)


def test_another_passphrase_is_refused() -> None:
    """With a sentence."""
    with pytest.raises(StartError, match="not its passphrase"):
        Decryption(io.BytesIO(encrypted(b"x")), "ola")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 140_000), st.integers(1, 255))
def test_a_byte_that_was_changed_is_noticed(at: int, bits: int) -> None:
    """Wherever it is."""
    text = b"x" * 140_000
    data = bytearray(_big(text))
    data[at % len(data)] ^= bits
    with pytest.raises((StartError, NotTarError)):
        Decryption(io.BytesIO(bytes(data)), "olá").read()


@pytest.mark.parametrize("size", [0, 20, 100, 164, 170, 185, 65_000, 65_736, 131_000, 140_000])
def test_a_file_that_was_cut_off_is_noticed(size: int) -> None:
    """Between two chunks too."""
    data = _big(b"x" * 140_000)
    chunk = data.index(b"\n", data.index(b"---")) + 1 + 16 + 65_536 + 16
    for cut in (size, chunk, chunk + 65_552):
        with pytest.raises((StartError, NotTarError)):
            Decryption(io.BytesIO(data[:cut]), "olá").read()
    with pytest.raises(NotTarError):
        Decryption(io.BytesIO(data + b"more"), "olá").read()


_kept: dict[bytes, bytes] = {}


def _big(text: bytes) -> bytes:
    """Encrypted once for many tests."""
    if text not in _kept:
        _kept[text] = encrypted(text)
    return _kept[text]


@pytest.mark.parametrize(
    "header",
    [
        b"age-encryption.org/v2\n-> scrypt",
        b"age-encryption.org/v1\n-> X25519 XEl0dJ6y3C7KZkgmgWUicg63EyXJiwBJW8PdYJ/cYBE\n",
        b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\n" + b"A" * 43 + b"\n---",
        b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 99\n" + b"A" * 43 + b"\n---",
        b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAB 18\n" + b"A" * 43 + b"\n---",
        b"age-encryption.org/v1\n" + b"\n" * 500,
    ],
)
def test_what_only_age_can_read_is_refused_at_once(header: bytes) -> None:
    """Other recipients; and a work factor that would take all memory before anything is known."""
    with pytest.raises(StartError):
        Decryption(io.BytesIO(header + b" " + b"A" * 500), "olá")
