"""The settings by their dotted names, and the conversion of their values. It knows no file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import FieldInfo

from papo.config.errors import ConfigError
from papo.config.section import Section
from papo.config.settings import Config
from papo.i18n import _
from papo.protocol.networks import Network, first_address

SECRETS = frozenset({"server.password", "proxy.webirc.password", "operators.password", "mail.password"})
"""Keys whose values are never shown."""


@lru_cache(maxsize=1)
def all_settings() -> dict[str, FieldInfo]:
    """Every setting by its dotted name, in the order of the configuration file."""
    found: dict[str, FieldInfo] = {}
    for section in msgspec.structs.fields(Config):
        if isinstance(section.type, type) and issubclass(section.type, Section):
            for field in msgspec.structs.fields(section.type):
                found[f"{section.name}.{field.name}"] = field
        else:
            found[section.name] = section
    return found


def sections() -> tuple[str, ...]:
    """The names of the tables, without lists of tables such as `operators`."""
    return tuple(dict.fromkeys(key.partition(".")[0] for key in all_settings() if "." in key))


def rows_of(annotation: object) -> type[Section] | None:
    """The struct of each table if the setting is a list of tables, else None."""
    arguments = getattr(annotation, "__args__", ())
    first = arguments[0] if arguments else None
    return first if isinstance(first, type) and issubclass(first, Section) else None


def convert(key: str, annotation: Any, value: object, origin: str) -> Any:
    """Convert a value to the setting's type.

    Raises:
        ConfigError: the text names the origin, the key, and what was expected.
    """
    row = rows_of(annotation)
    if row is not None:
        if not isinstance(value, (list, tuple)) or not all(isinstance(table, Mapping) for table in value):
            raise ConfigError(_("{origin}: expected [[{key}]] before each table").format(origin=origin, key=key))
        return tuple(convert_row(key, row, table, origin) for table in value)
    try:
        return msgspec.convert(value, annotation, dec_hook=_network)
    except _BadNetwork as error:
        raise ConfigError(f"{origin}: {key}: {error}") from None
    except msgspec.ValidationError:
        shown = '"***"' if key in SECRETS else as_toml(value)
        raise ConfigError(
            _("{origin}: {key} must be {expected}, not {value}").format(
                origin=origin, key=key, expected=expected(annotation), value=shown
            )
        ) from None


class _BadNetwork(Exception):
    """A text that is no network; the exception's text says what is wrong with it."""


def _network(kind: type, value: object) -> Network:
    if not isinstance(value, str) or kind is not Network:
        raise TypeError
    try:
        return Network(value)
    except ValueError:
        first = first_address(value)
        if first:
            raise _BadNetwork(
                _('"{text}" is an address within a network; write {network} for the whole network').format(
                    text=value, network=first
                )
            ) from None
        raise _BadNetwork(
            _('"{text}" is no address or network such as 127.0.0.1 or 10.0.0.0/8').format(text=value)
        ) from None


def convert_row(key: str, row: type[Section], value: Mapping[str, object], origin: str) -> Section:
    """Convert one table of a list of tables."""
    fields = {field.name: field for field in msgspec.structs.fields(row)}
    for name in value:
        if name not in fields:
            raise unknown(f"{key}.{name}", origin, [f"{key}.{known}" for known in fields])
    for name, field in fields.items():
        if field.required and name not in value:
            raise ConfigError(_("{origin}: a table [[{key}]] has no {name}").format(origin=origin, key=key, name=name))
    return row(**{name: convert(f"{key}.{name}", fields[name].type, each, origin) for name, each in value.items()})


def from_text(key: str, annotation: Any, text: str, origin: str) -> object:
    """The value of an environment variable, not yet converted; lists are `a,b` or JSON."""
    plain = getattr(annotation, "__origin__", annotation)  # without `Annotated`; `tuple` for tuple[...]
    if plain is tuple:
        if text.lstrip().startswith("["):
            try:
                return msgspec.json.decode(text)
            except msgspec.DecodeError:
                raise ConfigError(
                    _("{origin}: {key} must be a list in JSON, or texts with commas between them").format(
                        origin=origin, key=key
                    )
                ) from None
        return [part.strip() for part in text.split(",") if part.strip()]
    if plain in (int, float, bool):
        try:
            return msgspec.convert(text, plain, strict=False)
        except msgspec.ValidationError:
            return text  # `convert` words the error
    return text


def unknown(key: str, origin: str, candidates: list[str] | None = None) -> ConfigError:
    """The error for an unknown setting, which suggests the nearest one."""
    from difflib import get_close_matches  # noqa: PLC0415 - only an error needs it

    near = get_close_matches(key, candidates if candidates is not None else list(all_settings()), n=1, cutoff=0.6)
    if near:
        return ConfigError(
            _("{origin}: there is no setting {key}; did you mean {near}?").format(origin=origin, key=key, near=near[0])
        )
    return ConfigError(
        _('{origin}: there is no setting {key}; "papo config default" prints all of them').format(
            origin=origin, key=key
        )
    )


def expected(annotation: Any) -> str:
    """What a setting accepts, in words."""
    from msgspec import inspect  # noqa: PLC0415 - only an error needs it

    return _in_words(inspect.type_info(annotation))


def _in_words(info: Any) -> str:
    from msgspec import inspect  # noqa: PLC0415 - only an error needs it

    if isinstance(info, inspect.Metadata):
        return _(str((info.extra_json_schema or {}).get("description", "")))
    if isinstance(info, inspect.BoolType):
        return _("true or false")
    if isinstance(info, inspect.IntType):
        if info.le is not None:
            return _("a whole number from {low} to {high}").format(low=info.ge, high=info.le)
        return _("a whole number, at least {low}").format(low=info.ge)
    if isinstance(info, inspect.FloatType):
        return _("a number above {low}").format(low=info.gt)
    if isinstance(info, inspect.LiteralType):
        return _(" or ").join(f'"{value}"' for value in info.values)
    if isinstance(info, inspect.VarTupleType):
        return _("a list, of which each is {one}").format(one=_in_words(info.item_type))
    if isinstance(info, inspect.CustomType):
        return _("an address or network")
    if isinstance(info, inspect.StrType) and info.max_length is not None:
        return _("a text of at most {count} characters").format(count=info.max_length)
    return _("a text")


def as_toml(value: object) -> str:
    """A value in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {as_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return msgspec.json.encode(str(value)).decode()
