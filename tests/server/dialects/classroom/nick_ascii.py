"""A nick-ascii client, as its document describes it: HOST PORT NICKNAME; it ends at anything that is not ASCII."""

import socket
import sys
import threading


def receive(connection: socket.socket, nickname: str) -> None:
    """Answer NICK, print the rest."""
    while True:
        try:
            message = connection.recv(1024).decode("ascii")
        except (OSError, UnicodeDecodeError):
            print("Ocorreu um erro!", flush=True)
            break
        if not message:
            break
        if message == "NICK":
            connection.send(nickname.encode("ascii"))
        else:
            print(message, flush=True)


connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
nickname = sys.argv[3]
reader = threading.Thread(target=receive, args=(connection, nickname), daemon=True)
reader.start()
for line in sys.stdin:
    connection.send(f"{nickname}: {line.rstrip()}".encode("ascii"))
connection.shutdown(socket.SHUT_RDWR)
reader.join(5)
connection.close()
