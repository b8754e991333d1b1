"""`papo doctor`: its table, its output and its exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from papo.cli import main
from papo.data_folder import acquire, is_in_use
from papo.server.doctor import examine
from papo.server.doctor.check import Check, Finding, Installation


def doctor(capsys: pytest.CaptureFixture[str], *flags: str | Path) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """Exit code, and name of each check to its findings."""
    code = main(["doctor", "--json", *map(str, flags)])
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is (code == 0)
    return code, {check["name"]: check["findings"] for check in answer["checks"]}


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is an error, and the folder is not made."""
    code, found = doctor(capsys, "--data", tmp_path / "absent")
    assert code == 1
    assert "no such folder" in found["permissions"][0]["text"]
    assert not (tmp_path / "absent").exists()


def test_settings_that_are_invalid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest is examined all the same."""
    (tmp_path / "papo.toml").write_text("[limits]\ntarget = 5\n")
    code, found = doctor(capsys, "--data", tmp_path)
    assert code == 1
    assert "limits.targets" in found["settings"][0]["text"]
    assert found["permissions"] == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_a_secret_that_others_can_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is a warning, unless nobody else can enter the folder."""
    (tmp_path / "secret").write_bytes(bytes(32))
    (tmp_path / "secret").chmod(0o644)
    tmp_path.chmod(0o755)
    _code, found = doctor(capsys, "--data", tmp_path)
    assert [each["level"] for each in found["permissions"]] == ["warning"]
    tmp_path.chmod(0o700)
    _code, found = doctor(capsys, "--data", tmp_path)
    assert found["permissions"] == []


def test_a_check_that_fails_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checks after it run."""

    def broken(_: Installation) -> list[Finding]:
        raise RuntimeError("out of order")

    monkeypatch.setattr(examine, "CHECKS", (Check("broken", broken, "nothing"), *examine.CHECKS))
    code, found = doctor(capsys, "--data", tmp_path)
    assert code == 1
    assert "out of order" in found["broken"][0]["text"]
    assert "permissions" in found


def test_names_are_unique() -> None:
    """Programs go by them."""
    names = [check.name for check in examine.CHECKS]
    assert len(names) == len({*names})


def test_a_folder_in_use(tmp_path: Path) -> None:
    """It is known by its lock, which asking does not take away."""
    assert not is_in_use(tmp_path)
    with acquire(tmp_path):
        assert is_in_use(tmp_path)
        assert is_in_use(tmp_path)
    assert not is_in_use(tmp_path)
