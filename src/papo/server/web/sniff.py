"""The media type of a file by its first bytes; its name and the sender's Content-Type are ignored."""

from __future__ import annotations

HEAD_BYTES = 4096
"""How many of the first bytes decide."""

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
INLINE = PICTURES | {
    "video/mp4", "video/webm", "audio/mpeg", "audio/ogg", "audio/flac", "audio/wav", "audio/mp4",
}  # fmt: skip
"""Types that a browser may display; all others are downloaded."""
TEXT = "text/plain"

_SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
)
"""Offset, bytes, type."""
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_AUDIO_BRANDS = {b"M4A ", b"M4B "}
_VIDEO_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V "}
_CONTROL = frozenset(range(32)) - set(b"\t\n\r\f\x1b") | {127}


def sniff(head: bytes, *, whole: bool) -> str | None:
    """The media type; None if the type is not accepted. `whole`: `head` is the whole file."""
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "audio/mp4" if brand in _AUDIO_BRANDS else "video/mp4" if brand in _VIDEO_BRANDS else None
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 not in {0x00, 0xF0}:
        return "audio/mpeg"  # a frame of MPEG audio, layer III, with a bit rate that exists
    return TEXT if _is_text(head, whole=whole) else None


def _is_text(head: bytes, *, whole: bool) -> bool:
    """Whether it is UTF-8 without control characters; HTML and SVG count as plain text."""
    if not _CONTROL.isdisjoint(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return not whole and error.start > len(head) - 4 and error.reason == "unexpected end of data"
    return True
