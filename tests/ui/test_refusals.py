"""What a refusal says and asks."""

from __future__ import annotations

import pytest
from fake_server import CoreServer

from papo.client.address import read_address
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.identity import Identity
from papo.ui import refusals


@pytest.mark.parametrize(
    ("code", "prompt"),
    [
        ("433", "nick"), ("432", "nick"), ("904", "account"), ("902", "account"), ("sasl", "guest"),
        ("464", "server password"), ("certificate", "certificate"), ("465", ""), ("", ""),
    ],
)  # fmt: skip
def test_prompts(code: str, prompt: str) -> None:
    """What the user is asked for."""
    assert refusals.prompt_for(code) == prompt


def test_sentences() -> None:
    """In our words if we have them, else in the server's."""
    network = CoreServer().network
    assert refusals.sentence(network, "433", "Nickname is already in use") == "This nick is taken. Choose another."
    assert refusals.sentence(network, "465", "spam") == "You are banned from this server: spam"
    assert refusals.sentence(network, "437", "Unavailable") == "Unavailable"


def test_a_classroom_server_speaks_for_itself() -> None:
    """Its dialect knows better what is wrong with a nick."""
    network = ClassroomNetwork(read_address("handshake://localhost"), Identity("an"))
    assert refusals.sentence(network, "432", "3 to 10 characters") == "3 to 10 characters"


def test_suggested_nicks() -> None:
    """Another one if ours is taken, the same to be corrected if it is not valid."""
    network = CoreServer().network
    assert refusals.suggested_nick(network, "433") == "ana2"
    assert refusals.suggested_nick(network, "432") == "ana"


def test_fingerprints_are_written_as_openssl_writes_them() -> None:
    """In two lines of 16 pairs."""
    assert refusals.fingerprint_lines("ab" * 32) == [":".join(["AB"] * 16)] * 2


def test_a_certificate_that_changed_is_another_question() -> None:
    """The first time the user compares, later they should be alarmed."""
    assert "not signed by a trusted authority" in refusals.certificate_question("papo.test", changed=False)
    assert "not the one you trusted" in refusals.certificate_question("papo.test", changed=True)
