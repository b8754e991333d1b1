"""The finder of import circles finds them: in functions, over several modules, in scripts, and up the layers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import circles

_GRAPHS = st.dictionaries(st.sampled_from("abcdefg"), st.sets(st.sampled_from("abcdefg")))


def _reached(graph: circles.Graph, start: str) -> set[str]:
    """Everything that can be reached from `start` by one import or more."""
    reached: set[str] = set()
    todo = [start]
    while todo:
        for target in set(graph.get(todo.pop(), ())) - reached:
            reached.add(target)
            todo.append(target)
    return reached


@given(_GRAPHS)
def test_two_modules_share_a_group_exactly_if_each_reaches_the_other(graph: dict[str, set[str]]) -> None:
    """Checked against the definition of a strongly connected component."""
    graph = {module: graph.get(module, set()) - {module} for module in "abcdefg"}
    groups = circles.circles(graph)
    for one in graph:
        for other in graph:
            if one != other:
                together = any(one in group and other in group for group in groups)
                assert together == (other in _reached(graph, one) and one in _reached(graph, other))
    for group in groups:
        way = circles.shortest(graph, group)
        assert way[0] == way[-1]
        assert all(following in graph[module] for module, following in pairwise(way))


def test_an_import_inside_a_function_counts_and_one_for_types_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first hides a circle from Python, the second is none."""
    package = tmp_path / "madeup"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("def late():\n    from madeup import two\n    return two\n")
    (package / "two.py").write_text("from madeup import one\n")
    (package / "three.py").write_text(
        "from typing import TYPE_CHECKING\nfrom madeup import one\n"
        "if TYPE_CHECKING:\n    from madeup.four import Four\n"
    )
    (package / "four.py").write_text("from madeup.three import one\nclass Four: ...\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert circles.circles(circles.python_graph("madeup", types=False)) == [["madeup.one", "madeup.two"]]
    assert ["madeup.four", "madeup.three"] in circles.circles(circles.python_graph("madeup", types=True))


def test_scripts_are_followed_through_every_form_of_import(tmp_path: Path) -> None:
    """`import`, `export from` and `import()`; comments and other people's libraries do not count."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "vendor").mkdir()
    (tmp_path / "a.js").write_text('import { b } from "./parts/b.js";\n// import "./d.js";\n')
    (tmp_path / "parts" / "b.js").write_text('export { c } from "../c.js";\nimport { html } from "preact";\n')
    (tmp_path / "c.js").write_text('const late = () => import("./a.js"); /* import "./d.js"; */\n')
    (tmp_path / "d.js").write_text('import "./a.js";\n')
    (tmp_path / "vendor" / "e.js").write_text('import "./e.js";\n')

    assert circles.circles(circles.javascript_graph(tmp_path)) == [["a.js", "c.js", "parts/b.js"]]


@pytest.mark.parametrize(
    ("importer", "imported", "up"),
    [
        ("shop.store.rows", "shop.server", True),
        ("shop.server.app", "shop.store", False),
        ("shop.store.rows", "shop.files.names", True),  # beside each other on one layer
        ("shop.store.rows", "shop.store.schema", False),
        ("shop.other", "shop.server", False),  # in no layer
        ("shop.server.deep.inside", "shop.server", True),  # the deeper name is a layer of its own
    ],
)
def test_an_arrow_runs_up_if_it_leads_to_a_package_that_is_not_below(
    tmp_path: Path, importer: str, imported: str, *, up: bool
) -> None:
    """The layers are those of the contract of import-linter."""
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(
        '[[tool.importlinter.contracts]]\ntype = "layers"\n'
        'layers = ["shop.server", "shop.server.deep", "shop.store | shop.files"]\n'
    )

    assert circles.runs_up(importer, imported, circles.layers_of(pyproject)) is up
