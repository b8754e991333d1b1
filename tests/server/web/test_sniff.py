from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.server.web.sniff import INLINE, TEXT, sniff

KNOWN = [
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
    (b"GIF87a\1\0\1\0", "image/gif"),
    (b"GIF89a\1\0\1\0", "image/gif"),
    (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
    (b"\0\0\0\x18ftypisom\0\0\2\0", "video/mp4"),
    (b"\0\0\0\x18ftypmp42\0\0\2\0", "video/mp4"),
    (b"\0\0\0\x18ftypM4A \0\0\2\0", "audio/mp4"),
    (b"\x1aE\xdf\xa3\x9fB\x86\x81\1", "video/webm"),
    (b"ID3\4\0\0\0\0\0\0", "audio/mpeg"),
    (b"\xff\xfb\x90\x64\0\0", "audio/mpeg"),
    (b"OggS\0\2\0\0", "audio/ogg"),
    (b"fLaC\0\0\0\x22", "audio/flac"),
    (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
    (b"PK\3\4\x14\0", "application/zip"),
]
ACTIVE = [
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"<!DOCTYPE html><script>alert(1)</script>",
    b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>",
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n",
    b"\xef\xbb\xbf<html>",
    b"#!/bin/sh\nrm -rf /\n",
]
REFUSED = [
    b"\0\0\0\0",
    b"MZ\x90\0\3\0\0\0",
    b"\x7fELF\2\1\1\0",
    b"caf\xe9",
    b"text with a \0 in it",
    b"RIFF\x10\0\0\0AVI LIST",
    b"\0\0\0\x18ftypheic\0\0\0\0",
    "UTF-16".encode("utf-16"),
]


@pytest.mark.parametrize(("head", "kind"), KNOWN)
def test_the_first_bytes_give_the_type(head: bytes, kind: str) -> None:
    """Of every type."""
    assert sniff(head, whole=True) == kind
    assert sniff(head, whole=False) == kind


@pytest.mark.parametrize("head", ACTIVE)
def test_scripts_are_plain_text_and_not_displayed(head: bytes) -> None:
    """SVG, HTML and scripts count as plain text."""
    assert sniff(head, whole=True) == TEXT
    assert TEXT not in INLINE


@pytest.mark.parametrize("head", REFUSED)
def test_other_types_are_not_accepted(head: bytes) -> None:
    """Programs, unknown containers, other encodings."""
    assert sniff(head, whole=True) is None


def test_nothing_that_can_hold_a_script_is_displayed() -> None:
    """Only pictures, audio and video are displayed."""
    assert not INLINE & {"image/svg+xml", "text/html", "application/pdf", "application/xhtml+xml", "text/plain"}
    assert {kind.partition("/")[0] for kind in INLINE} == {"image", "video", "audio"}


@pytest.mark.parametrize("head", [b"\xef\xbb\xbf<html>", b"  GIF89a", b"\n%PDF-1.7", b"a\x89PNG\r\n\x1a\n"])
def test_only_the_very_beginning_counts(head: bytes) -> None:
    """A signature further on does not count."""
    assert sniff(head, whole=True) not in INLINE


def test_a_character_cut_in_the_middle_is_text_only_if_more_follows() -> None:
    """The first bytes may end inside a character, a file may not."""
    head = "é".encode() * 3
    assert sniff(head[:-1], whole=False) == TEXT
    assert sniff(head[:-1], whole=True) is None


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=50))
def test_any_text_is_accepted(text: str) -> None:
    """In any script."""
    assert sniff(f" {text}".encode(), whole=True) == TEXT


@given(st.binary(max_size=64), st.booleans())
def test_any_bytes_get_an_answer(head: bytes, whole: bool) -> None:  # noqa: FBT001 -- hypothesis gives it
    """It never raises."""
    kind = sniff(head, whole=whole)
    assert kind is None or "/" in kind
