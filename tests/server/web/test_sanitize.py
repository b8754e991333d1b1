"""Uploads are made safe to serve; without HTTP."""

from __future__ import annotations

import asyncio
import io
import struct
import sys
import zlib
from pathlib import Path
from typing import Any, NoReturn

import pytest
from memory_ports import MemoryFiles
from PIL import Image

from papo.server.delivery.ports import DATA, THUMB, UploadedFile
from papo.server.web.images import BadPicture, cpu_s
from papo.server.web.images import clean as clean_picture
from papo.server.web.sanitize import UnsupportedType, sanitize

ORIENTATION, ARTIST, GPS = 0x0112, 0x013B, 0x8825
SECRET = b"secret-place"


def png(*, width: int, height: int) -> bytes:
    """A picture of one colour, of any size and a few bytes."""
    row = b"\0" + b"\0" * (-(-width // 8))
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def jpeg(*, orientation: int = 1, kind: str = "JPEG", **options: object) -> bytes:
    """40 x 20, red to the left and blue to the right, with all kinds of metadata."""
    picture = Image.new("RGB", (40, 20), "red")
    picture.paste("blue", (20, 0, 40, 20))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[ARTIST] = SECRET.decode()
    exif.get_ifd(GPS).update({1: "S", 2: (23.0, 33.0, 1.0), 29: SECRET.decode()})
    out = io.BytesIO()
    picture.save(out, kind, exif=exif, quality=95, **options)
    return out.getvalue()


def animation(kind: str, **options: object) -> bytes:
    """Three frames."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=50, **options)
    return out.getvalue()


BLANK = UploadedFile(id="20261121" + "a" * 22, name="a", type="", bytes=0, by="~1", payer="ip 1", at_ms=0)


async def sanitized(content: bytes) -> tuple[UploadedFile, bytes, bytes]:
    """What is known of a file after it was received, its content, and its thumbnail."""
    upload = await MemoryFiles().begin()
    try:
        upload.write(content)
        file = await sanitize(upload, BLANK, lambda _: None)
        thumb = upload.folder / THUMB
        return file, (upload.folder / DATA).read_bytes(), thumb.read_bytes() if thumb.exists() else b""
    finally:
        upload.discard()


def clean(content: bytes) -> tuple[UploadedFile, Image.Image, bytes]:
    """A picture after it was cleaned."""
    file, data, _ = asyncio.run(sanitized(content))
    return file, Image.open(io.BytesIO(data)), data


def test_text_stays_as_it_was() -> None:
    """Its type and size are those of the content."""
    file, data, thumb = asyncio.run(sanitized("olá".encode()))
    assert (file.type, file.bytes, file.width) == ("text/plain", 4, 0)
    assert (data, thumb) == ("olá".encode(), b"")


@pytest.mark.parametrize("content", [b"\0\1\2", b"MZ\0\0", b"{\x7f}"])
def test_other_types_are_refused(content: bytes) -> None:
    """By the content, whatever the name says."""
    with pytest.raises(UnsupportedType):
        asyncio.run(sanitized(content))


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n" + b"garbage" * 9, b"GIF89a<script>alert(1)</script>"])
def test_what_only_looks_like_a_picture_is_refused(content: bytes) -> None:
    """The first bytes are right, the rest is not."""
    with pytest.raises(BadPicture):
        asyncio.run(sanitized(content))


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_metadata_is_removed_and_the_picture_is_upright(kind: str, orientation: int) -> None:
    """EXIF with the location, XMP, comments; the orientation is applied."""
    options: dict[str, object] = {"comment": SECRET} if kind == "JPEG" else {}
    if kind != "PNG":
        options["xmp"] = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    sent = jpeg(orientation=orientation, kind=kind, **options)
    assert SECRET in sent
    found, picture, data = clean(sent)
    assert SECRET not in data
    assert not picture.getexif()
    assert (found.width, found.height) == picture.size == ((20, 40) if orientation == 6 else (40, 20))
    red, _, blue = picture.convert("RGB").getpixel((10, 5))  # type: ignore[misc]
    assert (blue > red) is (orientation == 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_animations_stay_animated(kind: str) -> None:
    """All frames are kept."""
    _, picture, _ = clean(animation(kind))
    assert getattr(picture, "n_frames", 1) == 3


@pytest.mark.parametrize("still", [True, False])
def test_a_comment_in_a_gif_is_removed(still: bool) -> None:  # noqa: FBT001 -- pytest gives it
    """Pillow would write it again."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "GIF", comment=SECRET)
    sent = out.getvalue() if still else animation("GIF", comment=SECRET)
    assert SECRET in sent
    assert SECRET not in clean(sent)[2]


def test_a_picture_with_further_pictures_as_phones_make_them_is_accepted() -> None:
    """MPO: the first one is kept, as a JPEG."""
    second = Image.new("RGB", (40, 20), "green")
    found, picture, _ = clean(jpeg(kind="MPO", save_all=True, append_images=[second]))
    assert (found.type, picture.format, picture.size) == ("image/jpeg", "JPEG", (40, 20))


def test_data_after_a_picture_is_removed() -> None:
    """Polyglot files are cut at the end of the picture."""
    for sent in [png(width=9, height=9), jpeg(), animation("GIF"), animation("WEBP")]:
        assert SECRET not in clean(sent + b"<script>" + SECRET)[2]


def test_the_thumbnail_is_small() -> None:
    """It is a WebP."""
    _, _, thumb = asyncio.run(sanitized(png(width=3000, height=1000)))
    with Image.open(io.BytesIO(thumb)) as small:
        assert small.format == "WEBP"
        assert max(small.size) <= 640


@pytest.mark.parametrize(
    "bomb", [png(width=50_000, height=50_000), png(width=7000, height=7000), png(width=1, height=1)[:40]]
)
def test_a_bomb_is_refused_within_the_limits(bomb: bytes) -> None:
    """A few bytes that decode to billions of pixels; and half a picture."""
    assert len(bomb) < 1 << 20
    with pytest.raises(BadPicture):
        asyncio.run(sanitized(bomb))


def test_too_many_frames_are_refused() -> None:
    """However small they are."""
    frames = [Image.new("RGB", (1, 1), (number % 256, number // 256, 0)) for number in range(502)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=10)
    with pytest.raises(BadPicture):
        asyncio.run(sanitized(out.getvalue()))


def test_pictures_wait_for_a_process_and_all_are_cleaned() -> None:
    """More uploads at a time than processes."""

    async def go() -> list[int]:
        done = await asyncio.gather(*(sanitized(png(width=10 + n, height=10)) for n in range(5)))
        return [file.width for file, _, _ in done]

    assert asyncio.run(go()) == [10, 11, 12, 13, 14]


def test_a_picture_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused."""
    monkeypatch.setattr("papo.server.web.images.TIMEOUT_S", 0.0)
    with pytest.raises(BadPicture):
        asyncio.run(sanitized(jpeg()))


def scans(count: int) -> bytes:
    """A progressive JPEG of one megapixel, with so many scans after what it needs."""
    out = io.BytesIO()
    Image.new("L", (1000, 1000), 128).save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    last = whole.rindex(b"\xff\xc4")  # a table and the scan that uses it
    return whole[:-2] + whole[last:-2] * count + whole[-2:]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the process has the time of a large picture")
def test_a_small_picture_has_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often its pixels are decoded: pixels are what its sender has paid for."""
    monkeypatch.setattr("papo.server.web.images.cpu_s", lambda _: 2)
    with pytest.raises(BadPicture):
        asyncio.run(sanitized(scans(20_000)))


@pytest.mark.parametrize(
    ("pixels", "seconds"), [(1, 5), (1_000_000, 5), (12_000_000, 11), (40_000_000, 20), (60_000_000, 20)]
)
def test_time_goes_with_the_pixels(pixels: int, seconds: int) -> None:
    """So that a sender's pixels are a sender's time."""
    assert cpu_s(pixels) == seconds


def test_one_sender_has_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends many pictures at once keeps a process free for others."""
    started: list[str] = []

    async def start(*words: str, **_: object) -> NoReturn:
        started.append(words[3])
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)

    async def go() -> None:
        here = Path()
        tasks = [
            asyncio.ensure_future(clean_picture(here / name, here, here, lambda _: None, payer))
            for name, payer in (("a1", "ana"), ("a2", "ana"), ("a3", "ana"), ("b", "bia"))
        ]
        for _ in range(10):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(go())
    assert started == ["a1", "b"]


@pytest.mark.parametrize(
    "said", ['{"pixels": -1000000000}', '{"pixels": 1e999}', '{"pixels": "x"}', "[]", "{}", "x" * 100_000, ""]
)
def test_nothing_but_a_count_is_taken_from_the_process(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """Whoever has taken it over gets no pixels back, and no exception out of it."""
    start = asyncio.create_subprocess_exec

    async def lying(*_: str, **options: Any) -> asyncio.subprocess.Process:
        return await start(sys.executable, "-c", f"print({said!r})", **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", lying)
    with pytest.raises(BadPicture):
        asyncio.run(sanitized(jpeg()))


def test_pixels_are_charged_before_they_are_decoded() -> None:
    """Whoever may not decode so many is refused, and nothing is decoded; frames count each."""

    class Broke(Exception):
        pass

    charged: list[int] = []

    def refuse(pixels: int) -> None:
        charged.append(pixels)
        raise Broke

    async def go(content: bytes) -> None:
        upload = await MemoryFiles().begin()
        upload.write(content)
        try:
            await sanitize(upload, BLANK, refuse)
        finally:
            assert not (upload.folder / DATA).stat().st_size
            upload.discard()

    for content in (png(width=6000, height=6000), animation("GIF")):
        with pytest.raises(Broke):
            asyncio.run(go(content))
    assert charged == [36_000_000, 3 * 64]
