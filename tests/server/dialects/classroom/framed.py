"""A framed client, as its document describes it: HOST PORT; each message has a 64-byte header."""

import socket
import sys
import threading

HEADER = 64


def send(connection: socket.socket, text: str) -> None:
    """The length in decimal, padded with spaces to 64 bytes, then the payload."""
    payload = text.encode("utf-8")
    connection.send(str(len(payload)).encode("utf-8").ljust(HEADER))
    connection.send(payload)


def show(connection: socket.socket) -> None:
    """Print what the server sends."""
    while data := connection.recv(2048):
        print(data.decode("utf-8"), flush=True)


connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
reader = threading.Thread(target=show, args=(connection,), daemon=True)
reader.start()
for line in sys.stdin:
    send(connection, line.rstrip("\n"))
send(connection, "Desconectar")
reader.join(5)
connection.close()
