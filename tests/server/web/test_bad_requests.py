"""Garbage over HTTP is one line in the log now and then."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import pytest
from aiohttp.http_exceptions import BadStatusLine
from live_server import TIMEOUT_S, IrcClient, serve

from papo.server.web.bad_requests import INTERVAL_S, BadRequests

GARBAGE = [
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n",
    b"POST /f HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nBad \x1b[31mHeader\r\n\r\n",
    b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://[::1/ HTTP/1.1\r\nHost: [\r\n\r\n",
    b"POST /f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
]


def test_bad_requests_are_one_line_and_errors_keep_their_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    """The next line counts those that were left out."""
    now_s = [0.0]
    logger = logging.getLogger("papo.test.requests")
    limit = BadRequests(lambda: now_s[0])
    logger.addFilter(limit)
    try:
        with caplog.at_level(logging.INFO, "papo.test.requests"):
            for step_s in (0.0, 1.0, 1.0, INTERVAL_S):
                now_s[0] += step_s
                try:
                    raise BadStatusLine("\x1b[31m\nnonsense")
                except BadStatusLine:
                    logger.exception("Error handling request from %s", "192.0.2.1")
            try:
                raise KeyError("ours")
            except KeyError:
                logger.exception("Error handling request")
    finally:
        logger.removeFilter(limit)
    first, second, ours = caplog.records
    assert first.getMessage() == "Error handling request from 192.0.2.1: BadStatusLine"
    assert "and 2 bad requests" in second.getMessage()
    assert (first.exc_info, second.exc_info) == (None, None)
    assert ours.exc_info is not None


def test_a_server_that_gets_garbage_goes_on(tmp_path: Path) -> None:
    """Each sender gets a 400, the log a line, and nobody else notices."""
    with serve(tmp_path, ["http", "irc"]) as server:
        for data in GARBAGE * 5:
            with socket.create_connection(("127.0.0.1", server.ports["http"]), TIMEOUT_S) as peer:
                peer.sendall(data)
                assert peer.recv(12) in {b"HTTP/1.0 400", b"HTTP/1.1 400"}
        client = IrcClient(server.ports["irc"])
        client.register("ana")
        client.close()
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    assert log.count("Error handling request") == 1
    assert "\x1b" not in log
