"""SASL: by the examples of the standards, with impostors, and with papo's own server code."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable

import pytest
from fake_server import CoreServer, base64_of
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_server import MemoryServer

from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.session.sasl import Login
from papo.client.settings import Settings


def account(**fields: str) -> Identity:
    return Identity("ana", account=fields.get("account", "ana"), password=fields.get("password", "segredo"))


def test_plain() -> None:
    server = CoreServer(caps="sasl=PLAIN", identity=account())
    server.accept()
    server.negotiate()
    assert server.received() == ["AUTHENTICATE PLAIN"]
    server.send("AUTHENTICATE +")
    assert server.received() == [f"AUTHENTICATE {base64_of(chr(0) + 'ana' + chr(0) + 'segredo')}"]
    server.send(":s 900 ana ana!a@h ana :You are now logged in", ":s 903 ana :ok")
    assert server.received() == ["CAP END"]
    assert server.network.account == "ana"
    server.send("AUTHENTICATE +")
    assert server.received() == [], "a password is said once"


def test_a_password_never_goes_over_an_open_line() -> None:
    for url in ("irc://192.168.0.5", "irc://localhost.example.org", "irc://127.0.0.1.example.org"):
        server = CoreServer(caps="sasl=PLAIN", identity=account(), url=url)
        server.accept()
        server.negotiate()
        assert server.received() == []
        assert server.listener.refusals[0][0] == "sasl"


def test_scram_as_the_rfc_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scramp.core.token_hex", lambda *_: "rOprNGfwEbeRWgbNEkqO")
    server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    proof = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    login = Login("user", "pencil", offered="PLAIN,SCRAM-SHA-256", private=True)
    assert login.mechanism == "SCRAM-SHA-256"
    assert login.receive("+") == [base64_of("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")]
    assert login.receive(base64_of(server)) == []
    assert login.slow is not None
    assert login.slow() == [base64_of(proof)]
    assert login.receive(base64_of("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")) == ["+"]


@pytest.mark.parametrize(
    "answer",
    ["r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "", "e=no", "r=,s=,i=", "i=1", "\udcff", "r=x,s=A,i=99999999999"],
)
def test_scram_with_an_impostor(answer: str) -> None:
    login = Login("ana", "segredo", offered="SCRAM-SHA-256", private=False)
    login.receive("+")
    assert login.receive(base64.b64encode(answer.encode("utf-8", "surrogateescape")).decode()) is None


@pytest.mark.parametrize(
    ("caps", "name"),
    [("sasl=PLAIN papo.chat/nonce", "ana@papo-x7"), ("sasl=PLAIN", "ana"), ("sasl=PLAIN draft/multiline", "ana")],
)
def test_only_papo_servers_are_told_the_device(caps: str, name: str) -> None:
    """Others take the whole for the account's name."""
    identity = account()
    identity.device = "papo-x7"
    server = CoreServer(caps=caps, identity=identity)
    server.accept()
    server.negotiate()
    server.send("AUTHENTICATE +")
    assert server.received()[-1] == f"AUTHENTICATE {base64_of(f'{chr(0)}{name}{chr(0)}segredo')}"
    assert server.network.session.registration.identity.account == "ana"


def test_a_device_keeps_its_name_on_a_server_and_has_another_elsewhere() -> None:
    """In the settings' file."""
    kept = Settings()
    name = kept.server("ircs://a").device_name()
    assert kept.server("ircs://a").device_name() == name
    assert kept.server("ircs://b").device_name() != name
    assert len(name) <= 32


@pytest.mark.parametrize(("rounds", "accepted"), [(4095, False), (4096, True), (2_000_000, True), (2_000_001, False)])
def test_scram_with_rounds_of_the_servers_choice(rounds: int, *, accepted: bool) -> None:
    """Too few would give a false server a cheap proof, too many would keep us busy."""
    login = Login("ana", "segredo", offered="SCRAM-SHA-256", private=False)
    first = login.receive("+")
    assert first is not None
    nonce = base64.b64decode(first[0]).decode().partition("r=")[2]
    challenge = base64_of(f"r={nonce}mais,s=W22ZaJ0SNY7soEsUEjb6gQ==,i={rounds}")
    assert login.receive(challenge) == ([] if accepted else None)
    assert (login.slow is not None) == accepted


