"""A session that its owner has ended from another one does not come back by itself."""

from __future__ import annotations

from fake_server import CoreServer


def test_a_session_that_was_ended_stays_away() -> None:
    """The user is told why; another refusal of the server is no reason to stay away."""
    server = CoreServer(rooms=["#sala"])
    server.accept()
    server.negotiate()
    server.welcome()
    server.send(":srv FAIL * SOMETHING :não deu")
    assert not server.network.is_closed
    server.send(":srv FAIL * SESSION_ENDED :you were logged out from another session")
    assert server.network.is_closed
