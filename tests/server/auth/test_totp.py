"""Codes of authenticator apps, against the vectors of RFC 6238 (appendix B), whose codes have eight digits."""

from __future__ import annotations

import base64

import pytest

from papo.server.auth import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at_s", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(at_s: int, code: str) -> None:
    """The last six digits."""
    assert totp.code_of(SECRET, at_s // 30) == code[2:]
    assert totp.find_step(SECRET, code[2:], at_s * 1000, after=0) == at_s // 30


def test_a_clock_may_be_wrong_by_one_step_and_no_code_counts_twice() -> None:
    """The one before and the one after; none that is as old as the last that was accepted."""
    now_s = 1_700_000_000
    step = now_s // 30
    near = {at: totp.code_of(SECRET, step + at) for at in (-2, -1, 0, 1, 2)}
    found = {at: totp.find_step(SECRET, code, now_s * 1000, after=0) for at, code in near.items()}
    assert found == {-2: None, -1: step - 1, 0: step, 1: step + 1, 2: None}
    assert totp.find_step(SECRET, near[0], now_s * 1000, after=step) is None
    assert totp.find_step(SECRET, near[-1], now_s * 1000, after=step) is None
    assert totp.find_step(SECRET, near[1], now_s * 1000, after=step) == step + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "\ud800", "0" * 10_000])
def test_what_is_no_code_is_never_right(typed: str) -> None:
    """Nor does it raise."""
    assert totp.find_step(SECRET, typed, 59_000, after=0) is None


def test_a_code_may_be_typed_with_spaces() -> None:
    """As the apps show it."""
    assert totp.find_step(SECRET, "287 082", 59_000, after=0) == 1


def test_names_cannot_change_what_the_qr_code_means() -> None:
    """A colon, a question mark or a slash in a network's name stays text."""
    text = totp.uri("ABC", "joão", "Rede: a/b?secret=x&y")
    assert text == (
        "otpauth://totp/Rede%20%20a%2Fb%3Fsecret%3Dx%26y:jo%C3%A3o?secret=ABC&issuer=Rede%20%20a%2Fb%3Fsecret%3Dx%26y"
    )