def challenged() -> tuple[CoreServer, list[tuple[Callable[[], list[str]], Callable[[list[str]], None]]]]:
    """A client that has been asked for a proof; what it would compute in a thread, and what takes the result."""
    server = CoreServer(caps="sasl=SCRAM-SHA-256", identity=account())
    apart: list[tuple[Callable[[], list[str]], Callable[[list[str]], None]]] = []
    server.network.run_apart = lambda work, then: apart.append((work, then))
    server.accept()
    server.negotiate()
    server.send("AUTHENTICATE +")
    nonce = base64.b64decode(server.received()[-1].removeprefix("AUTHENTICATE ")).decode().partition("r=")[2]
    server.send(f"AUTHENTICATE {base64_of(f'r={nonce}mais,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096')}")
    return server, apart


def test_the_proof_is_computed_apart() -> None:
    """Nothing waits for it: lines that arrive meanwhile are handled."""
    server, apart = challenged()
    [(work, then)] = apart
    server.send("PING x")
    assert server.received() == ["PONG x"]
    then(work())
    assert [line.split()[0] for line in server.received()] == ["AUTHENTICATE"]


def test_a_proof_that_is_no_longer_asked_for_is_not_sent() -> None:
    """The server has refused, or the connection is another one."""
    server, [(work, then)] = challenged()
    server.send(":s 904 ana :no")
    server.received()
    then(work())
    assert server.received() == []
    server, [(work, then)] = challenged()
    server.network.lost("weg", 0)
    server.accept()
    server.received()
    then(work())
    assert server.received() == []


def test_a_server_that_only_says_yes() -> None:
    server = CoreServer(caps="sasl=SCRAM-SHA-256", identity=account())
    server.accept()
    server.negotiate()
    assert server.received() == ["AUTHENTICATE SCRAM-SHA-256"]
    server.send("AUTHENTICATE +", ":s 903 ana :SASL authentication successful")
    assert "CAP END" not in server.received()
    assert server.listener.refusals[0][0] == "904"


@given(st.binary(max_size=100), st.integers(0, 2))
@settings(max_examples=300)
def test_no_challenge_breaks_it(challenge: bytes, kind: int) -> None:
    server = CoreServer(caps="sasl", identity=account())
    server.accept()
    server.caps = "sasl=SCRAM-SHA-256"
    server.negotiate()
    server.send("AUTHENTICATE +")
    text = [base64.b64encode(challenge).decode(), challenge.decode("latin-1"), "A" * 400][kind]
    server.send(f"AUTHENTICATE {text}", f"AUTHENTICATE {text}", "AUTHENTICATE +")


