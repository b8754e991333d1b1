"""The settings as text: documented, and shown without secrets."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from papo.config import Config, load
from papo.config.text import MASK, default_file, documentation, show

HASH = "scrypt$2$1$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def write(path: Path, text: str) -> Path:
    """A configuration file."""
    file = path / "papo.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_setting_is_documented() -> None:
    """Every section and every field has a docstring that ends like a sentence."""
    docs = documentation()
    for struct in [Config, *(field.type for field in msgspec.structs.fields(Config) if isinstance(field.type, type))]:
        assert docs[struct.__name__].endswith(".")
        for field in msgspec.structs.fields(struct):
            if struct is not Config:
                assert docs[f"{struct.__name__}.{field.name}"].endswith((".", ")"))


def test_default_file_is_the_defaults(tmp_path: Path) -> None:
    """The printed file sets nothing as it is, and the defaults with every `# key =` made to count."""
    text = default_file()
    assert load({}, {}, write(tmp_path, text)).config == Config()

    lines = [line.removeprefix("# ") for line in text.splitlines() if "…" not in line and not line.startswith("##")]
    text = "\n".join(lines)
    # A list of tables has no default to read back.
    lines = [part for part in text.split("\n[") if not part.startswith("[")]
    lines = "\n[".join(lines).splitlines()
    loaded = load({}, {}, write(tmp_path, "\n".join(lines)))
    assert loaded.config == Config()
    silent = {"issuers", "operators", "proxy.webirc", "roles"}
    assert {key for key, origin in loaded.origins.items() if origin == "default"} == silent


def test_shown_settings_can_be_read_back(tmp_path: Path) -> None:
    """What `config show` prints is TOML with the effective values."""
    values = {"server.name": "a.b", "limits.nick_length": 12, "server.motd": 'a\n"b" \\ ç', "listen.at": ["nick://*:1"]}
    loaded = load(values, {}, None)

    assert load({}, {}, write(tmp_path, show(loaded))).config == loaded.config
    assert '"a.b"' in show(loaded)
    assert "# --name" in show(loaded)


def test_shown_settings_hide_secrets(tmp_path: Path) -> None:
    """Passwords and hashes are masked, in lists too; an empty password is shown as empty."""
    text = (
        f"[server]\npassword = 'swordfish'\n[[operators]]\nname = 'ana'\npassword = '{HASH}'\n"
        "[[proxy.webirc]]\npassword = 'gateway-secret'\naddresses = ['127.0.0.1']\n"
    )

    shown = show(load({}, {}, write(tmp_path, text)))

    assert tomllib.loads(shown)["operators"] == [{"name": "ana", "password": MASK, "role": "admin", "hosts": ["*@*"]}]
    assert not any(secret in shown for secret in ("swordfish", HASH, "gateway-secret"))
    assert 'password = ""' in show(load({}, {}, None))
