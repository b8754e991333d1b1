"""The store of files and the process that makes pictures safe, without HTTP."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from papo.server.web import picture
from papo.server.web.files import About, Files, NotTaken, Upload, new_id
from papo.server.web.images import BadPicture
from papo.server.web.uploads import clean_name

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
    """40 x 20, red to the left and blue to the right, with everything noted that can be."""
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


def about(**options: object) -> About:
    """What is known before it comes."""
    now_ms = int(dt.datetime.now(dt.UTC).timestamp() * 1000)
    known: dict[str, object] = {
        "id": new_id(now_ms), "name": "a", "type": "", "bytes": 0, "by": "~1", "payer": "ip 1", "at_ms": now_ms,
    }  # fmt: skip
    return msgspec.convert(known | options, About)


async def put(files: Files, content: bytes, **options: object) -> About:
    """As the routes do."""
    upload = await files.begin()
    try:
        upload.write(content)
        return await files.finish(upload, about(**options))
    except BaseException:
        upload.discard()
        raise


def kept(tmp_path: Path, content: bytes) -> tuple[About, Image.Image, bytes]:
    """What became of a picture."""
    files = Files(tmp_path)
    found = asyncio.run(put(files, content))
    data = files.path(found).read_bytes()
    return found, Image.open(io.BytesIO(data)), data


def left(tmp_path: Path) -> list[Path]:
    """All that is on the disk."""
    return [path for path in tmp_path.rglob("*") if path.is_file()]


# --- the store


def test_a_file_is_found_again_by_its_id_alone(tmp_path: Path) -> None:
    """By another process too; and not after it was removed."""
    files = Files(tmp_path)
    found = asyncio.run(put(files, b"hello"))
    assert (found.type, found.bytes) == ("text/plain", 5)
    assert Files(tmp_path).find(found.id) == found
    assert files.path(found).read_bytes() == b"hello"
    assert not any((tmp_path / ".new").iterdir())
    files.remove(found)
    assert files.find(found.id) is None


@pytest.mark.parametrize(
    "file_id",
    ["", ".", "..", "../" * 8, "20260101/../../x", "20260101" + "." * 22, "20260101" + "a" * 22 + "\0", "a" * 30,
     "20260101" + "/" + "a" * 21, "20260101" + "\\" + "a" * 21, "20260101" + "a" * 22 + "\n"],
)  # fmt: skip
def test_an_id_is_no_path(tmp_path: Path, file_id: str) -> None:
    """Whatever is asked for stays inside the folder."""
    assert Files(tmp_path / "uploads").find(file_id) is None


def test_an_id_is_a_day_and_not_guessed() -> None:
    """Its length is fixed."""
    made = {new_id(0) for _ in range(100)}
    assert len(made) == 100
    assert all(each.startswith("19700101") and len(each) == 30 for each in made)


@pytest.mark.parametrize(
    "content", [b"\0\1\2", b"\x89PNG\r\n\x1a\n" + b"garbage" * 9, b"GIF89a<script>alert(1)</script>"]
)
def test_what_is_not_taken_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    """Neither a folder's content nor a part of it."""
    with pytest.raises((NotTaken, BadPicture)):
        asyncio.run(put(Files(tmp_path), content))
    assert not left(tmp_path)


def test_what_a_crash_cut_off_goes_at_the_next_start(tmp_path: Path) -> None:
    """With the first upload."""
    rest = tmp_path / ".new" / "old"
    rest.mkdir(parents=True)
    asyncio.run(Files(tmp_path).begin()).discard()
    assert not rest.exists()


def test_the_first_uploads_at_once_all_have_a_place(tmp_path: Path) -> None:
    """Cleaning up after a crash does not take what has just begun."""

    async def begin() -> list[Upload]:
        files = Files(tmp_path)
        return await asyncio.gather(*(files.begin() for _ in range(16)))

    for _ in range(20):
        uploads = asyncio.run(begin())
        assert all(upload.folder.is_dir() for upload in uploads)
        for upload in uploads:
            upload.discard()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the disk that is always full is Linux's")