def test_a_challenge_in_parts() -> None:
    server = CoreServer(caps="sasl=SCRAM-SHA-256", identity=account())
    server.accept()
    server.negotiate()
    server.received()
    server.send("AUTHENTICATE +")
    (first,) = server.requests("AUTHENTICATE")
    nonce = base64.b64decode(first.params[0]).decode().rpartition("r=")[2]
    text = base64_of(f"r={nonce}{'x' * 300},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
    server.send(f"AUTHENTICATE {text[:400]}")
    assert server.received() == []
    server.send(f"AUTHENTICATE {text[400:]}")
    assert len(server.requests("AUTHENTICATE")) == 2, "the proof is longer than a line"


def test_a_wrong_password_and_what_a_person_does_then() -> None:
    server = CoreServer(caps="sasl=PLAIN cap-notify", identity=account())
    server.accept()
    server.negotiate()
    server.send("AUTHENTICATE +", ":s 904 ana :SASL authentication failed")
    assert server.listener.refusals == [("904", "SASL authentication failed")]
    server.received()
    server.send(":s CAP ana NEW :batch", ":s CAP ana ACK :batch")
    assert [line for line in server.received() if "AUTH" in line] == [], "the same password is not tried again"
    server.network.log_in("ana", "certo")
    assert server.received() == ["AUTHENTICATE PLAIN"]
    server.send(":s 904 ana :no")
    server.network.continue_as_guest()
    assert server.received() == ["CAP END"]


def test_signing_in_later() -> None:
    server = CoreServer(caps="batch sasl=PLAIN").connect()
    server.network.session.registration.log_in("ana", "segredo")
    assert server.received() == ["CAP REQ sasl"]
    server.send(":s CAP ana ACK sasl")
    assert server.received() == ["AUTHENTICATE PLAIN"]
    server.send("AUTHENTICATE +", ":s 904 ana :no")
    assert ("error", "no") in server.listener.notices
    server.received()
    other = CoreServer(caps="batch").connect()
    other.network.session.registration.log_in("ana", "segredo")
    other.send(":s CAP ana NAK sasl")
    assert other.listener.notices, "that there are no accounts is said"


def test_scram_and_plain_with_papos_own_server() -> None:
    """The server's side is the one that ships, without sockets."""

    async def play(offered: str) -> str:
        papo = MemoryServer()
        ana = papo.connect("ana")
        ana.link.secure = True
        papo.send("ana", "CAP LS 302")
        papo.send("ana", "CAP REQ :batch labeled-response draft/account-registration sasl")
        papo.send("ana", "NICK ana")
        papo.send("ana", "USER ana 0 * :Ana")
        await papo.ask_and_wait("ana", "CAP END")
        await papo.ask_and_wait("ana", "REGISTER * * :correto cavalo bateria")
        server = CoreServer(identity=account(account="ana", password="correto cavalo bateria"))
        other = papo.connect("bia")
        other.link.secure = True
        sent: list[str] = []
        server.network.opened(sent.append)
        server.network.session.offered["sasl"] = offered
        async with asyncio.timeout(30):
            while server.network.status != "online":
                while sent:
                    papo.send("bia", sent.pop(0).replace("NICK ana", "NICK bia"))
                await papo.wait_idle("bia")
                for line in papo.received("bia"):
                    server.network.received_line(line if not offered else line.replace("SCRAM-SHA-256", offered))
                await asyncio.sleep(0)
        return server.network.account

    for offered in ("", "PLAIN"):
        assert asyncio.run(play(offered)) == "ana"


def test_a_connection_computes_on_a_thread_of_its_own() -> None:
    """And hands over the result where everything else of the network happens."""

    async def test() -> None:
        server = CoreServer(caps="sasl=SCRAM-SHA-256", identity=account(), url="irc://127.0.0.1:1")
        ServerConnection(server.network, reconnects=False).start()
        threads: list[int] = []
        done = asyncio.Event()

        def then(answers: list[str]) -> None:
            threads.append(threading.get_ident())
            assert answers == ["x"]
            done.set()

        def work() -> list[str]:
            threads.append(threading.get_ident())
            return ["x"]

        server.network.run_apart(work, then)
        async with asyncio.timeout(20):
            await done.wait()
        assert threads[0] != threading.get_ident() == threads[1]

    asyncio.run(test())


def test_a_second_factor_is_asked_for_and_then_trusted() -> None:
    server = CoreServer(caps="sasl=PLAIN papo.chat/second-factor=totp,recovery,device", identity=account())

    def log_in() -> None:
        server.accept()
        server.negotiate()
        server.send("AUTHENTICATE +")
        server.received()

    log_in()
    server.send(":s SECONDFACTOR REQUIRED ana totp,recovery :Enter the code")
    assert server.received() == []
    assert server.listener.refusals == [("second factor", "Enter the code")]
    server.network.give_code("123 456")
    assert server.received()[0].startswith("SECONDFACTOR CODE totp 123456 :Papo, ")
    server.send(":s FAIL SECONDFACTOR BAD_SECOND_FACTOR :The code is wrong")
    assert server.listener.refusals[1:] == [("second factor", "The code is wrong")]
    server.network.give_code("abcd-efgh-jkmn-pqrs")
    assert server.received()[0].startswith("SECONDFACTOR CODE recovery abcd-efgh-jkmn-pqrs :Papo, ")
    server.send(":s 900 ana ana!a@h ana :in", ":s SECONDFACTOR DEVICE token-1", ":s 903 ana :ok")
    assert server.received() == ["CAP END"]
    assert server.network.account == "ana"

    log_in()
    server.send(":s SECONDFACTOR REQUIRED ana totp,recovery,device :Enter the code")
    assert server.received() == ["SECONDFACTOR CODE device token-1"]
    server.send(":s FAIL SECONDFACTOR BAD_SECOND_FACTOR :The code is wrong")
    assert len(server.listener.refusals) == 3, "forgotten by the owner: the user is asked again"
    server.send(":s 904 ana :SASL authentication failed")
    assert server.listener.refusals[3][0] == "904"
    assert "token-1" not in server.network.identity.device_token


def test_a_server_that_asks_out_of_turn_gets_no_token() -> None:
    server = CoreServer(caps="sasl=PLAIN papo.chat/second-factor", identity=account())
    server.network.identity.device_token = "token-1"
    server.accept()
    server.send(":s FAIL SECONDFACTOR BAD_SECOND_FACTOR :x", ":s SECONDFACTOR REQUIRED ana device :x")
    assert not [line for line in server.received() if "token-1" in line]
    assert server.listener.refusals == []
