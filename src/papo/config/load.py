"""Reads the settings: command line over environment over file over preset over default, and remembers which it was."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from papo.config.checks import check, read_file
from papo.config.errors import ConfigError
from papo.config.keys import convert, from_text, known, sections, unknown
from papo.config.settings import PRESETS, Config
from papo.i18n import _

FLAGS = {"listen.at": "--listen", "listen.lan": "--lan", "server.name": "--name"}
"""Settings that the command line has a flag for."""

PREFIX = "PAPO__"
PATHS = ("server.motd_file", "tls.certificate", "tls.key")
"""Settings that are files: in a configuration file they are relative to its folder."""

Raw = dict[str, tuple[object, str]]
"""Dotted name to (value as it was found, where)."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The settings with their history."""

    config: Config
    origins: dict[str, str]
    """Dotted name of every setting to where its value comes from: a flag, an environment variable, a file's path,
    `preset NAME` or `default`."""
    path: Path | None = None
    """The configuration file; None where there is none."""
    overrides: dict[str, object] = {}
    """What the command line set, kept for reading everything again."""


def load(overrides: Mapping[str, object], environ: Mapping[str, str], path: Path | None) -> Loaded:
    """Read everything and check it.

    Args:
        overrides: dotted names to values, from the command line.
        environ: of which `PAPO__SECTION__KEY` counts.
        path: the TOML file, which must exist; None for none.

    Raises:
        ConfigError: one sentence for the first thing that is wrong.
    """
    raw: Raw = {}
    if path is not None:
        raw |= from_file(path)
    raw |= from_environment(environ)
    for key, value in overrides.items():
        if key not in known():
            raise AssertionError(f"the command line sets {key}, which does not exist")
        raw[key] = (value, FLAGS.get(key, "command line"))

    values: dict[str, Any] = {}
    origins = dict.fromkeys(known(), "default")
    for key, (value, origin) in raw.items():
        values[key] = convert(key, known()[key].type, value, origin)
        origins[key] = origin
    read_motd(values, origins)
    preset = values.get("limits.preset", "default")
    for name, number in PRESETS[preset].items():
        key = f"limits.{name}"
        if key not in values:
            values[key], origins[key] = number, f"preset {preset}"

    config = assemble(values)
    check(config, origins)
    return Loaded(config=config, origins=origins, path=path, overrides=dict(overrides))


def read_motd(values: dict[str, Any], origins: dict[str, str]) -> None:
    """Put what `server.motd_file` holds into `server.motd`, so that there is one text to show and to compare."""
    path = values.get("server.motd_file")
    if not path:
        return
    if values.get("server.motd"):
        raise ConfigError(
            _("{origin}: server.motd and server.motd_file are both set; remove one of them").format(
                origin=origins["server.motd_file"]
            )
        )
    text = read_file(path, "server.motd_file", origins["server.motd_file"])
    values["server.motd"] = text.decode("utf-8", "replace").rstrip("\r\n")
    origins["server.motd"] = path


def reload(loaded: Loaded, environ: Mapping[str, str]) -> Loaded:
    """Read the same sources again. Raises ConfigError; then the settings in use stay as they are."""
    return load(loaded.overrides, environ, loaded.path)


def assemble(values: Mapping[str, Any]) -> Config:
    """The settings from their dotted names; what is missing has its default."""
    tables = {field.name: field.type for field in msgspec.structs.fields(Config) if field.name in sections()}
    parts: dict[str, Any] = {key: value for key, value in values.items() if "." not in key}
    for name, table in tables.items():
        prefix = f"{name}."
        parts[name] = table(**{key.removeprefix(prefix): values[key] for key in values if key.startswith(prefix)})
    return Config(**parts)


def from_file(path: Path) -> Raw:
    """What a TOML file sets."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            _('{path}: there is no such configuration file; "papo config default" prints one to start from').format(
                path=path
            )
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(_("{path}: the configuration file must be UTF-8 text").format(path=path)) from None
    except OSError as error:
        raise ConfigError(
            _("{path}: the configuration file cannot be read ({reason}); check its permissions").format(
                path=path, reason=error.strerror
            )
        ) from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_("{path}: this is not TOML: {reason}").format(path=path, reason=error)) from None
    raw: Raw = {}
    origin = str(path)
    for name, value in document.items():
        if name in known():
            raw[name] = (value, origin)
        elif name not in sections():
            raise unknown(name, origin, [*sections(), *known()])
        elif not isinstance(value, dict):
            raise ConfigError(
                _("{origin}: {name} is a table; expected [{name}] on a line of its own").format(
                    origin=origin, name=name
                )
            )
        else:
            for inner, each in value.items():
                key = f"{name}.{inner}"
                if key not in known():
                    raise unknown(key, origin)
                raw[key] = (as_kept(path, key, each), origin)
    return raw


def as_kept(path: Path, key: str, value: object) -> object:
    """A relative path in the configuration file starts at that file's folder; a list of lines is one text."""
    if key in PATHS and isinstance(value, str) and value:
        return str(path.parent / Path(value).expanduser())
    if key == "server.motd" and isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    return value


def from_environment(environ: Mapping[str, str]) -> Raw:
    """What `PAPO__SECTION__KEY` variables set."""
    raw: Raw = {}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX):
            continue
        key = variable.removeprefix(PREFIX).lower().replace("__", ".")
        if key not in known():
            raise unknown(key, variable)
        raw[key] = (from_text(key, known()[key].type, text, variable), variable)
    return raw
