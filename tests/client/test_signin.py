"""SASL: by the examples of the standards, with impostors, and with papo's own server code."""

from __future__ import annotations

import asyncio
import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wired import Wire, base64_of

from helpers import Talk
from papo.client.identity import Identity
from papo.client.session.sasl import CannotSignInError, SignIn, chunks


def account(**fields: str) -> Identity:
    return Identity("ana", account=fields.get("account", "ana"), password=fields.get("password", "segredo"))


def test_plain() -> None:
    wire = Wire(caps="sasl=PLAIN", identity=account())
    wire.open()
    wire.agree()
    assert wire.sent() == ["AUTHENTICATE PLAIN"]
    wire.say("AUTHENTICATE +")
    assert wire.sent() == [f"AUTHENTICATE {base64_of(chr(0) + 'ana' + chr(0) + 'segredo')}"]
    wire.say(":s 900 ana ana!a@h ana :You are now logged in", ":s 903 ana :ok")
    assert wire.sent() == ["CAP END"]
    assert wire.network.account == "ana"
    wire.say("AUTHENTICATE +")
    assert wire.sent() == [], "a password is said once"


def test_a_password_never_goes_over_an_open_line() -> None:
    for url in ("irc://192.168.0.5", "irc://localhost.example.org", "irc://127.0.0.1.example.org"):
        wire = Wire(caps="sasl=PLAIN", identity=account(), url=url)
        wire.open()
        wire.agree()
        assert wire.sent() == []
        assert wire.watch.refusals[0][0] == "sasl"


def test_scram_as_the_rfc_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scramp.core.token_hex", lambda *_: "rOprNGfwEbeRWgbNEkqO")
    server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    proof = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    sign_in = SignIn("user", "pencil", offered="PLAIN,SCRAM-SHA-256", private=True)
    assert sign_in.mechanism == "SCRAM-SHA-256"
    assert sign_in.answer("+") == [base64_of("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")]
    assert sign_in.answer(base64_of(server)) == [base64_of(proof)]
    assert sign_in.answer(base64_of("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")) == ["+"]


@pytest.mark.parametrize(
    "answer",
    ["r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "", "e=no", "r=,s=,i=", "i=1", "\udcff", "r=x,s=A,i=99999999999"],
)
def test_scram_with_an_impostor(answer: str) -> None:
    sign_in = SignIn("ana", "segredo", offered="SCRAM-SHA-256", private=False)
    sign_in.answer("+")
    with pytest.raises(CannotSignInError):
        sign_in.answer(base64.b64encode(answer.encode("utf-8", "surrogateescape")).decode())


def test_a_server_that_only_says_yes() -> None:
    wire = Wire(caps="sasl=SCRAM-SHA-256", identity=account())
    wire.open()
    wire.agree()
    assert wire.sent() == ["AUTHENTICATE SCRAM-SHA-256"]
    wire.say("AUTHENTICATE +", ":s 903 ana :SASL authentication successful")
    assert "CAP END" not in wire.sent()
    assert wire.watch.refusals[0][0] == "904"


@given(st.binary(max_size=100), st.integers(0, 2))
@settings(max_examples=300)
def test_no_challenge_breaks_it(challenge: bytes, kind: int) -> None:
    wire = Wire(caps="sasl", identity=account())
    wire.open()
    wire.caps = "sasl=SCRAM-SHA-256"
    wire.agree()
    wire.say("AUTHENTICATE +")
    text = [base64.b64encode(challenge).decode(), challenge.decode("latin-1"), "A" * 400][kind]
    wire.say(f"AUTHENTICATE {text}", f"AUTHENTICATE {text}", "AUTHENTICATE +")


def test_a_challenge_in_parts() -> None:
    wire = Wire(caps="sasl=SCRAM-SHA-256", identity=account())
    wire.open()
    wire.agree()
    wire.sent()
    wire.say("AUTHENTICATE +")
    (first,) = wire.questions("AUTHENTICATE")
    nonce = base64.b64decode(first.params[0]).decode().rpartition("r=")[2]
    text = base64_of(f"r={nonce}{'x' * 300},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
    wire.say(f"AUTHENTICATE {text[:400]}")
    assert wire.sent() == []
    wire.say(f"AUTHENTICATE {text[400:]}")
    assert len(wire.questions("AUTHENTICATE")) == 2, "the proof is longer than a line"


def test_a_wrong_password_and_what_a_person_does_then() -> None:
    wire = Wire(caps="sasl=PLAIN cap-notify", identity=account())
    wire.open()
    wire.agree()
    wire.say("AUTHENTICATE +", ":s 904 ana :SASL authentication failed")
    assert wire.watch.refusals == [("904", "SASL authentication failed")]
    wire.sent()
    wire.say(":s CAP ana NEW :batch", ":s CAP ana ACK :batch")
    assert [line for line in wire.sent() if "AUTH" in line] == [], "the same password is not tried again"
    wire.network.retry_with_password("ana", "certo")
    assert wire.sent() == ["AUTHENTICATE PLAIN"]
    wire.say(":s 904 ana :no")
    wire.network.continue_as_guest()
    assert wire.sent() == ["CAP END"]


def test_signing_in_later() -> None:
    wire = Wire(caps="batch sasl=PLAIN").online()
    wire.network.session.sign_in("ana", "segredo")
    assert wire.sent() == ["CAP REQ sasl"]
    wire.say(":s CAP ana ACK sasl")
    assert wire.sent() == ["AUTHENTICATE PLAIN"]
    wire.say("AUTHENTICATE +", ":s 904 ana :no")
    assert ("error", "no") in wire.watch.told_
    wire.sent()
    other = Wire(caps="batch").online()
    other.network.session.sign_in("ana", "segredo")
    other.say(":s CAP ana NAK sasl")
    assert other.watch.told_, "that there are no accounts is said"


@given(st.text(max_size=700))
def test_chunks_can_be_put_together_again(payload: str) -> None:
    payload = payload.encode("utf-8", "replace").decode()
    *full, last = chunks(payload)
    assert all(len(part) == 400 for part in full)
    assert len(last) < 400
    assert base64.b64decode("".join(full) + ("" if last == "+" else last)) == payload.encode()


def test_scram_and_plain_with_papos_own_server() -> None:
    """The server's side is the one that ships, without sockets."""

    async def play(offered: str) -> str:
        talk = Talk()
        server = talk.connect("ana")
        server.link.secure = True
        talk.say("ana", "CAP LS 302")
        talk.say("ana", "CAP REQ :batch labeled-response draft/account-registration sasl")
        talk.say("ana", "NICK ana")
        talk.say("ana", "USER ana 0 * :Ana")
        await talk.ask_slowly("ana", "CAP END")
        await talk.ask_slowly("ana", "REGISTER * * :correto cavalo bateria")
        wire = Wire(identity=account(account="ana", password="correto cavalo bateria"))
        other = talk.connect("bia")
        other.link.secure = True
        sent: list[str] = []
        wire.network.opened(sent.append)
        wire.network.session.offered["sasl"] = offered
        async with asyncio.timeout(30):
            while wire.network.status != "online":
                while sent:
                    talk.say("bia", sent.pop(0).replace("NICK ana", "NICK bia"))
                await talk.quiet("bia")
                for line in talk.heard("bia"):
                    wire.network.received_line(line if not offered else line.replace("SCRAM-SHA-256", offered))
                await asyncio.sleep(0)
        return wire.network.account

    for offered in ("", "PLAIN"):
        assert asyncio.run(play(offered)) == "ana"
