"""The files that the settings name, judged alike by a start, a reload, `papo config check` and `papo doctor`."""

from __future__ import annotations

from pathlib import Path

from papo.config import Config, ConfigError
from papo.i18n import _


def check(config: Config) -> None:
    """Raises ConfigError for the first file that the server could not use."""
    if config.tls.certificate:
        from papo.server.net import tls  # noqa: PLC0415 -- slow to import, and few settings name files

        try:
            tls.server_context(Path(config.tls.certificate), Path(config.tls.key))
        except ValueError as error:
            raise ConfigError(f"tls.certificate: {error}") from None
    for issuer in config.issuers:
        if issuer.keys_file:
            from papo.server.auth.bearer import read_keys  # noqa: PLC0415 -- as above

            try:
                read_keys(Path(issuer.keys_file))
            except (OSError, ValueError) as error:
                sentence = _("issuers.keys_file: {path} cannot be read as a set of keys in JSON ({reason})")
                raise ConfigError(sentence.format(path=issuer.keys_file, reason=error)) from None
