"""Every past failure of the table has tests, and those are there."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).with_name("past_failures.txt")
COUNT = 34


def read(text: str) -> dict[str, list[str]]:
    """Id of a failure to its tests."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("F"):
            found[line.split()[0]] = []
        elif line.startswith(" "):
            found[next(reversed(found))].append(line.strip())
    return found


@functools.cache
def names_in(path: Path) -> frozenset[str]:
    """Names of the tests in a file; none if there is no such file."""
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (each for each in tree.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return frozenset(each.name for each in functions if each.name.startswith("test_"))


def missing(name: str) -> str:
    """What is wrong with the name of a test; "" if pytest collects it."""
    file, _, test = name.partition("::")
    path = ROOT / file
    if test not in names_in(path):
        return f"there is no {name}"
    if path.name.startswith("test_"):
        return ""
    users = [each for each in path.parent.glob("test_*.py") if f"from {path.stem} import *" in each.read_text("utf-8")]
    return "" if users else f"no test file imports {file}"


FAILURES = read(TABLE.read_text(encoding="utf-8"))


def test_none_is_left_out() -> None:
    """All of them, in order."""
    assert list(FAILURES) == [f"F{number}" for number in range(1, COUNT + 1)]


@pytest.mark.parametrize("failure", FAILURES)
def test_it_has_tests(failure: str) -> None:
    """At least one, and all that are named exist."""
    assert FAILURES[failure]
    assert [wrong for name in FAILURES[failure] if (wrong := missing(name))] == []


def test_a_name_that_is_wrong_would_be_found() -> None:
    """Of a file, of a test, or of a contract that nobody uses."""
    assert missing("tests/no_such_file.py::test_x")
    assert missing("tests/test_past_failures.py::test_x")
    assert missing("tests/messages.py::main")
    assert read("F1 a\n    x\nF2 b\n") == {"F1": ["x"], "F2": []}
