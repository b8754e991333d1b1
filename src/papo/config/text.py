"""The settings as text: their values with origins, and a commented file of the defaults."""

from __future__ import annotations

import ast
import inspect
from itertools import groupby

import msgspec

from papo.config import limits, settings
from papo.config.difference import value_of
from papo.config.keys import SECRETS, all_settings, as_toml, rows_of
from papo.config.load import Loaded
from papo.config.settings import Config
from papo.i18n import N_, _
from papo.protocol.dialects import schemes

MASK = "********"
ORIGIN_COLUMN = 44


def show(loaded: Loaded) -> str:
    """Every setting as `key = value  # origin`, table by table. Passwords are masked."""
    untouched = _("default")
    lines: list[str] = []
    # Lists of tables come first: after a [table] they would belong to it.
    keys_in_order = sorted(all_settings(), key=lambda key: "." in key)
    for section, keys in groupby(keys_in_order, key=lambda key: key.partition(".")[0]):
        if section not in all_settings():
            lines += ["", f"[{section}]"]
        for key in keys:
            name = key.rpartition(".")[2]
            setting = f"{name} = {as_toml(mask_secrets(key, value_of(loaded.config, key)))}"
            origin = loaded.origins[key]
            lines.append(f"{setting:<{ORIGIN_COLUMN}}  # {untouched if origin == 'default' else origin}")
    return "\n".join(lines) + "\n"


def mask_secrets(key: str, value: object) -> object:
    """The value with its secrets masked; an empty secret is not masked."""
    if key in SECRETS:
        return MASK if value else value
    if isinstance(value, tuple):
        return tuple(mask_secrets(key, item) for item in value)
    if isinstance(value, msgspec.Struct):
        return {name: mask_secrets(f"{key}.{name}", each) for name, each in msgspec.structs.asdict(value).items()}
    return value


def default_file() -> str:
    """A TOML file of every setting at its default, commented out below its explanation."""
    docs = documentation()
    lines = comment(N_("Every setting of Papo with its default. Remove the # before a line to change it."))
    for field in msgspec.structs.fields(Config):
        row = rows_of(field.type)
        struct = row if row is not None else field.type
        lines += ["", *comment(docs[struct.__name__])]
        lines.append(f"# [[{field.name}]]" if row is not None else f"[{field.name}]")
        for inner in msgspec.structs.fields(struct):
            lines += comment(docs[f"{struct.__name__}.{inner.name}"])
            nested = rows_of(inner.type)
            if nested is not None:
                example = ", ".join(f"{setting.name} = …" for setting in msgspec.structs.fields(nested))
                lines.append(f"# {inner.name} = [{{{example}}}]")
            else:
                value = "…" if inner.required else as_toml(inner.default)
                lines.append(f"# {inner.name} = {value}")
    return "\n".join(lines) + "\n"


def comment(text: str) -> list[str]:
    """A translated text as comment lines. `{schemes}` is filled in."""
    translated = _(text).replace("{schemes}", ", ".join(schemes()))
    return [f"## {line.strip()}" for line in translated.splitlines()]


def documentation() -> dict[str, str]:
    """Docstrings of the settings: `Server` and `Server.name` to text, with the source's line breaks, unindented."""
    docs: dict[str, str] = {}
    for module in (settings, limits):
        docs |= _docstrings(ast.parse(inspect.getsource(module)))
    return docs


def _docstrings(tree: ast.Module) -> dict[str, str]:
    docs: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        docs[node.name] = ast.get_docstring(node) or ""
        for before, after in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(before, ast.AnnAssign)
                and isinstance(before.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
                and isinstance(after.value.value, str)
            ):
                lines = [line.strip() for line in after.value.value.strip().splitlines()]
                docs[f"{node.name}.{before.target.id}"] = "\n".join(lines)
    return docs
