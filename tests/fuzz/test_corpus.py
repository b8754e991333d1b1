"""Every input that `make fuzz` has kept, without it: what once broke a parser never does again."""

from __future__ import annotations

from pathlib import Path

import pytest
from targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
ALWAYS = [
    b"",
    b"\0",
    b"\xff" * 64,
    b"\r\n\r\n\r\n\r\n",
    b"\x01\x01\x01\x01" + "olá 💥\r\n".encode() * 9,
    bytes(range(256)),
]


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_breaks_nothing(name: str) -> None:
    """Each input of the target's folder, and a few for all."""
    for data in ALWAYS:
        TARGETS[name](data)
    for path in sorted((CORPUS / name).iterdir()):
        try:
            TARGETS[name](path.read_bytes())
        except BaseException as error:
            error.add_note(f"with {path.relative_to(CORPUS)}")
            raise


def test_every_folder_belongs_to_a_target() -> None:
    """And every target has seeds: what a fuzzer begins with decides how far it comes."""
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
