"""Cleans one picture, in a process of its own: `python -m papo.server.web.picture SOURCE TARGET THUMB`.

TARGET gets the picture without metadata (EXIF, XMP, comments), THUMB a thumbnail. The input is untrusted: once the
three files are open, the process is shut in with them (`sandbox.enter`). Says how many pixels there are to decode,
waits for a line that allows it, and prints the picture's size: two lines of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from contextlib import suppress
from typing import BinaryIO

# Every decoder that is needed, and what it would import later: nothing can be opened then.
from PIL import (
    GifImagePlugin,  # noqa: F401
    Image,
    ImageOps,
    ImageSequence,
    JpegImagePlugin,  # noqa: F401
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401 -- EXIF is a TIFF
    WebPImagePlugin,  # noqa: F401
)

from papo.server.web import sandbox

MAX_PIXELS = 40_000_000
MAX_FRAMES = 500
MAX_FRAME_PIXELS = 60_000_000
"""In all frames together."""
THUMB_PX = 640
FORMATS = {"PNG", "JPEG", "GIF", "WEBP"}
QUALITY = 90


def convert(source: BinaryIO, target: BinaryIO, thumb: BinaryIO) -> tuple[int, int]:
    """Write both files; returns width and height. Raises whatever Pillow raises for a bad picture."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error")
    with Image.open(source, formats=sorted(FORMATS)) as picture:
        kind = picture.format or ""
        frames = getattr(picture, "n_frames", 1)
        if kind == "MPO":  # a JPEG with more pictures after it, as some phones make them
            kind, frames = "JPEG", 1
            picture.format = kind  # otherwise its quality cannot be kept
        pixels = frames * picture.width * picture.height
        if frames > MAX_FRAMES or pixels > (MAX_PIXELS if frames == 1 else MAX_FRAME_PIXELS):
            raise ValueError("too many pixels")
        ask(pixels)
        profile = picture.info.get("icc_profile")
        size = _clean_animation(picture, target, kind) if frames > 1 else _clean_still(picture, target, kind, profile)
    target.seek(0)
    with Image.open(target, formats=[kind]) as clean:
        small = clean.convert("RGBA" if _has_alpha(clean) else "RGB")
        small.thumbnail((THUMB_PX, THUMB_PX))
        small.save(thumb, "WEBP", quality=82)
    return size


def ask(pixels: int) -> None:
    """Wait until the server allows so many pixels to be decoded; it ends this process if it does not."""
    print(json.dumps({"pixels": pixels}), flush=True)  # noqa: T201 -- the server reads it
    if not sys.stdin.readline():
        raise ValueError("not allowed")


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def _clean_still(picture: Image.Image, target: BinaryIO, kind: str, profile: bytes | None) -> tuple[int, int]:
    turned = ImageOps.exif_transpose(picture)
    options: dict[str, object] = {"icc_profile": profile} if profile else {}
    for image in (picture, turned):
        image.info.pop("comment", None)  # Pillow would write it to JPEG and GIF again
    if kind == "JPEG":
        same = turned is picture or picture.getexif().get(0x0112, 1) == 1
        picture.load()
        if same:
            picture.save(target, kind, quality="keep", exif=b"", **options)
            return picture.size
        turned.save(target, kind, quality=QUALITY, exif=b"", **options)
        return turned.size
    if kind == "WEBP":
        options["quality"] = QUALITY
    # Encoded again: what is not passed on here is dropped, and so is anything appended to the picture.
    turned.save(target, kind, exif=b"", **options)
    return turned.size


def _clean_animation(picture: Image.Image, target: BinaryIO, kind: str) -> tuple[int, int]:
    frames = []
    durations = []
    for frame in ImageSequence.Iterator(picture):
        frames.append(frame.convert("RGBA"))
        frames[-1].info.pop("comment", None)
        durations.append(int(frame.info.get("duration", 100)))
    loop = int(picture.info.get("loop", 0))
    options: dict[str, object] = {"disposal": 2} if kind == "GIF" else {"quality": QUALITY}
    frames[0].save(target, kind, save_all=True, append_images=frames[1:], duration=durations, loop=loop, **options)
    return frames[0].size


def main(source: str, target: str, thumb: str) -> None:
    """Clean a picture with nothing in reach but these files."""
    with suppress(AttributeError):  # not on Windows
        os.nice(10)  # talk comes first
    with open(source, "rb") as raw, open(target, "w+b") as clean, open(thumb, "wb") as small:  # noqa: PTH123 -- alike
        is_confined = sandbox.enter()
        width, height = convert(raw, clean, small)
    print(json.dumps({"width": width, "height": height, "confined": is_confined}))  # noqa: T201 -- the server reads it


if __name__ == "__main__":
    main(*sys.argv[1:4])