def test_nothing_stays_where_the_disk_is_full(tmp_path: Path) -> None:
    """Closing fails again there, and must not keep the folder."""
    upload = asyncio.run(Files(tmp_path).begin())
    upload._file.close()
    upload._file = Path("/dev/full").open("wb")  # noqa: SIM115 -- `discard` closes it
    upload.write(b"x")
    with pytest.raises(OSError, match="No space"):
        upload.close()
    upload.discard()
    assert not upload.folder.exists()


def test_a_day_has_a_share_and_a_restart_does_not_renew_it(tmp_path: Path) -> None:
    """What was used counts, even where more was used than reserved."""

    async def go() -> None:
        files = Files(tmp_path)
        found = await put(files, b"x" * 60)
        for each in (files, Files(tmp_path)):
            if each is not files:
                (await each.begin()).discard()
                assert not each.reserve(found.payer, 41, found.at_ms, 100)
            assert each.reserve("somebody else", 100, found.at_ms, 100)
        assert each.reserve(found.payer, 40, found.at_ms, 100)
        assert not each.reserve(found.payer, 1, found.at_ms, 100)
        each.settle(found.payer, 40, 39, found.at_ms)
        assert each.reserve(found.payer, 1, found.at_ms, 100)
        assert not each.reserve(found.payer, 1, found.at_ms, 100)
        each.settle(found.payer, 1, 200, found.at_ms)
        assert not each.reserve(found.payer, 1, found.at_ms, 100)
        assert each.reserve(found.payer, 100, found.at_ms + 86_400_000, 100)

    asyncio.run(go())


def test_old_days_are_deleted_whole(tmp_path: Path) -> None:
    """The day itself stays."""
    files = Files(tmp_path)
    old = asyncio.run(put(files, b"old", id=new_id(0)))
    new = asyncio.run(put(files, b"new"))
    assert files.prune(dt.date(1970, 1, 1)) == 0
    assert files.prune(dt.date(1970, 1, 2)) == 1
    assert files.find(old.id) is None
    assert files.find(new.id) == new
    assert Files(tmp_path / "none").prune(dt.date(1970, 1, 2)) == 0


