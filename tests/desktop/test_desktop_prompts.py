"""What the window asks when a server refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
from desktop_screen import ROOM, desktop_screen, wait_until

from papo.client import saved_passwords
from papo.desktop.dialogs.prompts import (
    AccountPrompt,
    CertificatePrompt,
    CodePrompt,
    GuestPrompt,
    NickPrompt,
    ServerPasswordPrompt,
)


def test_another_nick_is_asked_for(tmp_path: Path) -> None:
    """In the window, on the same connection."""
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("irc://papo.test", nick="ana", rooms=[ROOM])
        screen.server.accept()
        screen.server.send(":s CAP * LS :", ":s 433 * ana :Nickname is already in use")
        asked = screen.window.findChild(NickPrompt)
        assert asked is not None
        asked.field.setText("ana2")
        screen.click("Connect")
        assert screen.server.lines[-1] == "NICK ana2"
        screen.server.send(":s 001 ana2 :Welcome", ":s 005 ana2 NETWORK=Papo :are", ":s 422 ana2 :-")
        assert screen.network.status == "online"
        assert screen.networks.settings.server("irc://papo.test:6667").nick == "ana2"


def test_a_wrong_password_is_asked_for_again(tmp_path: Path) -> None:
    """And tried on the same connection."""
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("ircs://papo.test", nick="ana", account="ana", password="wrong")
        screen.server.accept()
        screen.server.send(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +", ":s 904 ana :failed")
        asked = screen.window.findChild(AccountPrompt)
        assert asked is not None
        asked.password.setText("right")
        screen.click("Sign in")
        assert screen.server.lines[-1] == "AUTHENTICATE PLAIN"


class ImmediateWorker:
    """Runs everything at once, in this thread."""

    def run(self, work: Coroutine[object, object, bool], done: Callable[[bool], None]) -> None:
        """Run `work`, then call `done` with its result."""
        done(asyncio.run(work))

    def stop(self) -> None:
        """Nothing is running."""


def test_a_password_is_saved_once_the_server_has_accepted_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong one is not."""
    saved: list[tuple[str, str, str]] = []

    def remember(server: str, account: str, password: str) -> bool:
        saved.append((server, account, password))
        return True

    monkeypatch.setattr(saved_passwords, "remember", remember)
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("ircs://papo.test", nick="ana", account="ana", password="forgotten")
        monkeypatch.setattr(screen.networks, "worker", ImmediateWorker())
        screen.server.accept()
        screen.server.send(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +", ":s 904 ana :failed")
        for password, answer in (("wrong", ":s 904 ana :failed"), ("right", ":s 903 ana :ok")):
            asked = screen.window.findChildren(AccountPrompt)[-1]
            asked.password.setText(password)
            asked.saves.setChecked(True)
            asked.sign_in()
            screen.networks.tick()
            assert saved == []
            screen.server.send("AUTHENTICATE +", answer)
            screen.networks.tick()
        assert saved == [("ircs://papo.test:6697", "ana", "right")]


def test_a_certificate_is_trusted(tmp_path: Path) -> None:
    """Trusted once, then connected again."""
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("ircs://papo.test", nick="ana")
        screen.network.distrusted("ab" * 32)
        screen.network.lost("The server's certificate is not known.", 0)
        asked = screen.window.findChild(CertificatePrompt)
        assert asked is not None
        screen.click("Trust it")
        wait_until(lambda: screen.network.status == "connecting")
        assert screen.networks.pinned(screen.network) == "ab" * 32


def test_without_a_safe_way_to_sign_in_the_user_continues_as_a_guest(tmp_path: Path) -> None:
    """Over a connection that does not keep a password safe, asking for one would not help."""
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("irc://papo.test", nick="ana", account="ana", password="secret")
        screen.server.accept()
        screen.server.send(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl")
        assert screen.window.findChild(GuestPrompt) is not None
        screen.click("Continue as a guest")
        assert screen.server.lines[-1] == "CAP END"


def test_the_servers_password_is_asked_for(tmp_path: Path) -> None:
    """And sent with the next connection."""
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("ircs://papo.test", nick="ana")
        screen.server.accept()
        screen.server.send(":s CAP * LS :", ":s 464 ana :Password incorrect")
        asked = screen.window.findChild(ServerPasswordPrompt)
        assert asked is not None
        asked.password.setText("open sesame")
        screen.click("Connect")
        assert screen.network.identity.server_password == "open sesame"


def test_going_back_leaves_the_network(tmp_path: Path) -> None:
    """Without another nick it cannot be entered."""
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("irc://papo.test", nick="ana")
        screen.server.accept()
        screen.server.send(":s CAP * LS :", ":s 433 * ana :Nickname is already in use")
        screen.click("Cancel")
        assert screen.networks.all == []


def test_a_second_factor_is_asked_for(tmp_path: Path) -> None:
    """As often as it is wrong, on the same connection."""
    with desktop_screen(tmp_path) as screen:
        screen.networks.add("ircs://papo.test", nick="ana", account="ana", password="right")
        screen.server.accept()
        screen.server.send(
            ":s CAP * LS :sasl=PLAIN papo.chat/second-factor", ":s CAP * ACK :sasl papo.chat/second-factor"
        )
        screen.server.send("AUTHENTICATE +", ":s SECONDFACTOR REQUIRED ana totp :Enter the code")
        for answer in (":s FAIL SECONDFACTOR BAD_SECOND_FACTOR :wrong", ":s 903 ana :ok"):
            asked = screen.window.findChildren(CodePrompt)[-1]
            asked.field.setText("123 456")
            screen.click("Sign in")
            assert screen.server.lines[-1].startswith("SECONDFACTOR CODE totp 123456 ")
            screen.server.send(answer)
        assert screen.server.lines[-1] == "CAP END"
