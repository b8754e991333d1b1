from __future__ import annotations

import hmac
import os
from pathlib import Path

import pytest
from secrets_contract import *  # noqa: F403 -- the tests every `Secrets` must pass
from secrets_contract import OpenSecrets

from papo.server.store.secret_folder import SECRET_BYTES, SecretFolder


@pytest.fixture
def open_secrets(tmp_path: Path) -> OpenSecrets:
    """Opens the folder of this test again at each call."""
    return lambda: SecretFolder(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="modes of files are not Windows's")
def test_the_secret_is_one_file_for_its_owner_only(tmp_path: Path) -> None:
    """Nobody else may read what keys are derived from."""
    SecretFolder(tmp_path)
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_keys_are_derived_as_they_always_were(tmp_path: Path) -> None:
    """A data folder keeps its hidden addresses and its tokens over updates."""
    secret = bytes(range(SECRET_BYTES))
    (tmp_path / "secret").write_bytes(secret)
    assert SecretFolder(tmp_path).key("cloak") == hmac.digest(secret, b"cloak", "sha256")


def test_a_secret_that_was_cut_off_is_made_again(tmp_path: Path) -> None:
    """A file left empty by a power cut would make every hidden address guessable."""
    (tmp_path / "secret").write_bytes(b"")
    (tmp_path / f"secret.{os.getpid()}.new").write_bytes(b"half")
    SecretFolder(tmp_path)
    assert len((tmp_path / "secret").read_bytes()) == SECRET_BYTES
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_a_copy_has_the_same_keys(tmp_path: Path) -> None:
    """Hidden addresses are the same on another machine."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    SecretFolder(old).copy_to(new)
    assert SecretFolder(new).key("cloak") == SecretFolder(old).key("cloak")
