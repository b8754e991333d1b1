"""The difference between two versions of the settings, and which of it a running server applies (SIGHUP, REHASH)."""

from __future__ import annotations

from typing import Any

from papo.config.keys import all_settings
from papo.config.settings import Config

RELOADABLE = frozenset(
    {
        "server.password",
        "server.motd",
        "server.motd_file",
        "server.description",
        "server.admin_name",
        "server.admin_email",
        "server.location",
        "server.icon",
        "server.drain_grace_s",
        "server.language",
        "server.user_modes",
        "tls.sts_days",
        "accounts.registration",
        "accounts.before_connect",
        "accounts.email_required",
        "accounts.verify_hours",
        "accounts.custom_names",
        "accounts.required",
        "accounts.enforce_nicks",
        "accounts.multiclient",
        "accounts.always_on",
        "accounts.always_on_days",
        "accounts.nicks",
        "accounts.channels",
        "accounts.registrations_per_10min",
        "mail.host",
        "mail.port",
        "mail.security",
        "mail.user",
        "mail.password",
        "mail.sender",
        "privacy.cloak",
        "privacy.cloak_suffix",
        "roles",
        "rooms.permanent",
        "tls.certificate",
        "tls.key",
        "proxy.trusted",
        "proxy.header",
        "proxy.webirc",
        "web.origins",
        "web.networks",
        "web.public_url",
        "web.metrics",
        "web.previews",
        "uploads.who",
        "uploads.max_bytes",
        "uploads.day_bytes",
        "uploads.keep_free_bytes",
        "uploads.keep_days",
        "history.on_disk_failure",
        "history.keep_days",
        "history.check_days",
        "history.warn_free_bytes",
        "backup.every",
        "backup.keep",
        "backup.to",
        "backup.passphrase_file",
        "history.page_default",
        "history.page_max",
        "operators",
        "limits.enabled",
        "limits.preset",
        "limits.connections_per_address",
        "limits.unregistered_per_address",
        "limits.opening_per_address",
        "limits.handshake_timeout_s",
        "limits.connections_per_10min",
        "limits.connections_per_s",
        "limits.registration_timeout_s",
        "limits.unregistered_lines",
        "limits.unregistered_bytes",
        "limits.ping_after_s",
        "limits.drop_after_s",
        "limits.classroom_idle_s",
        "limits.message_burst",
        "limits.metadata_keys",
        "limits.metadata_subs",
        "limits.edit_window_s",
        "limits.client_tags_denied",
        "limits.messages_per_s",
        "limits.bytes_per_s",
        "limits.joins_per_minute",
        "limits.nicks_per_minute",
        "limits.invites_per_minute",
        "limits.opers_per_minute",
        "limits.accounts_per_10min",
        "limits.http_burst",
        "limits.http_per_s",
        "limits.send_queue_bytes",
        "limits.send_stuck_s",
        "limits.who_rows",
    }
)
"""Settings that a running server applies. The other limits are in ISUPPORT, which clients read once."""


def difference(old: Config, new: Config) -> tuple[list[str], list[str]]:
    """Dotted names of changed settings: (those that a running server applies, those that need a restart)."""
    changed = [key for key in all_settings() if value_of(old, key) != value_of(new, key)]
    return [key for key in changed if key in RELOADABLE], [key for key in changed if key not in RELOADABLE]


def apply_reloadable(old: Config, new: Config) -> Config:
    """`old` with the reloadable settings of `new`: the settings of a running server after a reload."""
    from papo.config.load import assemble  # noqa: PLC0415 - a reload is rare, and `load` imports a TOML reader

    return assemble({key: value_of(new if key in RELOADABLE else old, key) for key in all_settings()})


def value_of(config: Config, key: str) -> Any:
    """The value of a setting; `key` is its dotted name."""
    section, dot, name = key.partition(".")
    return getattr(getattr(config, section), name) if dot else getattr(config, section)
