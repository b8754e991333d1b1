"""What is put together at start: here, the server's own secret."""

from __future__ import annotations

from pathlib import Path

from papo.server.assembly import SECRET_BYTES, _secret


def test_the_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    """Hidden addresses stay the same over restarts, and nobody else may read what they are made with."""
    secret = _secret(tmp_path)

    assert len(secret) == SECRET_BYTES
    assert _secret(tmp_path) == secret
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_a_secret_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    """A file left empty by a power cut would make every hidden address guessable."""
    (tmp_path / "secret").write_bytes(b"")
    (tmp_path / "secret.new").write_bytes(b"half")

    assert len(_secret(tmp_path)) == SECRET_BYTES
