"""The command line, run as in a terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from papo import __version__
from papo.cli import main
from papo.config.passwords import verify_password
from papo.data_folder import acquire

SOURCE = Path(__file__).parent.parent / "src"


def papo(*arguments: str | Path, given: str = "", **variables: str) -> tuple[int, str, str]:
    """Run `papo` as a process of its own: exit code, standard output, standard error."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PAPO_", "LC_", "LANG"))}
    done = subprocess.run(
        [sys.executable, "-m", "papo", *map(str, arguments)],
        input=given,
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={**kept, "PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1", **variables},
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def mistake(*arguments: str | Path, **variables: str) -> str:
    """The one sentence of a command that fails: exit code 2, nothing on standard output, no traceback."""
    code, output, sentence = papo(*arguments, **variables)
    assert (code, output) == (2, "")
    assert sentence.count("\n") == 1
    assert sentence.startswith("papo: ")
    return sentence


def test_bare_papo_prints_help(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a command there is the list of commands, and that is no mistake."""
    monkeypatch.setattr(os, "environ", {})

    assert main([]) == 0
    output = capsys.readouterr().out
    assert all(command in output for command in ("serve", "config", "operator-password", "version"))


def test_version_is_the_packages() -> None:
    """`papo version` and `papo --version` print the same line."""
    assert papo("version") == papo("--version") == (0, f"papo {__version__}\n", "")


def test_unknown_flag_is_exit_code_2() -> None:
    """A flag that does not exist, and one that is only begun, are refused by name."""
    for flag in ("--frobnicate", "--list"):
        code, _output, error = papo("serve", flag, "x")
        assert code == 2
        assert flag in error


def test_help_is_translated() -> None:
    """With LANG=pt_BR the help is in Portuguese to the last heading."""
    code, output, _error = papo("serve", "--help", LANG="pt_BR.UTF-8")

    assert code == 0
    assert output.startswith("uso: papo serve")
    assert "opções:" in output
    assert "mostra esta ajuda e termina" in output


def test_the_language_can_be_said() -> None:
    """By a flag before or after the command, in any of the ways people write it."""
    for flags in (("--language", "pt-BR"), ("--language=pt",), ("--language", "pt_br")):
        assert papo("serve", "--help", *flags, LANG="C")[1].startswith("uso: papo serve")
        assert papo(*flags, "serve", "--help", LANG="C")[1].startswith("uso: papo serve")
    assert papo("serve", "--help", "--language", "en", LANG="pt_BR.UTF-8")[1].startswith("usage: papo serve")


def test_a_language_we_do_not_speak() -> None:
    """Is said, in one that we do."""
    code, _output, error = papo("--language", "xx", "version", LANG="pt_BR.UTF-8")

    assert code == 2
    assert error == "papo: xx: esse idioma não existe; escolha um de en, pt_BR\n"


def test_mistakes_are_translated(tmp_path: Path) -> None:
    """A sentence about a setting is in Portuguese as well."""
    sentence = mistake("config", "check", "--data", tmp_path, LANG="pt_BR", PAPO__SERVER__NAME="x")

    assert "precisa ser um nome com um ponto" in sentence


def test_config_check(tmp_path: Path) -> None:
    """0 and the file's name for valid settings; 2 and one sentence for invalid ones."""
    file = tmp_path / "papo.toml"
    file.write_text("[limits]\ntargets = 5\n")
    assert papo("config", "check", "--data", tmp_path) == (0, f"The settings are valid ({file}).\n", "")

    file.write_text("[limits]\ntarget = 5\n")
    assert "did you mean limits.targets?" in mistake("config", "check", "--data", tmp_path)
    assert "no such configuration file" in mistake("config", "check", "--config", tmp_path / "absent")


def test_config_show_names_each_origin(tmp_path: Path) -> None:
    """File, environment and default stand beside their values."""
    (tmp_path / "papo.toml").write_text("[limits]\ntargets = 5\n")

    code, output, _error = papo("config", "show", "--data", tmp_path, PAPO__LIMITS__MONITOR="7")

    assert code == 0
    origins = {line.split(" = ")[0]: line.rpartition("# ")[2] for line in output.splitlines() if " = " in line}
    assert origins["targets"] == str(tmp_path / "papo.toml")
    assert origins["monitor"] == "PAPO__LIMITS__MONITOR"
    assert origins["who_rows"] == "default"


def test_config_default_is_a_usable_file(tmp_path: Path) -> None:
    """The printed file passes the check."""
    code, output, _error = papo("config", "default", LANG="pt_BR.UTF-8")
    (tmp_path / "papo.toml").write_text(output, encoding="utf-8")

    assert code == 0
    assert papo("config", "check", "--data", tmp_path)[0] == 0


def test_serve_refuses_a_wrong_listener(tmp_path: Path) -> None:
    """The flag is named, and nothing is made in the data folder."""
    sentence = mistake("serve", "--data", tmp_path / "data", "--listen", "irc:6667")

    assert "--listen: irc:6667: expected SCHEME://HOST:PORT" in sentence
    assert not (tmp_path / "data").exists()


def test_serve_refuses_a_folder_in_use(tmp_path: Path) -> None:
    """The process that has the folder is named."""
    with acquire(tmp_path):
        sentence = mistake("serve", "--data", tmp_path, "--listen", "irc://127.0.0.1:0")

    assert f"in use by another server (process {os.getpid()})" in sentence


def test_serve_refuses_two_ways_of_listening(tmp_path: Path) -> None:
    """--lan is about the usual ports, which --listen replaces."""
    assert "remove one" in mistake("serve", "--data", tmp_path, "--lan", "--listen", "irc://127.0.0.1:0")


def test_operator_password_from_a_pipe() -> None:
    """The line printed is the hash of the line read."""
    code, output, _error = papo("operator-password", given="correct-horse\n")

    assert code == 0
    assert verify_password("correct-horse", output.strip())


@pytest.mark.parametrize("given", ["\n", "two words\n", "", "a" * 1025])
def test_unusable_operator_passwords(given: str) -> None:
    """Empty, with a space, or too long: refused with the reason, nothing printed."""
    code, output, error = papo("operator-password", given=given)

    assert (code, output) == (2, "")
    assert error.startswith("papo: the password ")


def test_start_imports_little() -> None:
    """The heavy modules of the server are not loaded before the settings are known to be right."""
    code = (
        "import sys, papo.cli, papo.commands.serve, papo.config;"
        "print([name for name in ('asyncio', 'ssl', 'apsw', 'uvloop', 'cryptography', 'websockets',"
        " 'platformdirs', 'difflib', 'papo.server.app') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )

    assert done.stdout == "[]\n"


def test_a_damaged_folder_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    """A supervisor can tell it from a mistake in the settings, and not start the server again and again."""
    (tmp_path / "secret").write_bytes(bytes(32))
    (tmp_path / "secret").chmod(0o600)
    flags = ("serve", "--data", tmp_path, "--listen", "irc://127.0.0.1:0")
    code, output, sentence = papo(*flags)
    assert (code, output) == (65, "")
    assert sentence.count("\n") == 1
    assert "--new" in sentence
    (tmp_path / "papo.db").write_bytes(b"garbage" * 1000)
    (tmp_path / "papo.db").chmod(0o600)
    assert papo(*flags, "--new")[0] == 65
    assert papo("account", "list", "--data", tmp_path)[0] == 65


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no such names")
def test_a_folder_whose_name_is_not_utf_8(tmp_path: Path) -> None:
    """SQLite could not open a database there: that is no damage, and nothing is made."""
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/d\xff")
    commands = (
        ("serve", "--data", folder, "--listen", "irc://127.0.0.1:0"),
        ("account", "list", "--data", folder),
        ("backup", tmp_path / "b.tar.gz", "--data", folder),
        ("doctor", "--data", folder),
        ("salvage", "--data", tmp_path, "--to", folder),
    )
    for command in commands:
        assert "UTF-8" in mistake(*command)
    assert [*tmp_path.iterdir()] == []


def test_salvage(tmp_path: Path) -> None:
    """0 if nothing is lost, 1 if something is, 2 for a mistake; what is lost is counted, in the user's language."""
    old = shutil.copytree(Path(__file__).parent / "data" / "0.1.0" / "data", tmp_path / "old")
    code, output, error = papo("salvage", "--data", old, "--to", tmp_path / "whole")
    assert (code, error) == (0, "")
    assert "events: 33" in output
    assert "uploads: 2" in output
    data = (old / "papo.db").read_bytes()
    (old / "papo.db").write_bytes(data[: 4096 * 6])
    (old / "secret").unlink()
    code, output, error = papo("salvage", "--data", old, "--to", tmp_path / "part", LANG="pt_BR")
    assert (code, error) == (1, "")
    assert "segredo" in output
    assert papo("doctor", "--data", tmp_path / "part")[0] == 0
    assert "not an empty folder" in mistake("salvage", "--data", old, "--to", tmp_path / "part")
    assert "which is only read" in mistake("salvage", "--data", old, "--to", old / "new")
    with acquire(old):
        assert "a server uses" in mistake("salvage", "--data", old, "--to", tmp_path / "third")
    assert not (tmp_path / "third").exists()
