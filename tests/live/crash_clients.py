"""Clients that do everything at once, on every transport and dialect, and note what they send and receive."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from typing import Any

from crash_checker import Client, Entry, Row, Written
from live_server import TIMEOUT_S, IrcClient
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from papo.protocol.irc import Line, parse

CHANNEL = "#papo"
CAPS = (
    "message-tags echo-message batch server-time draft/chathistory draft/event-playback draft/message-redaction "
    "draft/message-edit draft/metadata-2 draft/read-marker labeled-response standard-replies"
)
OWNER, PASSWORD = "dona", "senha-da-dona-0"
WINDOW = 12
"""Requests under way."""
_KEY = re.compile(r"(\w+[ -]\d+)\b")


class WebSocketClient:
    """An IRC client over WebSocket, with the methods of `IrcClient` that are used here."""

    def __init__(self, port: int) -> None:
        protocol = Subprotocol("text.ircv3.net")
        self._socket = connect(
            f"ws://127.0.0.1:{port}", subprotocols=[protocol], open_timeout=TIMEOUT_S, proxy=None, legacy=True
        )

    def send(self, line: str) -> None:
        """Send a line."""
        try:
            self._socket.send(line)
        except ConnectionClosed:
            raise EOFError from None

    def receive(self) -> str:
        """The next line. Raises EOFError when the connection is closed."""
        try:
            return str(self._socket.recv())
        except ConnectionClosed:
            raise EOFError from None

    receive_until = IrcClient.receive_until
    register = IrcClient.register

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def key_of(text: str) -> str:
    """`AUTHOR NUMBER` at the beginning of a text, a mask or a reason; "" if it has none."""
    found = _KEY.match(text)
    return found[1].replace("-", " ") if found else ""


def row_of(line: Line, messages: dict[str, str]) -> Row | None:
    """What happened, as a line of the history or a live one says it; None for anything else.

    `messages` maps msgids to keys: messages are added to it, and what changes them is found by it.
    """
    params, msgid = line.params, line.tags.get("msgid", "")
    if line.command in {"PRIVMSG", "NOTICE"} and params[0] == CHANNEL and key_of(params[1]):
        messages[msgid] = key_of(params[1])
        return Row(msgid, key_of(params[1]), text=params[1])
    if line.command == "EDIT":
        number = params[2].rpartition(" ")[2]
        author = params[2].partition(" ")[0]
        return Row(msgid, f"{author} {number}", "edit", messages.get(params[1], "?"), params[2])
    if line.command == "REDACT":
        return Row(msgid, key_of(params[2]), "redaction", messages.get(params[1], "?"))
    if line.command == "TAGMSG" and "+draft/react" in line.tags:
        return Row(msgid, key_of(line.tags["+draft/react"]), "reaction")
    if line.command == "TOPIC":
        return Row(msgid, key_of(params[1]), "topic")
    if line.command == "MODE" and params[1] == "+b":
        return Row(msgid, key_of(params[2]), "ban")
    return None


class Speaker(threading.Thread):
    """A client over IRC or WebSocket that keeps `WINDOW` requests under way until the connection breaks."""

    def __init__(self, make: Callable[[int], Any], port: int, nick: str, *, owner_password: str = "") -> None:
        super().__init__(daemon=True)
        self.nick = nick
        self.client = Client(nick, [])
        self.written: list[Written] = []
        self._owner = bool(owner_password)
        self._password = owner_password
        self._connection = make(port)
        self._connection.register(nick, CAPS)
        if self._owner:
            self._connection.send(f"NS IDENTIFY {OWNER} {owner_password}")
            self._connection.receive_until("You are now logged in")
        self._connection.send(f"JOIN {CHANNEL}")
        self._connection.receive_until(" 366 ")
        self._messages: dict[str, str] = {}
        self._own: list[tuple[str, str]] = []
        """(msgid, key) of acknowledged messages that nobody has asked to change."""
        self._number = 0
        self._pending: dict[str, Entry] = {}
        self._settings: dict[str, list[str]] = {"url": [], "marker": [], "password": []}
        """Setting to its values under way, oldest first."""

    def run(self) -> None:
        """Until the connection breaks."""
        try:
            for _ in range(WINDOW):
                self._send_next()
            while True:
                line = parse(self._connection.receive())
                if line is not None:
                    self._take(line)
        except (EOFError, OSError):
            self._connection.close()

    # --- out

    def _send_next(self) -> None:
        number, self._number = self._number, self._number + 1
        key = f"{self.nick} {number}"
        which = number % 12
        if self._owner and which in {2, 4, 6, 8, 10}:
            self._set(which, number, key)
            return
        if which == 5 and self._own:
            msgid, of = self._own.pop(0)
            self._request(Entry("sent", key, of, "edit"), f"EDIT {CHANNEL} {msgid} :{of} editada {number}")
        elif which == 9 and len(self._own) > 1:
            msgid, of = self._own.pop(0)
            self._request(Entry("sent", key, of, "redaction"), f"REDACT {CHANNEL} {msgid} :{key}")
        elif which == 7:
            self._request(
                Entry("sent", key, kind="reaction"), f"@+draft/react={key.replace(' ', '-')} TAGMSG {CHANNEL}"
            )
        else:
            verb = "NOTICE" if which == 3 else "PRIVMSG"
            self._request(Entry("sent", key), f"{verb} {CHANNEL} :{key} ação")

    def _set(self, which: int, number: int, key: str) -> None:
        """Something that is in force afterwards."""
        if which == 2:
            self.written.append(Written("topic", key, "sent"))
            self._request(Entry("sent", key, kind="topic"), f"TOPIC {CHANNEL} :{key}")
        elif which == 4:
            mask = f"{key.replace(' ', '-')}!*@*"
            self.written.append(Written(f"ban {mask}", "set", "sent"))
            self._request(Entry("sent", key, kind="ban"), f"MODE {CHANNEL} +b {mask}")
        elif which == 6:
            self._write("url", key.replace(" ", "-"), f"METADATA {CHANNEL} SET url :{key.replace(' ', '-')}")
        elif which == 8:
            at = int(self.nick[1:-1])
            day, hour, minute = 1 + at // 1440 % 28, at // 60 % 24, at % 60
            value = f"2026-01-{day:02}T{hour:02}:{minute:02}:{number // 1000:02}.{number % 1000:03}Z"
            self._write("marker", value, f"MARKREAD {CHANNEL} timestamp={value}")
        else:
            value = f"senha-{self.nick}-{number}"
            if self._settings["password"]:  # the next one needs the one before
                self._send_next()
            else:
                self._write("password", value, f"NS PASSWD {self._password} {value}")

    def _write(self, setting: str, value: str, line: str) -> None:
        self.written.append(Written(setting, value, "sent"))
        self._settings[setting].append(value)
        self._connection.send(line)

    def _request(self, entry: Entry, line: str) -> None:
        self.client.entries.append(entry)
        self._pending[entry.key] = entry
        label = f"label={entry.key.replace(' ', '-')}"
        self._connection.send(f"@{label};{line[1:]}" if line[0] == "@" else f"@{label} {line}")

    # --- in

    def _take(self, line: Line) -> None:
        refused = self._pending.pop(key_of(line.tags.get("label", "")), None) if line.command == "FAIL" else None
        if refused is not None:
            self.client.entries.append(refused._replace(what="refused"))
            self._send_next()
        row = row_of(line, self._messages)
        if row is not None:
            mine = line.source.startswith(self.nick + "!") and row.key in self._pending
            self.client.entries.append(Entry("acked" if mine else "seen", row.key, row.of, row.kind))
            if mine:
                self._acknowledged(row)
                self._send_next()
        elif self._owner:
            self._setting_answered(line)

    def _acknowledged(self, row: Row) -> None:
        del self._pending[row.key]
        if row.kind == "message":
            self._own.append((row.msgid, row.key))
        elif row.kind == "topic":
            self.written.append(Written("topic", row.key, "acked"))
        elif row.kind == "ban":
            self.written.append(Written(f"ban {row.key.replace(' ', '-')}!*@*", "set", "acked"))

    def _setting_answered(self, line: Line) -> None:
        setting = ""
        if line.command == "761":
            setting = "url"
        elif line.command == "MARKREAD" and self._settings["marker"]:
            setting = "marker"
        elif line.command == "NOTICE" and "Your password is changed" in line.params[-1]:
            setting = "password"
        if setting and self._settings[setting]:
            value = self._settings[setting].pop(0)
            self.written.append(Written(setting, value, "acked"))
            if setting == "password":
                self._password = value
            self._send_next()


class ClassroomSpeaker(threading.Thread):
    """A client of a classroom dialect that ends its messages with newlines, as `nc` does."""

    def __init__(self, scheme: str, port: int, nick: str) -> None:
        super().__init__(daemon=True)
        self.client = Client(nick, [])
        self.nick = nick
        self._bare = scheme == "handshake"
        """Whether a text is sent without the nick in front."""
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        if scheme in {"nick", "nick-ascii", "handshake"}:
            self._socket.sendall(nick.encode() + b"\n")
        self._number = 0

    def run(self) -> None:
        """Send a few at once, and one more for each that is received."""
        text = ""
        try:
            for _ in range(3):
                self._send_next()
            while data := self._socket.recv(65536):
                text += data.decode("utf-8", "replace")
                *lines, text = text.split("\n")
                for line in lines:
                    found = re.search(r"(\w+ \d+) a", line)
                    if found:
                        self._note(found[1])
        except OSError:
            pass
        self._socket.close()

    def _note(self, key: str) -> None:
        mine = key.startswith(self.nick + " ")
        self.client.entries.append(Entry("acked" if mine else "seen", key))
        if self._number < 200:
            self._send_next()

    def _send_next(self) -> None:
        key = f"{self.nick} {self._number}"
        self._number += 1
        self.client.entries.append(Entry("sent", key))
        text = f"{key} ação"
        self._socket.sendall(f"{text if self._bare else f'{self.nick}: {text}'}\n".encode())
