"""`papo doctor`: its table, its output and its exit code."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import apsw
import pytest
from damages import DAMAGES, WHOLE, contents, start

from papo.cli import main
from papo.data_folder import acquire, is_in_use
from papo.server.doctor import examine
from papo.server.doctor.check import Check, Finding, Installation
from papo.server.store import certificate


def doctor(capsys: pytest.CaptureFixture[str], *flags: str | Path) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """Exit code, and name of each check to its findings."""
    code = main(["doctor", "--json", *map(str, flags)])
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is (code == 0)
    return code, {check["name"]: check["findings"] for check in answer["checks"]}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that was used and stopped in order, its owner's alone; not to be changed."""
    copy = shutil.copytree(WHOLE, tmp_path_factory.mktemp("used") / "data")
    copy.chmod(0o700)
    start(copy)
    ran_at(copy, 0)
    return copy


def ran_at(folder: Path, days: float) -> None:
    """The server has run so many days from now, by what it has stored."""
    connection = apsw.Connection(str(folder / "papo.db"))
    body = f'{{"type":"ClockRecord","believed_ms":{int((time.time() + days * 86_400) * 1000)}}}'
    connection.execute("INSERT OR REPLACE INTO records VALUES ('clock', '', ?)", (body,))
    connection.close()


def test_a_whole_folder(used: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is found, and nothing in it changes."""
    before = contents(used)
    code, found = doctor(capsys, "--data", used)
    assert {name: findings for name, findings in found.items() if findings} == {}
    assert code == 0
    assert contents(used) == before


@pytest.mark.parametrize(
    ("days", "said"),
    [(-20, "20 days ahead of"), (20.5, "20 days behind"), (-400, "400 dias à frente"), (13, ""), (-13, "")],
)
def test_a_clock_that_has_jumped_is_a_warning(
    used: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], days: float, said: str
) -> None:
    """It says what is not done, and how to go on; a fortnight is a holiday."""
    folder = shutil.copytree(used, tmp_path / "data")
    ran_at(folder, days)
    code, found = doctor(capsys, "--data", folder, "--language", "pt_BR" if "dias" in said else "en")
    assert code == 0
    texts = [each["text"] for each in found["clock"]]
    assert len(texts) == bool(said)
    assert all(said in text and "papo clock accept" in text for text in texts)


@pytest.mark.parametrize(("ahead_s", "said"), [(7_300, "121 minutes"), (400.1 * 86_400, "400 days")])
def test_files_and_messages_of_a_time_to_come_are_a_warning(
    used: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], ahead_s: float, said: str
) -> None:
    """The clock was wrong then, or it is now."""
    folder = shutil.copytree(used, tmp_path / "data")
    later_s = time.time() + ahead_s
    connection = apsw.Connection(str(folder / "papo.db"))
    connection.execute(
        "UPDATE events SET at_ms = ?1, body = json_set(body, '$.at_ms', ?1) WHERE id = (SELECT max(id) FROM events)",
        (int(later_s * 1000),),
    )
    connection.close()
    os.utime(folder / "papo.db", (later_s, later_s))
    found = doctor(capsys, "--data", folder)[1]["clock"]
    assert [said in each["text"] for each in found] == [True, True]


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_an_error(used: Path, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a start would refuse, and nothing in the folder changes."""
    folder = shutil.copytree(used, tmp_path / "data")
    DAMAGES[name][0](folder)
    before = contents(folder)
    code, found = doctor(capsys, "--data", folder)
    assert code == 1, found
    assert contents(folder) == before


def test_an_upload_that_was_cut(used: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its description says how long it was."""
    folder = shutil.copytree(used, tmp_path / "data")
    first, second, *_rest = sorted((folder / "uploads").glob("*/*"))
    (first / "data").write_bytes(b"")
    (second / "about.json").unlink()
    code, found = doctor(capsys, "--data", folder)
    assert code == 1
    assert [str(path) in each["text"] for path, each in zip((first, second), found["uploads"], strict=True)] == [
        True
    ] * 2


def test_the_certificate(
    used: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that ends soon is a warning, one that has ended an error."""
    for days, expected in ((-1, ["error"]), (5, ["warning"]), (300, [])):
        monkeypatch.setattr(certificate, "VALID_DAYS", days)
        shutil.copytree(used, tmp_path / str(days))
        certificate.self_signed(tmp_path / str(days) / "tls", ["localhost"])
        code, found = doctor(capsys, "--data", tmp_path / str(days))
        assert [each["level"] for each in found["certificates"]] == expected
        assert code == ("error" in expected)


def test_a_certificate_of_another_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Clients would be refused one by one."""
    certificate.self_signed(tmp_path / "tls", ["localhost"])
    certificate.self_signed(tmp_path / "other", ["localhost"])
    (tmp_path / "other" / "key.pem").replace(tmp_path / "tls" / "key.pem")
    _code, found = doctor(capsys, "--data", tmp_path)
    assert "does not belong" in found["certificates"][0]["text"]


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is an error, and the folder is not made."""
    code, found = doctor(capsys, "--data", tmp_path / "absent")
    assert code == 1
    assert "no such folder" in found["permissions"][0]["text"]
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("names", [[], ["papo.toml", "papo.lock"], ["papo.db"]], ids=" ".join)
def test_a_folder_without_data(names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The disk with the data is not mounted, or --data has a slip of the finger in it: nothing is healthy there."""
    tmp_path.chmod(0o700)
    for name in names:
        (tmp_path / name).touch(mode=0o600)
    code, found = doctor(capsys, "--data", tmp_path)
    assert code == 1
    errors = [each["text"] for findings in found.values() for each in findings]
    assert errors == [f"{tmp_path}: there is no data of a server here; name its folder with --data"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_everything_that_others_can_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Copies and backups hold what the database holds. What is in a folder is as open as the folder."""
    (tmp_path / "backups").mkdir(mode=0o700)
    (tmp_path / "uploads").mkdir(mode=0o700)
    for name, mode in {
        "papo-before-9.db": 0o640,
        "papo.toml": 0o604,
        "notes.txt": 0o600,
        "backups/papo.tar.gz": 0o644,
        "uploads/a": 0o644,
    }.items():
        (tmp_path / name).write_bytes(b"")
        (tmp_path / name).chmod(mode)
    (tmp_path / "link").symlink_to(tmp_path / "notes.txt")
    (tmp_path / "backups").chmod(0o755)
    tmp_path.chmod(0o755)
    _code, found = doctor(capsys, "--data", tmp_path)
    named = [each["text"].partition(":")[0] for each in found["permissions"] if each["level"] == "warning"]
    assert named == [str(tmp_path / name) for name in ("backups", "papo-before-9.db", "papo.toml")]
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
