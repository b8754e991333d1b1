"""Hashes of operators' passwords."""

from __future__ import annotations

from base64 import b64encode

import pytest

from papo.config.passwords import hash_password, read, verify_password

HASH = "scrypt$2$1$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def test_password_is_verified() -> None:
    """The hash of a password accepts this password and no other, and two hashes of it differ."""
    kept = hash_password("segredo ç")

    assert verify_password("segredo ç", kept)
    assert not verify_password("segredo c", kept)
    assert hash_password("segredo ç") != kept


def test_scrypt_is_the_one_of_the_rfc() -> None:
    """RFC 7914, section 12, third vector, in our notation, is accepted."""
    salt, derived = (
        b"SodiumChloride",
        bytes.fromhex(
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    )
    kept = f"scrypt$16384$8$1${b64encode(salt).decode()}${b64encode(derived).decode()}"

    assert verify_password("pleaseletmein", kept)


@pytest.mark.parametrize(
    "kept",
    ["", "secret", "scrypt$3$1$1$AAAAAAAA$AAAAAAAAAAAAAAAA", "scrypt$1048576$8$1$AAAAAAAA$AAAAAAAAAAAAAAAA",
     "scrypt$2$0$1$AAAAAAAA$AAAAAAAAAAAAAAAA", "scrypt$2$1$1$A=======$AAAAAAAAAAAAAAAA"],
)  # fmt: skip
def test_what_is_no_hash_is_never_right(kept: str) -> None:
    """Plain texts, impossible and enormous parameters are no hashes, and accept no password."""
    assert read(kept) is None
    assert not verify_password(kept, kept)
    assert not verify_password("", kept)


def test_enormous_passwords_are_refused() -> None:
    """More than 1,024 bytes are not hashed at all."""
    assert not verify_password("a" * 1025, HASH)
