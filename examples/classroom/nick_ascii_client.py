"""Cliente `nick-ascii`: como `nick`, sem acentos. / A nick-ascii client: nick without accents.

Uso / usage: python nick_ascii_client.py [HOST] [PORT]
"""

import codecs
import contextlib
import os
import socket
import sys
import threading
import unicodedata

HOST = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 55555


def to_ascii(text: str) -> bytes:
    # Quem recebe morre com um byte que não é ASCII: `ação` vai como `acao`, e o que não tem letra, `?`.
    # The other clients fail at a byte that is not ASCII: `ação` is sent as `acao`, anything else as `?`.
    letters = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return letters.encode("ascii", "replace")


def show(connection: socket.socket) -> None:
    # Um caractere acentuado são dois bytes, que podem chegar separados: o decodificador espera pelo segundo.
    # An accented letter is two bytes, which may arrive apart: the decoder waits for the second one.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with contextlib.suppress(OSError):
        # recv() vazio: o outro lado fechou.
        # An empty recv(): the other side has closed.
        while data := connection.recv(1024):
            joined.set()
            # O protocolo não diz onde uma mensagem termina: duas podem sair numa linha, ou uma em duas.
            # The protocol does not mark where a message ends: two may share a line, or one may take two.
            text = "".join(char for char in decoder.decode(data) if char.isprintable() or char == "\n")
            if text:
                print(text.rstrip("\n"))
    print("Conexão encerrada.", flush=True)
    # sys.exit() terminaria só esta thread; a outra espera o teclado.
    # sys.exit() would end only this thread; the other one waits for the keyboard.
    os._exit(0)


nickname = input("Apelido: ").strip() or "visitante"
connection = socket.create_connection((HOST, PORT))
# Exatamente quatro bytes, nem que venham um a um, e nada do que vier depois.
# Exactly four bytes, even if they arrive one by one, and nothing of what follows.
question = b""
while len(question) < 4 and (piece := connection.recv(4 - len(question))):
    question += piece
if question != b"NICK":
    sys.exit("Ocorreu um erro!")
connection.sendall(to_ascii(nickname))
joined = threading.Event()
reader = threading.Thread(target=show, args=(connection,), daemon=True)
reader.start()
# O servidor toma por apelido um recv() inteiro: antes da resposta, nada pode vir colado a ele.
# The server takes a whole recv() for the nickname: before its answer, nothing may be glued to it.
joined.wait(10)
with contextlib.suppress(OSError, KeyboardInterrupt):
    for line in sys.stdin:
        if line.strip():
            # send() pode mandar só uma parte; sendall() manda tudo.
            # send() may send only a part; sendall() sends everything.
            connection.sendall(to_ascii(f"{nickname}: {line.rstrip()}"))
    # Fim do nosso lado; o servidor fecha o dele, e show() vê. Se ele não fecha, dois segundos bastam.
    # Our side ends; the server closes its own, and show() sees it. If it does not, two seconds are enough.
    connection.shutdown(socket.SHUT_WR)
    reader.join(2)
