"""Reading the settings: command line over environment over file over preset over default, each with its origin."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from papo.config.checks import check, read_file
from papo.config.errors import ConfigError
from papo.config.keys import all_settings, convert, from_text, sections, unknown
from papo.config.limits import PRESETS
from papo.config.settings import Config
from papo.i18n import _

FLAGS = {"listen.at": "--listen", "listen.lan": "--lan", "server.name": "--name"}
"""Settings with a flag on the command line."""

PREFIX = "PAPO__"
PATHS = ("server.motd_file", "tls.certificate", "tls.key", "backup.to", "backup.passphrase_file")
"""Settings that are paths; in a configuration file they are relative to its folder."""

Raw = dict[str, tuple[object, str]]
"""Dotted name to (value before conversion, origin)."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The settings and their origins."""

    config: Config
    origins: dict[str, str]
    """The origin of every setting by its dotted name: a flag, an environment variable, a file's path, `preset NAME` or
    `default`."""
    path: Path | None = None
    """The configuration file; None if there is none."""
    overrides: dict[str, object] = {}
    """Settings of the command line, kept for `reload`."""


def load(overrides: Mapping[str, object], environ: Mapping[str, str], path: Path | None) -> Loaded:
    """Read and check all settings.

    Args:
        overrides: dotted names to values, from the command line.
        environ: environment variables; those named `PAPO__SECTION__KEY` are settings.
        path: the TOML file, which must exist; None for none.

    Raises:
        ConfigError: for the first setting that is invalid.
    """
    raw: Raw = {}
    if path is not None:
        raw |= from_file(path)
    raw |= from_environment(environ)
    for key, value in overrides.items():
        if key not in all_settings():
            raise AssertionError(f"the command line sets {key}, which does not exist")
        raw[key] = (value, FLAGS.get(key, "command line"))

    values: dict[str, Any] = {}
    origins = dict.fromkeys(all_settings(), "default")
    for key, (value, origin) in raw.items():
        values[key] = convert(key, all_settings()[key].type, value, origin)
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
    """Read `server.motd_file` into `server.motd`, so that there is one text to show and to compare."""
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
    """Read the same sources again. Raises ConfigError."""
    return load(loaded.overrides, environ, loaded.path)


def assemble(values: Mapping[str, Any]) -> Config:
    """The settings from values by dotted name, with defaults for the rest."""
    tables = {field.name: field.type for field in msgspec.structs.fields(Config) if field.name in sections()}
    parts: dict[str, Any] = {key: value for key, value in values.items() if "." not in key}
    for name, table in tables.items():
        prefix = f"{name}."
        parts[name] = table(**{key.removeprefix(prefix): values[key] for key in values if key.startswith(prefix)})
    return Config(**parts)


def from_file(path: Path) -> Raw:
    """The settings in a TOML file."""
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
        if name in all_settings():
            raw[name] = (value, origin)
        elif name not in sections():
            raise unknown(name, origin, [*sections(), *all_settings()])
        elif not isinstance(value, dict):
            raise ConfigError(
                _("{origin}: {name} is a table; expected [{name}] on a line of its own").format(
                    origin=origin, name=name
                )
            )
        else:
            for inner, item in value.items():
                key = f"{name}.{inner}"
                if key not in all_settings():
                    raise unknown(key, origin)
                raw[key] = (resolved(path, key, item), origin)
    return raw


def resolved(path: Path, key: str, value: object) -> object:
    """Resolve a path relative to the configuration file's folder, and join the lines of a message of the day."""
    if key in PATHS and isinstance(value, str) and value:
        try:
            return str(path.parent / Path(value).expanduser())
        except RuntimeError:  # what follows the ~ is no user of this machine
            raise ConfigError(
                _(
                    "{path}: {key}: {value} begins with the home folder of a user who is not here; write it in full"
                ).format(path=path, key=key, value=value)
            ) from None
    if key == "server.motd" and isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    return value


def from_environment(environ: Mapping[str, str]) -> Raw:
    """The settings in variables named `PAPO__SECTION__KEY`."""
    raw: Raw = {}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX):
            continue
        key = variable.removeprefix(PREFIX).lower().replace("__", ".")
        if key not in all_settings():
            raise unknown(key, variable)
        raw[key] = (from_text(key, all_settings()[key].type, text, variable), variable)
    return raw
