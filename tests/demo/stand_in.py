"""A chat client for tests of the demo: it comes in, says so, and ends when its standard input says how.

`quit` ends it well, `fail` with exit code 3. Run as `python stand_in.py PORT NICK`.
"""

from __future__ import annotations

import os
import socket
import sys
import threading


def obey() -> None:
    """Do what is typed."""
    for line in sys.stdin:
        if line.strip() in {"quit", "fail"}:
            os._exit(3 if line.strip() == "fail" else 0)


port, nick = int(sys.argv[1]), sys.argv[2]
with socket.create_connection(("127.0.0.1", port), 30) as link, link.makefile("rwb") as lines:
    link.settimeout(None)
    lines.write(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN #papo\r\n".encode())
    lines.flush()
    threading.Thread(target=obey, daemon=True).start()
    for line in lines:
        words = line.split()
        if words[0] == b"PING":
            lines.write(b"PONG " + words[1] + b"\r\n")
            lines.flush()
        elif words[1] == b"366":
            sys.stdout.write(f"{nick} is in {words[3].decode()}\n")
            sys.stdout.flush()
sys.exit(4)
