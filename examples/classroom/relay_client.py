"""Cliente `relay`: manda `NOME: TEXTO` e mostra o que os outros mandam. / A relay client.

Uso / usage: python relay_client.py [HOST] [PORT]
"""

import codecs
import contextlib
import os
import socket
import sys
import threading

HOST = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 12345


def show(connection: socket.socket) -> None:
    # Um caractere acentuado são dois bytes, que podem chegar separados: o decodificador espera pelo segundo.
    # An accented letter is two bytes, which may arrive apart: the decoder waits for the second one.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with contextlib.suppress(OSError):
        # recv() vazio: o outro lado fechou.
        # An empty recv(): the other side has closed.
        while data := connection.recv(1024):
            # O protocolo não diz onde uma mensagem termina: duas podem sair numa linha, ou uma em duas.
            # The protocol does not mark where a message ends: two may share a line, or one may take two.
            text = "".join(char for char in decoder.decode(data) if char.isprintable() or char == "\n")
            if text:
                print(text.rstrip("\n"))
    print("Conexão encerrada.", flush=True)
    # sys.exit() terminaria só esta thread; a outra espera o teclado.
    # sys.exit() would end only this thread; the other one waits for the keyboard.
    os._exit(0)


name = input("Nome: ").strip() or "visitante"
connection = socket.create_connection((HOST, PORT))
reader = threading.Thread(target=show, args=(connection,), daemon=True)
reader.start()
with contextlib.suppress(OSError, KeyboardInterrupt):
    for line in sys.stdin:
        if line.strip().lower() == "/sair":
            break
        if line.strip():
            # send() pode mandar só uma parte; sendall() manda tudo.
            # send() may send only a part; sendall() sends everything.
            connection.sendall(f"{name}: {line.rstrip()}".encode(errors="replace"))
    # Fim do nosso lado; o servidor fecha o dele, e show() vê. Se ele não fecha, dois segundos bastam.
    # Our side ends; the server closes its own, and show() sees it. If it does not, two seconds are enough.
    connection.shutdown(socket.SHUT_WR)
    reader.join(2)
print("Conexão encerrada.")
