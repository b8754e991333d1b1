"""Whatever a server and its clients write is their user's alone, whatever the umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from live_server import IrcClient, serve
from upload_server import UPLOADS, UploadServer, png, token

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")

UMASKS = ["000", "022", "077"]
WRITTEN = {
    "papo.lock", "papo.db", "papo.db-wal", "papo.db-shm", "secret", "control.json", "control.sock", "tls",
    "tls/cert.pem", "tls/key.pem", "uploads", "uploads/.new",
}  # fmt: skip
CLIENT = """
import pathlib, sys
from papo.client import settings
from papo.client.address import read_address
from papo.client.certificates import Certificates
from papo.client.state.outbox import Outbox
folder = pathlib.Path(sys.argv[1])
settings.write(folder, settings.Settings(nick="ana"))
Certificates(folder / "certificates.json").trust(read_address("ircs://x"), "aa")
Outbox(folder / "outbox").add("irc://x", "#sala", "texto", reply_to="", command="", after="")
"""


def under(umask: str) -> list[str]:
    """A command that runs the rest of its arguments with this umask."""
    return ["sh", "-c", f'umask {umask}; exec "$@"', "sh"]


def open_to_others(folder: Path) -> dict[str, str]:
    """Everything in a folder that is not 0700 or 0600."""
    entries = [folder, *folder.rglob("*")]
    modes = {entry: stat.S_IMODE(entry.lstat().st_mode) for entry in entries}
    wrong = {entry: mode for entry, mode in modes.items() if mode != (0o700 if entry.is_dir() else 0o600)}
    return {str(entry.relative_to(folder)): oct(mode) for entry, mode in wrong.items()}


@pytest.mark.parametrize("umask", UMASKS)
def test_a_server_writes_nothing_that_others_can_read(tmp_path: Path, umask: str) -> None:
    """While it runs, and after; every kind of file is there."""
    data = tmp_path / "data"
    with serve(tmp_path, ["ircs", "irc", "http"], config=UPLOADS, before=under(umask)) as live:
        with closing(UploadServer(live, tmp_path)) as uploads:
            ana = uploads.person("ana", "#sala")
            path = uploads.post(token(ana, "#sala"), png(), Content_Disposition='attachment; filename="a.png"').path
            ana.send(f"PRIVMSG #sala :{path}")
            ana.received()
            upload = f"uploads/{path.split('/')[2][:8]}/{path.split('/')[2][8:]}"
            written = {str(entry.relative_to(data)) for entry in data.rglob("*")}
            parts = {f"{upload}/{name}" for name in ("data", "about.json", "thumb.webp")}
            assert (WRITTEN | parts) - written == set()
            assert open_to_others(data) == {}
        assert live.stop() == 0
    assert open_to_others(data) == {}


@pytest.mark.parametrize("umask", UMASKS)
def test_a_client_writes_nothing_that_others_can_read(tmp_path: Path, umask: str) -> None:
    """Settings, certificates, messages that wait; a folder of before is closed."""
    folder = tmp_path / "client"
    folder.mkdir()
    folder.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    subprocess.run([*under(umask), sys.executable, "-c", CLIENT, str(folder)], check=True, env=environment, timeout=60)
    assert {"client.json", "certificates.json", "outbox"} <= {entry.name for entry in folder.iterdir()}
    assert len(list(folder.glob("outbox/*/*.json"))) == 1
    assert open_to_others(folder) == {}


def test_a_folder_that_was_open_is_closed_at_the_start(tmp_path: Path) -> None:
    """With everything in it, and the server says so; what it served before it serves again."""
    data = tmp_path / "data"
    with serve(tmp_path, ["ircs", "irc", "http"], config=UPLOADS) as live:
        with closing(IrcClient(live.ports["irc"])) as ana:
            ana.register("ana")
            ana.send("PRIVMSG ana :texto")
            ana.received()
        assert live.stop() == 0
    for entry in (data, *data.rglob("*")):
        entry.chmod(0o777 if entry.is_dir() else 0o644)
    with serve(tmp_path, ["irc"]):
        assert open_to_others(data) == {}
