"""Only passwords that the server has accepted are saved."""

from __future__ import annotations

from fake_server import CoreServer

from papo.client.identity import Identity
from papo.client.settings import Settings
from papo.ui.unsaved_passwords import UnsavedPasswords

URL = "ircs://papo.test:6697"


def sign_in(server: CoreServer, answer: str) -> None:
    """Log in with PLAIN, which the server answers with this line."""
    server.send(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +", answer)


def new_server(password: str) -> CoreServer:
    """A server that the client of ana's account has just reached."""
    server = CoreServer(identity=Identity("ana", account="ana", password=password), url="ircs://papo.test")
    server.accept()
    return server


def test_an_accepted_password_is_saved_once() -> None:
    """Not before the server says so; its account is kept in the settings."""
    server, settings = new_server("right"), Settings()
    passwords = UnsavedPasswords(settings)
    passwords.add(server.network, "ana", "right")
    assert passwords.take_accepted() == []
    sign_in(server, ":s 903 ana :ok")
    assert passwords.take_accepted() == [(URL, "ana", "right")]
    assert settings.server(URL).account == "ana"
    assert passwords.take_accepted() == []


def test_a_wrong_password_is_replaced_by_the_right_one() -> None:
    """Which the user was asked for."""
    server = new_server("wrong")
    passwords = UnsavedPasswords(Settings())
    passwords.add(server.network, "ana", "wrong")
    sign_in(server, ":s 904 ana :failed")
    assert passwords.take_accepted() == []
    server.network.log_in("ana", "right")
    passwords.add(server.network, "ana", "right")
    server.send("AUTHENTICATE +", ":s 903 ana :ok")
    assert passwords.take_accepted() == [(URL, "ana", "right")]


def test_being_logged_in_already_does_not_make_a_wrong_password_right() -> None:
    """Only the answer to this login counts."""
    server = new_server("right")
    sign_in(server, ":s 903 ana :ok")
    passwords = UnsavedPasswords(Settings())
    server.network.log_in("bia", "wrong")
    passwords.add(server.network, "bia", "wrong")
    server.send("AUTHENTICATE +", ":s 904 ana :failed")
    assert passwords.take_accepted() == []


def test_a_network_that_is_left_saves_nothing() -> None:
    """Whatever the server answers later."""
    server = new_server("right")
    passwords = UnsavedPasswords(Settings())
    passwords.add(server.network, "ana", "right")
    passwords.discard(server.network)
    sign_in(server, ":s 903 ana :ok")
    assert passwords.take_accepted() == []
