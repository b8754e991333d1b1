"""The tables that Python and JavaScript share: every name that is used is there, and no row is there twice."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest

from papo.protocol import numerics
from papo.protocol.capabilities import CAPABILITIES, WANTED
from papo.protocol.commands import COMMANDS
from papo.server.dialects.irc import caps

SOURCE = Path(__file__).resolve().parents[2] / "src" / "papo"


def names_used(module: ModuleType) -> set[str]:
    """Attributes of the module that our own code asks for, under whatever name a file imports it."""
    package, _, own_name = module.__name__.rpartition(".")
    used: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == package
            for alias in node.names
            if alias.name == own_name
        }
        used |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in called
        }
    return used


@pytest.mark.parametrize(("module", "least"), [(numerics, 100), (caps, 20)])
def test_every_constant_that_is_used_is_in_the_table(module: ModuleType, least: int) -> None:
    """They come from a file, so types cannot tell."""
    used = names_used(module)
    assert len(used) >= least
    assert {name for name in used if not hasattr(module, name)} == set()


def test_numerics_have_three_digits_and_one_name() -> None:
    """Groups name only numerics that are there, or reading them would fail."""
    numbers = list(numerics.NUMBERS.values())
    assert all(len(number) == 3 and number.isdigit() for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert numerics.RPL_WELCOME == "001"
    assert "433" in numerics.GROUPS["nick_taken"]


def test_capabilities_are_in_order_and_have_one_row() -> None:
    """CAP LS shows them in this order."""
    names = [row.name for row in CAPABILITIES]
    assert names == sorted(set(names))
    assert set(WANTED) < set(names)


def test_commands_have_one_meaning_for_each_name() -> None:
    """No alias is another command's name or alias."""
    names = [name for row in COMMANDS for name in (row.name, *row.aliases)]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and name.isalpha() for name in names)
