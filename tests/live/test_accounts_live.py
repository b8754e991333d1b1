"""Accounts on a real server: the command line, certificates, always-on users over restarts, the replay."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import subprocess
import sys
from pathlib import Path

from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer, serve, start_server

from papo.server.store.certificate import self_signed

CHEAP = CONFIG + "[accounts]\nargon2_memory_kib = 8\nargon2_passes = 1\nscram_rounds = 4096\n"


def papo(folder: Path, *words: str, password: str = "") -> tuple[int, str]:
    """Run `papo account …` on the server's data; returns (exit code, output)."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LANGUAGE": "en"}
    where = ["--config", str(folder / "papo.toml"), "--data", str(folder / "data")]
    done = subprocess.run(
        [sys.executable, "-m", "papo", "account", words[0], *where, *words[1:]],
        input=password + "\n", capture_output=True, text=True, env=environment, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def halt(server: LiveServer) -> None:
    """Stop the server in order."""
    assert server.stop() == 0
    assert server.process.stdout is not None
    server.process.stdout.close()


def sign_in(client: IrcClient, name: str, password: str, caps: str = "sasl") -> list[str]:
    """By SASL PLAIN, to the end of the welcome."""
    client.send(f"CAP REQ :{caps}")
    client.send("AUTHENTICATE PLAIN")
    client.send("AUTHENTICATE " + base64.b64encode(f"\0{name}\0{password}".encode()).decode())
    nick = name.partition("@")[0]
    for line in (f"NICK {nick}", f"USER {nick} 0 * :x", "CAP END"):
        client.send(line)
    return [*client.receive_until(" 422 "), *client.received()]


def test_accounts_are_kept_by_the_command_line_whether_the_server_runs_or_not(tmp_path: Path) -> None:
    """The same commands give the same results."""
    (tmp_path / "papo.toml").write_text(CHEAP)
    assert papo(tmp_path, "add", "bia", password="senha-da-bia") == (0, "The account bia is created.\n")
    assert papo(tmp_path, "add", "bia", password="x")[0] == 2
    with serve(tmp_path, ["irc"], config=CHEAP) as server:
        assert papo(tmp_path, "add", "ana", password="senha-da-ana") == (0, "The account ana is created.\n")
        code, said = papo(tmp_path, "add", "ana", password="outra")
        assert (code, "taken" in said) == (2, True)
        assert papo(tmp_path, "add", "vazia", password="")[0] == 2
        client = IrcClient(server.ports["irc"])
        assert any(" 903 " in line for line in sign_in(client, "ana", "senha-da-ana"))
        assert papo(tmp_path, "suspend", "ana", "barulho") == (0, "The account ana is suspended.\n")
        assert "barulho" in " ".join(client.received())
        assert client.ended
        client.close()
        assert papo(tmp_path, "unsuspend", "ana")[0] == 0
        assert papo(tmp_path, "passwd", "ana", password="nova-senha")[0] == 0
        assert papo(tmp_path, "rename", "ana", "bela") == (0, "The account ana is now called bela.\n")
        client = IrcClient(server.ports["irc"])
        assert any(" 903 " in line for line in sign_in(client, "bela", "nova-senha"))
        client.send("JOIN #sala")
        client.send("PRIVMSG #sala :isto e meu")
        client.received()
        assert papo(tmp_path, "export", "bela", str(tmp_path / "bela.zip"))[0] == 0
        client.close()
    assert papo(tmp_path, "list") == (0, "bela\nbia\n")
    assert papo(tmp_path, "verify", "bela")[0] == 0
    assert papo(tmp_path, "drop", "bia") == (0, "The account bia is deleted.\n")
    assert papo(tmp_path, "list") == (0, "bela\n")
    assert papo(tmp_path, "drop", "ninguem")[0] == 2


def test_a_certificate_signs_in(tmp_path: Path) -> None:
    """A self-signed one, over real TLS: pinned on one connection, it signs in on the next; no other does."""
    cert, key = self_signed(tmp_path / "mine", ["ana"])
    fingerprint = hashlib.sha512(ssl.PEM_cert_to_DER_cert(cert.read_text())).hexdigest()
    with serve(tmp_path, ["irc", "ircs"], config=CHEAP) as server:
        papo(tmp_path, "add", "ana", password="senha-da-ana")
        first = CertificateClient(server.ports["ircs"], cert, key)
        sign_in(first, "ana", "senha-da-ana", "sasl draft/client-cert")
        first.send("NS CONFIRM senha-da-ana")
        assert any("Confirmed" in line for line in first.received())
        first.send("CLIENTCERT CREATE laptop")
        assert any("CLIENTCERT CREATE" in line for line in first.received())
        first.send("CLIENTCERT LIST")
        assert any(fingerprint in line for line in first.received())
        first.send("QUIT")
        first.close()
        second = CertificateClient(server.ports["ircs"], cert, key)
        for line in ("CAP REQ sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +", "NICK ana", "USER a 0 * :a", "CAP END"):
            second.send(line)
        heard = second.receive_until(" 422 ")
        assert any(" 900 " in line for line in heard)
        second.send("WHOIS ana")
        assert any(" 276 " in line and "fingerprint" in line for line in second.received())
        second.close()
        other_cert, other_key = self_signed(tmp_path / "other", ["bia"])
        for third in (
            CertificateClient(server.ports["ircs"], other_cert, other_key),
            IrcClient(server.ports["ircs"], tls=True),
        ):
            for line in ("CAP REQ sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +"):
                third.send(line)
            assert " 904 " in third.receive_until(" 904 ")[-1]
            third.close()


class CertificateClient(IrcClient):
    """A client with a certificate."""

    def __init__(self, port: int, cert: Path, key: Path) -> None:
        super().__init__(port)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(cert, key)
        self.socket = context.wrap_socket(self.socket)


def test_an_always_on_user_is_there_after_a_restart_and_gets_what_they_missed(tmp_path: Path) -> None:
    """In their channels, with their rank; each device gets what it has missed."""
    server = start_server(tmp_path, ["irc"], config=CHEAP)
    papo(tmp_path, "add", "ana", password="senha-da-ana")
    ana = IrcClient(server.ports["irc"])
    sign_in(ana, "ana@telefone", "senha-da-ana")
    for line in ("NS SET ALWAYS-ON ON", "JOIN #sala", "TOPIC #sala :da ana", "MODE #sala +k chave", "QUIT"):
        ana.send(line)
    ana.received()
    ana.close()
    bia = IrcClient(server.ports["irc"])
    bia.register("bia")
    bia.send("JOIN #sala chave")
    assert any(" 353 " in line and "@ana" in line for line in bia.received())
    bia.send("PRIVMSG #sala :antes do reinicio")
    bia.received()
    bia.close()
    halt(server)
    server = start_server(tmp_path, ["irc"], config=CHEAP)
    bia = IrcClient(server.ports["irc"])
    bia.register("bia")
    bia.send("JOIN #sala")
    assert any(" 475 " in line for line in bia.received()), "the channel that she keeps has its key still"
    bia.send("JOIN #sala chave")
    heard = bia.received()
    assert any(" 353 " in line and "@ana" in line for line in heard)
    assert any(" 332 " in line and "da ana" in line for line in heard)
    bia.send("PRIVMSG #sala :depois do reinicio")
    bia.send("PRIVMSG ana :so para voce")
    bia.received()
    for device, missed in (("telefone", True), ("novo", False)):
        ana = IrcClient(server.ports["irc"])
        heard = [*sign_in(ana, f"ana@{device}", "senha-da-ana"), *ana.received()]
        assert any(" JOIN #sala" in line for line in heard)
        for text in ("antes do reinicio", "depois do reinicio", "so para voce"):
            assert any(text in line for line in heard) == missed, (device, text, heard)
        ana.send("QUIT")
        ana.received()
        ana.close()
    bia.close()
    halt(server)


def test_a_registered_channel_is_as_it_was_after_a_restart(tmp_path: Path) -> None:
    """Founder, topic, modes, bans."""
    server = start_server(tmp_path, ["irc"], config=CHEAP)
    papo(tmp_path, "add", "ana", password="senha-da-ana")
    ana = IrcClient(server.ports["irc"])
    sign_in(ana, "ana", "senha-da-ana")
    for line in (
        "JOIN #sala",
        "CS REGISTER #sala",
        "TOPIC #sala :minha",
        "MODE #sala +mb eva!*@*",
        "MARKREAD #sala timestamp=2020-01-01T00:00:00.000Z",
    ):
        ana.send(line)
        ana.received()
    ana.close()
    halt(server)
    server = start_server(tmp_path, ["irc"], config=CHEAP)
    eva = IrcClient(server.ports["irc"])
    eva.register("eva")
    eva.send("JOIN #sala")
    assert any(" 474 " in line for line in eva.received())
    eva.close()
    ana = IrcClient(server.ports["irc"])
    sign_in(ana, "ana", "senha-da-ana", "sasl draft/read-marker")
    ana.send("JOIN #sala")
    heard = ana.received()
    assert any(" 332 " in line and "minha" in line for line in heard)
    assert any(" 353 " in line and "~ana" in line for line in heard)
    assert any("MARKREAD #sala timestamp=2020-01-01T00:00:00.000Z" in line for line in heard)
    ana.close()
    halt(server)
