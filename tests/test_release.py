"""What is published: its licences, what it consists of, and nothing that does not belong there."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from types import ModuleType

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[1]
VENDOR = ROOT / "src/papo/server/web/static/vendor"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel, built with the pinned tools and no network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    """`requirements/sbom.py`."""
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "requirements" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sbom"] = module
    spec.loader.exec_module(module)
    return module


def metadata(wheel: zipfile.ZipFile) -> Message:
    """The wheel's METADATA."""
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def test_the_wheel_carries_the_licence_of_all_that_is_in_it(wheel: zipfile.ZipFile) -> None:
    """Papo's own, and that of each library of the web client; named in the metadata (PEP 639), and there."""
    named = metadata(wheel).get_all("License-File") or []
    libraries = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    assert "LICENSE" in named
    assert len(named) == 1 + len(list((VENDOR / "licenses").glob("*.txt")))
    assert len(named) == 1 + len(libraries)
    for name in named:
        assert any(each.endswith(f".dist-info/licenses/{name}") for each in wheel.namelist()), name


def test_the_wheel_has_what_runs_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Catalogues without their sources, tables, pages; no tests, no secrets, no folders of tools."""
    names = wheel.namelist()
    for needed in ("papo/cli.py", "papo/py.typed", "papo/locale/pt_BR/LC_MESSAGES/papo.mo",
                   "papo/server/web/static/index.html", "papo/protocol/data/numerics.json"):  # fmt: skip
        assert needed in names
    assert all(name.startswith(("papo/", "papo-")) for name in names)
    assert not [name for name in names if name.endswith((".po", ".pot", ".pyc", ".pem", ".key", ".db"))]


def test_the_bill_of_materials_is_valid_and_has_every_package(sbom: ModuleType) -> None:
    """Against the schema of CycloneDX; the locks, the web client's libraries, and who needs what."""
    text = sbom.make_sbom("1.2.3")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bom = json.loads(text)
    found = {(each.get("group", ""), each["name"]): each for each in bom["components"]}
    libraries = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    locked = sbom.read_lock((ROOT / "requirements/desktop.txt").read_text(encoding="utf-8"))
    assert all(package.hashes for package in locked)
    assert all(package.wanted_by for package in locked)
    assert len(found) == len(libraries) + len(locked)
    assert found["@preact", "signals"]["licenses"] == [{"license": {"id": "MIT"}}]
    assert found["", "textual"]["scope"] == "required"
    assert found["", "pyside6-essentials"]["scope"] == "optional"
    needs = {each["ref"]: each.get("dependsOn", []) for each in bom["dependencies"]}
    assert found["", "aiohttp"]["purl"] in needs["papo"]
    assert found["", "multidict"]["purl"] in needs[found["", "aiohttp"]["purl"]]
    assert found["", "multidict"]["purl"] not in needs["papo"]
