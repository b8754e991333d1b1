"""Whatever somebody wrote, once it is deleted and the server has stopped, no byte of it is in the data folder."""

from __future__ import annotations

import base64
import re
import signal
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from live_server import IrcClient, LiveServer, serve, wait_until
from test_accounts_live import papo, sign_in
from upload_server import UPLOADS, UploadServer, token

from papo.protocol.irc import parse

CAPS = (
    "sasl message-tags batch echo-message labeled-response draft/multiline draft/message-redaction draft/message-edit "
    "draft/metadata-2 draft/authtoken draft/chathistory setname"
)
CONFIG = (
    UPLOADS.replace('who = "everyone"', 'who = "accounts"') + "[accounts]\nargon2_memory_kib = 8\nscram_rounds = 4096\n"
)


class Canaries:
    """Words that are found again, in whatever form, and where each was written."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def new(self, surface: str) -> str:
        """A word for a surface."""
        word = f"Zq{len(self.words):04}xKey"
        self.words[word] = surface
        return word

    def left_in(self, folder: Path) -> set[str]:
        """Surfaces whose word is in a file of a folder, in its name, or in the full-text index."""
        found = set()
        for path in folder.rglob("*"):
            text = str(path).encode() + (path.read_bytes() if path.is_file() else b"")
            for word, surface in self.words.items():
                if any(re.search(re.escape(form), text, re.IGNORECASE) for form in _forms(word)):
                    found.add(surface)
        connection = apsw.Connection(str(folder / "papo.db"))
        connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search, row)")
        terms = {str(term) for (term,) in connection.execute("SELECT term FROM temp.words")}
        connection.close()
        return found | {f"index: {self.words[word]}" for word in self.words if word.lower() in terms}


def _forms(word: str) -> list[bytes]:
    """As bytes, in UTF-16, in hexadecimal, and in base64 at each of the three places."""
    plain = word.encode()
    shifted = [base64.b64encode(b"\0" * shift + plain)[2 + shift : -4] for shift in range(3)]
    return [plain, word.encode("utf-16-le"), plain.hex().encode(), *shifted]


class Somebody:
    """A user with an account who writes a canary wherever one can be written."""

    def __init__(self, server: UploadServer, canaries: Canaries, name: str) -> None:
        self.server, self.canaries, self.name = server, canaries, name
        self.client = server.keep(IrcClient(server.irc))
        sign_in(self.client, name, "senha-boa-1", CAPS)
        self.client.received()
        self.ask("JOIN #sala")
        self.ask("MODE #sala -t")  # by the first of them, so that everybody may set the topic

    def ask(self, line: str) -> list[str]:
        """A line, and what comes back."""
        self.client.received()
        self.client.send(line)
        return self.client.received()

    def say(self, line: str) -> str:
        """The msgid of the echo of a message."""
        for received in self.ask(line):
            parsed = parse(received)
            if parsed is not None and parsed.command in {"PRIVMSG", "TAGMSG"}:
                return parsed.tags["msgid"]
        raise AssertionError(line)

    def word(self, surface: str) -> str:
        """A canary."""
        return self.canaries.new(f"{self.name}: {surface}")

    def upload(self) -> str:
        """The path of an uploaded text with a canary, whose name is one too."""
        body = f"{self.word('content of a file')}\n".encode() * 50
        name = f"{self.word('name of a file')}.txt"
        header = f"attachment; filename*=UTF-8''{name}"
        return self.server.post(token(self.client, "#sala"), body, Content_Disposition=header).path

    def write(self, target: str = "#sala") -> list[str]:
        """Messages of each kind; returns their msgids. Edited ones have two former texts."""
        plain = self.say(f"PRIVMSG {target} :{self.word('message')}")
        long = self.say(f"PRIVMSG {target} :{self.word('long message')} {'palavra ' * 40}")
        edited = self.say(f"PRIVMSG {target} :{self.word('first text')}")
        self.ask(f"EDIT {target} {edited} :{self.word('second text')}")
        self.ask(f"EDIT {target} {edited} :{self.word('third text')} {'palavra ' * 40}")
        reaction = self.say(f"@+draft/react={self.word('reaction')};+draft/reply={plain} TAGMSG {target}")
        self.client.send(f"BATCH +m draft/multiline {target}")
        self.client.send(f"@batch=m PRIVMSG {target} :{self.word('first line')}")
        self.client.send(f"@batch=m PRIVMSG {target} :{self.word('second line')}")
        self.client.send("BATCH -m")
        (multiline,) = (
            line.partition("msgid=")[2].partition(";")[0].partition(" ")[0]
            for line in self.client.received()
            if " BATCH +" in line and "msgid=" in line
        )
        return [plain, long, edited, reaction, multiline]

    def write_everywhere(self) -> None:
        """And what is no message."""
        self.ask("NS SET ALWAYS-ON ON")
        self.write()
        self.write("bia" if self.name == "ana" else "ana")
        redacted = self.say(f"PRIVMSG #sala :{self.word('deleted message')}")
        self.ask(f"REDACT #sala {redacted} :{self.word('reason of a deletion')}")
        self.ask(f"PRIVMSG #sala :{self.upload()}")
        self.ask(f"TOPIC #sala :{self.word('topic of before')}")
        self.ask(f"TOPIC #sala :{self.word('topic')}")
        self.ask(f"AWAY :{self.word('away message')}")
        self.ask(f"SETNAME :{self.word('real name')}")
        self.ask(f"METADATA * SET display-name :{self.word('metadata')}")
        self.ask("JOIN #outra")
        self.ask(f"PART #outra :{self.word('reason of a part')}")
        self.ask("MARKREAD #sala timestamp=2026-01-01T00:00:00.000Z")


def stop(server: LiveServer) -> None:
    """Stop cleanly, or after a crash start and stop cleanly."""
    assert server.stop() == 0


@pytest.fixture
def two(tmp_path: Path) -> None:
    """The accounts of ana and bia."""
    (tmp_path / "papo.toml").write_text(CONFIG, encoding="utf-8")
    for name in ("ana", "bia"):
        assert papo(tmp_path, "add", name, password="senha-boa-1")[0] == 0


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("how", ["running", "stopped", "killed", "twice"])
def test_an_account_is_dropped_with_all_it_wrote(tmp_path: Path, how: str) -> None:
    """On a running and on a stopped server, over a crash, and again after it was broken off."""
    canaries = Canaries()
    data = tmp_path / "data"
    with serve(tmp_path, ["irc", "http"], config=CONFIG) as live, closing(UploadServer(live, tmp_path)) as server:
        ana, bia = Somebody(server, canaries, "ana"), Somebody(server, canaries, "bia")
        bia.write_everywhere()
        ana.write_everywhere()
        ana.ask("NICK anita")
        ana.ask("JOIN #outra")
        ana.client.send(f"QUIT :{ana.word('reason of a quit')}")
        if how == "twice":
            assert papo(tmp_path, "suspend", "ana", "x")[0] == 0
        if how != "stopped":
            code, said = papo(tmp_path, "drop", "ana", "--forget")
            assert code == 0, said
        if how == "killed":
            live.stop(signal.SIGKILL)
        else:
            stop(live)
    if how == "killed":
        with serve(tmp_path, ["irc"], config=CONFIG) as live:
            stop(live)
    if how == "stopped":
        assert {surface for surface in canaries.left_in(data) if surface.startswith("ana")} > {"ana: topic"}
        code, said = papo(tmp_path, "drop", "ana", "--forget")
        assert code == 0, said
    left = canaries.left_in(data)
    assert {surface for surface in left if "ana: " in surface} == set()
    # The topic was ana's, and the former texts of edited messages are in no row any more.
    gone = {"bia: deleted message", "bia: first text", "bia: second text"}
    assert {each for each in canaries.words.values() if each.startswith("bia")} - left == gone


@pytest.mark.usefixtures("two")
def test_deleted_messages_and_their_files_are_gone(tmp_path: Path) -> None:
    """Each deleted on its own; everybody who has the link of a file is told that it does not exist."""
    canaries = Canaries()
    with serve(tmp_path, ["irc", "http"], config=CONFIG) as live, closing(UploadServer(live, tmp_path)) as server:
        ana, bia = Somebody(server, canaries, "ana"), Somebody(server, canaries, "bia")
        for msgid in ana.write():
            assert "REDACT" in ana.ask(f"REDACT #sala {msgid}")[0]
        path = ana.upload()
        proof = token(bia.client, "#sala")
        one = ana.say(f"PRIVMSG #sala :{path}")
        two = bia.say(f"PRIVMSG #sala :veja http://papo{path}")
        ana.ask(f"REDACT #sala {one}")
        assert server.get(path, proof).status == 200, "another message links to it"
        bia.ask(f"REDACT #sala {two}")
        assert server.get(path, proof).status == 404
        path = ana.upload()
        three = ana.say(f"PRIVMSG #sala :{path}")
        ana.ask(f"EDIT #sala {three} :sem")
        assert server.get(path, proof).status == 404
        stop(live)
    assert canaries.left_in(tmp_path / "data") == set()


@pytest.mark.usefixtures("two")
def test_an_operator_deletes_the_file_with_the_message(tmp_path: Path) -> None:
    """However its link is written, and whoever posted or relayed it; not while another message links to it."""
    canaries = Canaries()
    with serve(tmp_path, ["irc", "http"], config=CONFIG) as live, closing(UploadServer(live, tmp_path)) as server:
        ana, bia = Somebody(server, canaries, "ana"), Somebody(server, canaries, "bia")
        ana.ask("MODE #sala +h bia")
        proof = token(ana.client, "#sala")
        for write in (
            "PRIVMSG #sala :{}",
            "PRIVMSG #sala :\x02{}",
            "RELAYMSG #sala zé/ponte :{}",
            "PRIVMSG #sala :veja %2Ff{}",
            "PRIVMSG #sala :veja {}",
        ):
            path = bia.upload()
            shown = path[2:] if "%" in write else path
            if write.endswith("veja {}"):
                shown = f"{path[:9]}%{ord(path[9]):02x}\x02{path[10:]}"
            msgid = bia.say(write.format(shown))
            assert server.get(path, proof).status == 200
            ana.ask(f"REDACT #sala {msgid}")
            assert server.get(path, proof).status == 404, write
        path = bia.upload()
        kept = ana.say(f"PRIVMSG #sala :de bia: {path}")
        once = bia.say(f"PRIVMSG #sala :{path}")
        ana.ask(f"REDACT #sala {once}")
        assert server.get(path, proof).status == 200
        ana.ask(f"REDACT #sala {kept}")
        assert server.get(path, proof).status == 404
        stop(live)


@pytest.mark.usefixtures("two")
def test_nobody_deletes_the_file_of_somebody_else(tmp_path: Path) -> None:
    """By a link to it that they delete."""
    canaries = Canaries()
    with serve(tmp_path, ["irc", "http"], config=CONFIG) as live, closing(UploadServer(live, tmp_path)) as server:
        ana, bia = Somebody(server, canaries, "ana"), Somebody(server, canaries, "bia")
        path = ana.upload()
        stolen = bia.say(f"PRIVMSG #sala :{path}")
        bia.ask(f"REDACT #sala {stolen}")
        assert server.get(path, token(bia.client, "#sala")).status == 200


@pytest.mark.usefixtures("two")
def test_a_file_goes_although_the_server_was_killed_in_between(tmp_path: Path) -> None:
    """The deletion was stored, and nobody has deleted the file yet: the next start does it."""
    canaries = Canaries()
    with serve(tmp_path, ["irc", "http"], config=CONFIG) as live, closing(UploadServer(live, tmp_path)) as server:
        ana = Somebody(server, canaries, "ana")
        path = ana.upload()
        stop(live)
    file = path.split("/")[2]
    connection = apsw.Connection(str(tmp_path / "data" / "papo.db"))
    connection.execute("INSERT INTO unlinked VALUES (?)", (file,))
    connection.close()
    folder = tmp_path / "data" / "uploads" / file[:8] / file[8:]
    assert folder.is_dir()
    with serve(tmp_path, ["irc"], config=CONFIG) as live:
        wait_until(lambda: not folder.exists())
        stop(live)
    assert canaries.left_in(tmp_path / "data") == set()
