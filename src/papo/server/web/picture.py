"""Cleans one picture, in a process of its own: `python -m papo.server.web.picture SOURCE TARGET THUMB`.

TARGET gets the picture without metadata (EXIF, XMP, comments), THUMB a thumbnail. Prints width and height as JSON. The
input is untrusted, so memory and time are limited, and a crash does not reach the server. Imports nothing of papo.
"""

from __future__ import annotations

import json
import sys
import warnings
from contextlib import suppress

from PIL import Image, ImageOps, ImageSequence

MAX_PIXELS = 40_000_000
MAX_FRAMES = 500
MAX_FRAME_PIXELS = 60_000_000
"""In all frames together."""
MAX_MEMORY_BYTES = 1 << 30
MAX_CPU_S = 20
THUMB_PX = 640
FORMATS = {"PNG", "JPEG", "GIF", "WEBP"}
QUALITY = 90


def limit() -> None:
    """Limit memory and time, if the platform can."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 -- not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))


def convert(source: str, target: str, thumb: str) -> tuple[int, int]:
    """Write both files; returns width and height. Raises whatever Pillow raises for a bad picture."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error")
    with Image.open(source, formats=sorted(FORMATS)) as picture:
        kind = picture.format or ""
        frames = getattr(picture, "n_frames", 1)
        if kind == "MPO":  # a JPEG with more pictures after it, as some phones make them
            kind, frames = "JPEG", 1
            picture.format = kind  # otherwise its quality cannot be kept
        if frames > MAX_FRAMES or frames * picture.width * picture.height > max(MAX_PIXELS, MAX_FRAME_PIXELS):
            raise ValueError("too many pixels")
        profile = picture.info.get("icc_profile")
        size = _clean_animation(picture, target, kind) if frames > 1 else _clean_still(picture, target, kind, profile)
    with Image.open(target, formats=[kind]) as clean:
        small = clean.convert("RGBA" if _has_alpha(clean) else "RGB")
        small.thumbnail((THUMB_PX, THUMB_PX))
        small.save(thumb, "WEBP", quality=82)
    return size


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def _clean_still(picture: Image.Image, target: str, kind: str, profile: bytes | None) -> tuple[int, int]:
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


def _clean_animation(picture: Image.Image, target: str, kind: str) -> tuple[int, int]:
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


if __name__ == "__main__":
    limit()
    width, height = convert(*sys.argv[1:4])
    sys.stdout.write(json.dumps({"width": width, "height": height}))
