"""Finds imports that run in a circle, in Python and in the web client; `make check` runs it.

Every import that runs counts, those inside functions and `import()` as well. Imports for types alone (under
`TYPE_CHECKING`) may run back inside one package, but never up from one package to another, as the layers in
pyproject.toml have them.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
STATIC = ROOT / "src" / "papo" / "server" / "web" / "static"
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`\\])//[^\n]*", re.DOTALL)
_IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.{1,2}/[^"']+)["']""")

Graph = Mapping[str, Iterable[str]]
"""A module to the modules it imports."""


def circles(graph: Graph) -> list[list[str]]:
    """The groups of modules that reach each other, each sorted by name, in order of their first module.

    Tarjan's strongly connected components, with a stack of its own in place of recursion.
    """
    found: list[list[str]] = []
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    for start in sorted(graph):
        if start in order:
            continue
        work = [(start, iter(sorted(graph[start])))]
        order[start] = lowest[start] = len(order)
        path.append(start)
        while work:
            module, imported = work[-1]
            following = next(imported, None)
            if following is None:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[module])
                if lowest[module] == order[module]:
                    group = path[path.index(module) :]
                    del path[path.index(module) :]
                    found += [sorted(group)] if len(group) > 1 else []
            elif following not in order:
                order[following] = lowest[following] = len(order)
                path.append(following)
                work.append((following, iter(sorted(graph.get(following, ())))))
            elif following in path:
                lowest[module] = min(lowest[module], order[following])
    return sorted(found)


def shortest(graph: Graph, group: list[str]) -> list[str]:
    """A shortest way round within a group, from its first module back to itself."""
    start, inside = group[0], set(group)
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        for following in sorted(inside.intersection(graph[way[-1]]) - seen):
            if following == start:
                return [*way, start]
            seen.add(following)
            ways.append([*way, following])
    raise AssertionError("a group is connected, or it would not be one")


def python_graph(package: str, *, types: bool) -> dict[str, set[str]]:
    """Who imports whom; with the imports for types alone if `types`."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=not types, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def javascript_graph(folder: Path) -> dict[str, set[str]]:
    """Who imports whom among the scripts below `folder`, by their paths relative to it."""
    graph: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.js")):
        name = path.relative_to(folder).as_posix()
        if name.startswith("vendor/"):
            continue
        text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
        targets = (os.path.normpath(path.parent / target) for target in _IMPORT.findall(text))
        graph[name] = {Path(target).relative_to(folder).as_posix() for target in targets}
    return {name: {target for target in targets if target in graph} for name, targets in graph.items()}


def layers_of(pyproject: Path) -> dict[str, int]:
    """The packages of the `layers` contract to their height; those on one layer have the same."""
    contracts = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    rows = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name.strip(): height for height, row in enumerate(reversed(rows)) for name in re.split(r"[|:]", row)}


def runs_up(importer: str, imported: str, layers: Mapping[str, int]) -> bool:
    """Whether an import leads from one package to another that is not below it."""

    def package(module: str) -> str:
        return max((name for name in layers if f"{module}.".startswith(f"{name}.")), key=len, default="")

    one, other = package(importer), package(imported)
    return bool(one and other) and one != other and layers[one] <= layers[other]


def main() -> int:
    """Print every circle and every arrow that runs up; 1 if there is any."""
    found = 0
    running = python_graph("papo", types=False)
    for graph in (running, javascript_graph(STATIC)):
        for group in circles(graph):
            found += 1
            print(f"circle of {len(group)}: {' -> '.join(shortest(graph, group))}")
    layers = layers_of(ROOT / "pyproject.toml")
    for importer, targets in sorted(python_graph("papo", types=True).items()):
        for imported in sorted(targets):
            if runs_up(importer, imported, layers):
                found += 1
                print(f"runs up: {importer} imports {imported}, for its types or for more")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
