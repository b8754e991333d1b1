"""What is known of a user."""

from __future__ import annotations

from papo.client.state.user_info import UserInfo
from papo.protocol.irc import Line, parse
from papo.ui.whois import facts


def answer(*lines: str) -> list[Line]:
    """The server's lines."""
    return [line for line in map(parse, lines) if line is not None]


def test_an_answer_as_facts() -> None:
    """Each numeric that says something; odd ones as they are."""
    found = facts(
        None,
        answer(
            ":s 311 ana bia b example.org * :Beatriz", ":s 312 ana bia papo.test :Papo", ":s 319 ana bia :@#sala #aula",
            ":s 317 ana bia 3725 1763632800 :seconds idle, signon time", ":s 330 ana bia bibi :is logged in as",
            ":s 671 ana bia :is using a secure connection", ":s 317 ana bia x y :odd", ":s 318 ana bia :End",
        ),
    )  # fmt: skip
    assert found == [
        ("Name", "Beatriz"), ("Address", "b@example.org"), ("Server", "papo.test"), ("Channels", "@#sala #aula"),
        ("Online since", "Thursday, November 20, 2025 10:00"), ("Idle for", "1 h 2 min"), ("Account", "bibi"),
        ("", "is using a secure connection"), ("", "x y odd"),
    ]  # fmt: skip


def test_what_is_known_already_is_said_once() -> None:
    """Account and away state come with messages too."""
    info = UserInfo("bia", account="bibi", away=True, away_text="lunch")
    lines = answer(":s 301 ana bia :lunch", ":s 330 ana bia bibi :is logged in as", ":s 313 ana bia :is an operator")
    assert facts(info, lines) == [("Account", "bibi"), ("Away", "lunch"), ("", "is an operator")]


def test_control_characters_are_left_out() -> None:
    """Names come from others."""
    assert facts(None, answer(":s 319 ana bia :#a\x1b[2J")) == [("Channels", "#a[2J")]