# --- pictures


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_what_the_camera_noted_is_gone_and_the_picture_stands_upright(
    tmp_path: Path, kind: str, orientation: int
) -> None:
    """EXIF with the place, XMP, comments."""
    options: dict[str, object] = {"comment": SECRET} if kind == "JPEG" else {}
    if kind != "PNG":
        options["xmp"] = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    sent = jpeg(orientation=orientation, kind=kind, **options)
    assert SECRET in sent
    found, picture, data = kept(tmp_path, sent)
    assert SECRET not in data
    assert not picture.getexif()
    assert (found.width, found.height) == picture.size == ((20, 40) if orientation == 6 else (40, 20))
    red, _, blue = picture.convert("RGB").getpixel((10, 5))  # type: ignore[misc]
    assert (blue > red) is (orientation == 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_moves_goes_on_moving(tmp_path: Path, kind: str) -> None:
    """All frames are kept."""
    _, picture, _ = kept(tmp_path, animation(kind))
    assert getattr(picture, "n_frames", 1) == 3


@pytest.mark.parametrize("still", [True, False])
def test_a_comment_in_a_gif_is_gone(tmp_path: Path, still: bool) -> None:  # noqa: FBT001 -- pytest gives it
    """Pillow writes it again by itself."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "GIF", comment=SECRET)
    sent = out.getvalue() if still else animation("GIF", comment=SECRET)
    assert SECRET in sent
    assert SECRET not in kept(tmp_path, sent)[2]


def test_a_picture_with_more_pictures_behind_it_as_phones_make_them_is_taken(tmp_path: Path) -> None:
    """MPO: the first one is kept, as a JPEG."""
    second = Image.new("RGB", (40, 20), "green")
    found, picture, _ = kept(tmp_path, jpeg(kind="MPO", save_all=True, append_images=[second]))
    assert (found.type, picture.format, picture.size) == ("image/jpeg", "JPEG", (40, 20))


def test_what_is_hung_on_behind_a_picture_is_gone(tmp_path: Path) -> None:
    """Polyglots end where the picture ends."""
    for number, sent in enumerate([png(width=9, height=9), jpeg(), animation("GIF"), animation("WEBP")]):
        assert SECRET not in kept(tmp_path / str(number), sent + b"<script>" + SECRET)[2]


def test_the_small_one_is_small(tmp_path: Path) -> None:
    """It is a WebP."""
    files = Files(tmp_path)
    found = asyncio.run(put(files, png(width=3000, height=1000)))
    with Image.open(files.path(found, thumb=True)) as small:
        assert small.format == "WEBP"
        assert max(small.size) <= 640


@pytest.mark.parametrize(
    "bomb", [png(width=50_000, height=50_000), png(width=7000, height=7000), png(width=1, height=1)[:40]]
)
def test_a_bomb_is_refused_within_the_limits(tmp_path: Path, bomb: bytes) -> None:
    """Few bytes that would be billions of pixels; and half a picture."""
    assert len(bomb) < 1 << 20
    with pytest.raises(BadPicture):
        asyncio.run(put(Files(tmp_path), bomb))
    assert not left(tmp_path)


def test_too_many_frames_are_refused(tmp_path: Path) -> None:
    """However small they are."""
    frames = [Image.new("RGB", (1, 1), (number % 256, number // 256, 0)) for number in range(502)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=10)
    with pytest.raises(BadPicture):
        asyncio.run(put(Files(tmp_path), out.getvalue()))


def test_pictures_wait_their_turn_and_all_come(tmp_path: Path) -> None:
    """More at once than there are processes."""

    async def go() -> list[About]:
        files = Files(tmp_path)
        return await asyncio.gather(*(put(files, png(width=10 + n, height=10)) for n in range(5)))

    assert [each.width for each in asyncio.run(go())] == [10, 11, 12, 13, 14]


def test_a_picture_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And leaves nothing."""
    monkeypatch.setattr("papo.server.web.images.TIMEOUT_S", 0.0)
    with pytest.raises(BadPicture):
        asyncio.run(put(Files(tmp_path), jpeg()))
    assert not left(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_the_process_has_limits() -> None:
    """Of memory and of time."""
    code = (
        "from papo.server.web import picture; import resource; picture.limit();"
        "print(*(resource.getrlimit(each)[0] for each in (resource.RLIMIT_AS, resource.RLIMIT_CPU)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert told.stdout.split() == [str(picture.MEMORY_BYTES), str(picture.CPU_S)]


# --- names


@given(st.text(max_size=200))
def test_a_name_is_harmless_whatever_it_was(name: str) -> None:
    """Neither a path nor a header nor turned text."""
    clean = clean_name(name)
    assert 0 < len(clean) <= 100
    assert clean == clean.strip(" .")
    assert clean.isprintable()
    assert not set(clean) & set('/\\:*?"<>|\0\u202e\u2066\u200f')
    clean.encode()


@pytest.mark.parametrize(("name", "clean"), [
    ("", "file"), ("..", "file"), (" . ", "file"), ("/etc/passwd", "passwd"), ("C:\\a\\b.txt", "b.txt"),
    ("../../x", "x"), ("a\u202egpj.exe", "a_gpj.exe"), ("a\r\nb", "a_b"), ("n" * 300 + ".jpeg", "n" * 95 + ".jpeg"),
])  # fmt: skip
def test_names(name: str, clean: str) -> None:
    """What people and programs send."""
    assert clean_name(name) == clean
