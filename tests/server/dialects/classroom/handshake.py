"""A handshake client, as its document describes it: HOST PORT; nicks first, until one is free."""

import socket
import sys
import threading


def show(connection: socket.socket) -> None:
    """Print what the server sends."""
    while data := connection.recv(2048):
        print(data.decode("utf-8"), end="", flush=True)
    print("Connection closed!", flush=True)


connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print(f"Connected to {sys.argv[1]} : {sys.argv[2]}", flush=True)
for line in sys.stdin:
    nickname = line.rstrip("\n")
    if not 3 <= len(nickname) <= 10:
        continue
    connection.send(nickname.encode("utf-8"))
    answer = connection.recv(1024).decode("utf-8")
    print(answer, flush=True)
    if answer == "TRUE":
        break
reader = threading.Thread(target=show, args=(connection,), daemon=True)
reader.start()
for line in sys.stdin:
    connection.send(line.rstrip("\n").encode("utf-8"))
    if line.lower().startswith("/close"):
        break
reader.join(5)
connection.close()
