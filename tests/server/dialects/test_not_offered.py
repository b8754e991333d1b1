"""What has done harm elsewhere, and Papo does not have."""

from __future__ import annotations

import re
from pathlib import Path

from memory_server import MemoryServer, make_config

import papo
from papo.config import Limits
from papo.server.dialects.irc.verb import VERBS

SOURCES = [path for path in Path(papo.__file__).parent.rglob("*.py") if "static" not in path.parts]


def test_starttls() -> None:
    """A connection is encrypted from its first byte or never: nothing can be put in before (F29)."""
    server = MemoryServer()
    server.connect("eva")
    offered = " ".join(server.ask("eva", "CAP LS 302"))
    assert " tls" not in offered
    assert not re.search(r"\bstarttls\b", offered, re.IGNORECASE)
    assert "STARTTLS" not in VERBS
    server.register("ana")
    assert " 421 ana STARTTLS " in server.ask("ana", "STARTTLS")[0]


def test_reverse_look_ups() -> None:
    """No name that the owner of an address chooses is looked up, so none is believed (F19)."""
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"gethostbyaddr|getnameinfo|getfqdn|in-addr\.arpa|ip6\.arpa", text), path


def test_texts_of_users_in_a_ping() -> None:
    """A PING has the server's own name, and no text that a firewall could take for a DCC request (F28)."""
    server = MemoryServer(make_config(limits=Limits(enabled=False, ping_after_s=1, drop_after_s=1000)))
    server.register("ana")
    server.send("ana", "SETNAME :\x01DCC SEND x 0 0\x01")
    server.received("ana")
    server.now_s += 100
    server.clients["ana"].sweep(server.now_s)
    server.run_deferred()
    assert server.received("ana") == ["PING :papo.test"]


def test_dcc_where_a_channel_refuses_it() -> None:
    """With mode +C nothing in CTCP's quotes gets through but actions (F28)."""
    server = MemoryServer()
    server.register("ana", "#sala")
    server.register("bia", "#sala")
    server.send("ana", "MODE #sala +C")
    server.received("bia")
    for text in ("\x01DCC SEND startkeylogger 0 0 0\x01", "\x01PING 1\x01", "\x01DCC SEND x"):
        server.send("ana", f"PRIVMSG #sala :{text}")
    assert server.received("bia") == []
    server.send("ana", "PRIVMSG #sala :\x01ACTION acena\x01")
    assert len(server.received("bia")) == 1
