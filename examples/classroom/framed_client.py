"""Cliente `framed`: antes de cada mensagem manda o tamanho dela. / A framed client: sends each message's size first.

Uso / usage: python framed_client.py [HOST] [PORT]
"""

import codecs
import contextlib
import os
import socket
import sys
import threading

HEADER = 64
# O endereço desta máquina na rede é o de onde sairia um pacote; connect() de UDP não manda nenhum.
# This machine's address in its network is the one a packet would leave from; connect() on UDP sends none.
HOST, PORT = sys.argv[1] if len(sys.argv) > 1 else "", int(sys.argv[2]) if len(sys.argv) > 2 else 5050
with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.connect(("192.0.2.1", 9))
    HOST = HOST or probe.getsockname()[0]


def send(connection: socket.socket, text: str) -> None:
    # O tamanho é em bytes, não em letras: `ação` tem 4 letras e 6 bytes.
    # The size is in bytes, not in letters: `ação` has 4 letters and 6 bytes.
    payload = text.encode(errors="replace")
    # send() pode mandar só uma parte; sendall() manda tudo.
    # send() may send only a part; sendall() sends everything.
    connection.sendall(str(len(payload)).encode().ljust(HEADER) + payload)


def show(connection: socket.socket) -> None:
    # Um caractere acentuado são dois bytes, que podem chegar separados: o decodificador espera pelo segundo.
    # An accented letter is two bytes, which may arrive apart: the decoder waits for the second one.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with contextlib.suppress(OSError):
        # O que vem do servidor não tem cabeçalho: duas mensagens podem sair numa linha, ou uma em duas.
        # The server's messages have no header: two may share a line, or one may take two.
        while data := connection.recv(2048):
            text = "".join(char for char in decoder.decode(data) if char.isprintable() or char == "\n")
            if text:
                print(text.rstrip("\n"))
    print("Conexão encerrada.", flush=True)
    # sys.exit() terminaria só esta thread; a outra espera o teclado.
    # sys.exit() would end only this thread; the other one waits for the keyboard.
    os._exit(0)


# O protocolo não conhece apelidos: quem quer ter um o escreve na mensagem.
# The protocol has no nicknames: a user who wants one writes it into the message.
name = input("Nome: ").strip() or "visitante"
connection = socket.create_connection((HOST, PORT))
reader = threading.Thread(target=show, args=(connection,), daemon=True)
reader.start()
with contextlib.suppress(OSError, KeyboardInterrupt):
    for line in sys.stdin:
        if line.strip() == "Desconectar":
            break
        if line.strip():
            send(connection, f"{name}: {line.rstrip()}")
    send(connection, "Desconectar")
    # O servidor fecha o lado dele, e show() vê. Se ele não fecha, dois segundos bastam.
    # The server closes its side, and show() sees it. If it does not, two seconds are enough.
    reader.join(2)
