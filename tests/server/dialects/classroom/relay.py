"""A relay client, as its document describes it: HOST PORT NAME; lines of standard input are messages."""

import socket
import sys
import threading


def show(connection: socket.socket) -> None:
    """Print what the server sends, one recv() at a time."""
    while data := connection.recv(1024):
        print(data.decode("utf-8"), flush=True)
    print("Conexão encerrada.", flush=True)


connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
name = sys.argv[3]
reader = threading.Thread(target=show, args=(connection,), daemon=True)
reader.start()
for line in sys.stdin:
    text = line.rstrip("\n")
    if text.lower() == "/sair":
        break
    connection.send(f"{name}: {text}".encode())
connection.shutdown(socket.SHUT_RDWR)
reader.join(5)
connection.close()
