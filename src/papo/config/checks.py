"""Checks between settings, and of the files and addresses that they name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from papo.config.errors import ConfigError
from papo.config.keys import as_toml
from papo.config.listen import parse
from papo.config.settings import Config
from papo.i18n import _, known_languages


def check(config: Config, origins: Mapping[str, str]) -> None:
    """Raise ConfigError for the first invalid setting, naming its origin."""
    _check_listeners(config, origins)
    _check_tls(config, origins)
    _check_operators(config, origins)
    _check_numbers(config, origins)
    _check_accounts(config, origins)
    _check_backup(config, origins)
    _check_language(config, origins)


def read_file(path: str, key: str, origin: str) -> bytes:
    """Read a file that a setting names. Raises ConfigError."""
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise ConfigError(
            _("{origin}: {key} names the file {path}, which cannot be read ({reason})").format(
                origin=origin or key, key=key, path=path, reason=error.strerror
            )
        ) from None


def _check_listeners(config: Config, origins: Mapping[str, str]) -> None:
    seen: dict[tuple[str, int, str], str] = {}
    for url in config.listen.at:
        try:
            at = parse(url)
        except ConfigError as error:
            raise ConfigError(f"{origins['listen.at']}: {error}") from None
        address = (at.host.lower(), at.port, at.path)
        first = seen.get(address)
        if first is not None and (at.port or at.path):  # with port 0, the system chooses one for each
            raise ConfigError(
                _("{origin}: {first} and {url} are the same address; remove one of them, or change its port").format(
                    origin=origins["listen.at"], first=first, url=url
                )
            )
        seen[address] = url
    if config.listen.at and config.listen.lan:
        raise ConfigError(
            _("{origin}: listen.lan opens the default ports and listen.at replaces them; remove one of them").format(
                origin=origins["listen.lan"]
            )
        )


def _check_tls(config: Config, origins: Mapping[str, str]) -> None:
    tls = config.tls
    for have, need in (("certificate", "key"), ("key", "certificate")):
        if getattr(tls, have) and not getattr(tls, need):
            raise ConfigError(
                _("{origin}: tls.{have} is set and tls.{need} is not; both are needed, or neither").format(
                    origin=origins[f"tls.{have}"], have=have, need=need
                )
            )
    if tls.certificate:
        for name in ("certificate", "key"):
            read_file(getattr(tls, name), f"tls.{name}", origins[f"tls.{name}"])


def _check_operators(config: Config, origins: Mapping[str, str]) -> None:
    names = set()
    for operator in config.operators:
        from papo.config.passwords import read  # noqa: PLC0415 - saves 10 ms on a server without operators

        if read(operator.password) is None:
            raise ConfigError(
                _(
                    "{origin}: the password of operator {name} is not a hash; "
                    'run "papo operator-password" and write down what it prints'
                ).format(origin=origins["operators"], name=operator.name)
            )
        if operator.role not in {"admin", *(role.name for role in config.roles)}:
            raise ConfigError(
                _("{origin}: operator {name} has the role {role}, and there is no [[roles]] of that name").format(
                    origin=origins["operators"], name=operator.name, role=operator.role
                )
            )
        if operator.name in names:
            raise ConfigError(
                _("{origin}: there are two operators named {name}").format(
                    origin=origins["operators"], name=operator.name
                )
            )
        names.add(operator.name)


def _check_numbers(config: Config, origins: Mapping[str, str]) -> None:
    limits, history = config.limits, config.history
    smaller_than = (
        ("limits.ping_after_s", limits.ping_after_s, "limits.drop_after_s", limits.drop_after_s),
        ("history.page_default", history.page_default, "history.page_max", history.page_max + 1),
        (
            "limits.unregistered_per_address",
            limits.unregistered_per_address,
            "limits.connections_per_address",
            limits.connections_per_address + 1,
        ),
    )
    for small, small_value, large, bound in smaller_than:
        if small_value >= bound:
            at_fault = large if origins[large] != "default" else small
            raise ConfigError(
                _("{origin}: {small} is {value}, too large beside {large}").format(
                    origin=origins[at_fault], small=small, value=small_value, large=large
                )
            )


def _check_accounts(config: Config, origins: Mapping[str, str]) -> None:
    if config.accounts.email_required and not (config.mail.host and config.mail.sender):
        raise ConfigError(
            _("{origin}: accounts.email_required needs mail.host and mail.sender, to send the codes").format(
                origin=origins["accounts.email_required"]
            )
        )


def _check_backup(config: Config, origins: Mapping[str, str]) -> None:
    path = config.backup.passphrase_file
    if path and not read_file(path, "backup.passphrase_file", origins["backup.passphrase_file"]).splitlines()[:1]:
        raise ConfigError(
            _("{origin}: the file {path} has no passphrase in its first line").format(
                origin=origins["backup.passphrase_file"], path=path
            )
        )
    file = _file_in_the_way(Path(config.backup.to).expanduser()) if config.backup.to else None
    if file is not None:
        raise ConfigError(
            _("{origin}: backup.to must be a folder, or be made in one, and {path} is a file").format(
                origin=origins["backup.to"], path=file
            )
        )


def _file_in_the_way(folder: Path) -> Path | None:
    """The file because of which a folder can never be made. That it is not there yet is well: its disk may come."""
    try:
        found = next((each for each in (folder, *folder.parents) if each.exists()), None)
        return None if found is None or found.is_dir() else found
    except OSError:  # whoever makes it says why
        return None


def _check_language(config: Config, origins: Mapping[str, str]) -> None:
    if config.server.language not in known_languages():
        raise ConfigError(
            _("{origin}: {key} must be {expected}, not {value}").format(
                origin=origins["server.language"],
                key="server.language",
                expected=_(" or ").join(f'"{code}"' for code in known_languages()),
                value=as_toml(config.server.language),
            )
        )
