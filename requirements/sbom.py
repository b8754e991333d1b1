"""Writes what a release of Papo consists of (CycloneDX 1.6, JSON): `python requirements/sbom.py FILE`.

It is read from what is pinned: the locks of this folder, and the web client's libraries in `vendor/manifest.json`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "src/papo/server/web/static/vendor/manifest.json"
_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+?)(?:\s*;\s*(.+?))?\s*\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Pinned(NamedTuple):
    """A package of a lock."""

    name: str
    version: str
    marker: str
    """Where it is needed (PEP 508); "" for everywhere."""
    hashes: list[str]
    """SHA-256 of each file that may be installed, one for each platform."""
    wanted_by: list[str]
    """The packages that need it, and `papo (pyproject.toml)`."""


def read_lock(text: str) -> list[Pinned]:
    """The packages of a lock that `make lock` wrote."""
    found: list[Pinned] = []
    for line in text.splitlines():
        package = _PACKAGE.match(line)
        if package:
            found.append(Pinned(package[1], package[2], package[3] or "", [], []))
        elif found:
            found[-1].hashes.extend(_HASH.findall(line))
            wanted = line.strip().removeprefix("#").strip().removeprefix("via").strip()
            if line.lstrip().startswith("#") and wanted:
                found[-1].wanted_by.append(wanted)
    return found


def _python(run: list[Pinned], desktop: list[Pinned]) -> Iterator[tuple[Component, list[str]]]:
    """The packages that `papo` and `papo[desktop]` install, and who needs each."""
    needed = {each.name for each in run}
    for each in desktop:
        marker = [Property(name="papo:marker", value=each.marker)] if each.marker else []
        files = [Property(name="papo:sha256", value=digest) for digest in each.hashes]
        url = PackageURL("pypi", None, each.name, each.version)
        yield (
            Component(
                name=each.name,
                version=each.version,
                type=ComponentType.LIBRARY,
                scope=ComponentScope.REQUIRED if each.name in needed else ComponentScope.OPTIONAL,
                purl=url,
                bom_ref=str(url),
                properties=marker + files,
            ),
            each.wanted_by,
        )


def _javascript(manifest: dict[str, dict[str, object]]) -> Iterator[Component]:
    """The libraries that the web client carries."""
    for name, each in manifest.items():
        namespace, _, short = name.rpartition("/")
        url = PackageURL("npm", namespace or None, short, str(each["version"]))
        files = each["files"]
        assert isinstance(files, dict)
        yield Component(
            name=short,
            group=namespace or None,
            version=str(each["version"]),
            type=ComponentType.LIBRARY,
            scope=ComponentScope.REQUIRED,
            purl=url,
            bom_ref=str(url),
            licenses=[DisjunctiveLicense(id=str(each["license"]))],
            components=[
                Component(
                    name=file,
                    type=ComponentType.FILE,
                    bom_ref=f"{url}#{file}",
                    hashes=[HashType(alg=HashAlgorithm.SHA_256, content=of_file["sha256"])],
                )
                for file, of_file in files.items()
            ],
        )


def make_sbom(version: str) -> str:
    """The bill of materials of this version, as JSON."""
    folder = ROOT / "requirements"
    run = read_lock((folder / "run.txt").read_text(encoding="utf-8"))
    desktop = read_lock((folder / "desktop.txt").read_text(encoding="utf-8"))
    papo = Component(
        name="papo",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref="papo",
        purl=PackageURL("pypi", None, "papo", version),
        licenses=[DisjunctiveLicense(id="MIT")],
    )
    bom = Bom()
    bom.metadata.component = papo
    packages = {component.name: (component, wanted) for component, wanted in _python(run, desktop)}
    vendored = list(_javascript(json.loads(VENDOR.read_text(encoding="utf-8"))))
    bom.components.update([component for component, _ in packages.values()], vendored)
    direct = [component for component, wanted in packages.values() if any(by.startswith("papo (") for by in wanted)]
    bom.register_dependency(papo, [*direct, *vendored])
    for name, (component, _) in packages.items():
        bom.register_dependency(component, [other for other, wanted in packages.values() if name in wanted])
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "src"))
    from papo import __version__

    Path(sys.argv[1]).write_text(make_sbom(__version__) + "\n", encoding="utf-8")
