"""Brings the web client's libraries from npm into src/papo/server/web/static/vendor, and writes their manifest.

`python dev.py vendor` takes the versions that stand in `PACKAGES`; change them there. Imports by name are rewritten
to paths, because a page whose policy forbids inline scripts cannot have an import map.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

PAPO = Path(__file__).parents[3] / "src" / "papo"
VENDOR = PAPO / "server" / "web" / "static" / "vendor"
DATA = PAPO / "protocol" / "data"
"""For `emoji/`, which the other clients read too."""
MANIFEST = VENDOR / "manifest.json"


class Package(NamedTuple):
    """One library: its version, and which of its files become which of ours."""

    version: str
    license: str
    files: dict[str, str]


PACKAGES = {
    "preact": Package("11.2.0", "MIT", {"dist/preact.mjs": "preact.js", "hooks/dist/hooks.mjs": "preact-hooks.js"}),
    "@preact/signals-core": Package("1.14.5", "MIT", {"dist/signals-core.mjs": "signals-core.js"}),
    "@preact/signals": Package("2.11.4", "MIT", {"dist/signals.mjs": "signals.js"}),
    "htm": Package("3.1.1", "Apache-2.0", {"dist/htm.mjs": "htm.js"}),
    "marked": Package("18.2.1", "MIT", {"lib/marked.esm.js": "marked.js"}),
    "linkifyjs": Package("4.4.0", "MIT", {"dist/linkify.mjs": "linkify.js"}),
    "@highlightjs/cdn-assets": Package("11.12.0", "BSD-3-Clause", {"es/highlight.min.js": "highlight.js"}),
    "@noble/hashes": Package(
        "2.4.0",
        "MIT",
        {f"{name}.js": f"noble/{name}.js" for name in ("sha2", "hmac", "pbkdf2", "utils", "_md", "_u64")},
    ),
    "emoji-picker-element-data": Package(
        "1.8.0",
        "Apache-2.0",
        {"en/cldr/data.json": "emoji/en.json", "pt/cldr/data.json": "emoji/pt_BR.json"},
    ),
}
PATHS = {
    "preact": "./preact.js",
    "preact/hooks": "./preact-hooks.js",
    "@preact/signals-core": "./signals-core.js",
}
"""Imports by name to imports by path."""
_IMPORT = re.compile(r"""((?:from|import)\s*)(["'])([@\w][\w@/-]*)\2""")
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S*\s*$")


def place_of(target: str) -> Path:
    """The path of a file of the manifest."""
    return (DATA if target.startswith("emoji/") else VENDOR) / target


def adapted(source: str, target: str, data: bytes) -> bytes:
    """The file as it is served."""
    if target.startswith("emoji/"):
        return small_emoji(data)
    text = _SOURCE_MAP.sub("\n", data.decode())
    return _IMPORT.sub(lambda found: f"{found[1]}{found[2]}{PATHS.get(found[3], found[3])}{found[2]}", text).encode()


def small_emoji(data: bytes) -> bytes:
    """Rows of (emoji, name, words to find it by, group)."""
    rows = [
        [
            each["emoji"],
            each["annotation"],
            " ".join(dict.fromkeys([*each.get("shortcodes", ()), *each.get("tags", ())])),
            each["group"],
        ]
        for each in sorted(json.loads(data), key=lambda each: each["order"])
        if each["version"] <= 15
    ]
    return (json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def fetch(name: str, package: Package, folder: Path) -> Path:
    """The package's tarball, by npm."""
    command = ["npm", "pack", f"{name}@{package.version}", "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return folder / done.stdout.split()[-1]


def refresh() -> None:
    """Write all files again."""
    for path in VENDOR.rglob("*"):
        if path.is_file() and not path.name.endswith(".d.ts"):  # those say where the types of a library are
            path.unlink()
    (VENDOR / "licenses").mkdir(parents=True, exist_ok=True)
    manifest: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for name, package in PACKAGES.items():
            archive = fetch(name, package, Path(temporary))
            files = {}
            with tarfile.open(archive) as tar:
                for source, target in package.files.items():
                    member = tar.extractfile(f"package/{source}")
                    assert member is not None
                    original = member.read()
                    path = place_of(target)
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(adapted(source, target, original))
                    files[target] = {
                        "from": source,
                        "from_sha256": hashlib.sha256(original).hexdigest(),
                        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                    }
                text = next(each for each in tar.getnames() if re.fullmatch(r"package/LICENSE(\.\w+)?", each))
                member = tar.extractfile(text)
                assert member is not None
                (VENDOR / "licenses" / f"{name.replace('/', '-').removeprefix('@')}.txt").write_bytes(member.read())
            manifest[name] = {"version": package.version, "license": package.license, "files": files}
    MANIFEST.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    refresh()
    sys.stdout.write(f"{len(PACKAGES)} libraries\n")
