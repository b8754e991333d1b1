"""Cliente `handshake`: oferece apelidos até um estar livre, e conversa. / A handshake client: a free nickname first.

Uso / usage: python handshake_client.py [HOST] [PORT]
"""

import codecs
import contextlib
import os
import socket
import sys
import threading

# A porta do original é 12345; aqui essa é a do `relay`.
# The original's port is 12345; here that is the port of `relay`.
HOST, PORT = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 12346


def show(connection: socket.socket) -> None:
    # Um caractere acentuado são dois bytes, que podem chegar separados: o decodificador espera pelo segundo.
    # An accented letter is two bytes, which may arrive apart: the decoder waits for the second one.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with contextlib.suppress(OSError):
        # recv() vazio: o outro lado fechou. Uma mensagem termina com "\n", mas um recv() pode parar antes.
        # An empty recv(): the other side has closed. A message ends with "\n", but a recv() may stop before it.
        while data := connection.recv(2048):
            print("".join(char for char in decoder.decode(data) if char.isprintable() or char == "\n"), end="")
    print("Connection closed!", flush=True)
    # sys.exit() terminaria só esta thread; a outra espera o teclado.
    # sys.exit() would end only this thread; the other one waits for the keyboard.
    os._exit(0)


try:
    connection = socket.create_connection((HOST, PORT))
except OSError as error:
    sys.exit(f"Connection error. {error}")
print(f"Connected to {HOST} : {PORT}")
answer = b""
while answer != b"TRUE":
    nickname = input("Nickname (3-10): ").strip()
    if 3 <= len(nickname) <= 10:
        connection.sendall(nickname.encode(errors="replace"))
        # TRUE ou FALSE, nem que venha letra por letra, e nada do que vier depois.
        # TRUE or FALSE, even if it arrives letter by letter, and nothing of what follows.
        answer = b""
        while answer not in {b"TRUE", b"FALSE"}:
            answer += connection.recv(1) or sys.exit(f"{answer.decode(errors='replace')}\nConnection closed!")
        print(answer.decode())
reader = threading.Thread(target=show, args=(connection,), daemon=True)
reader.start()
with contextlib.suppress(OSError, KeyboardInterrupt):
    for line in sys.stdin:
        if line.lower().startswith("/close"):
            break
        if line.strip():
            # send() pode mandar só uma parte; sendall() manda tudo.
            # send() may send only a part; sendall() sends everything.
            connection.sendall(line.rstrip().encode(errors="replace"))
    connection.sendall(b"/close")
    # O servidor fecha o lado dele, e show() vê. Se ele não fecha, dois segundos bastam.
    # The server closes its side, and show() sees it. If it does not, two seconds are enough.
    reader.join(2)
print("Connection closed!")
