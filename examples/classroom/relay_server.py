"""Servidor `relay`: repassa o que cada um manda a todos os outros. / A relay server: passes messages on.

Uso / usage: python relay_server.py [HOST] [PORT]
"""

import codecs
import contextlib
import select
import socket
import sys
import threading

HOST = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 12345
clients: list[socket.socket] = []
# Cada cliente tem uma thread, e todas mudam a lista: só com a tranca na mão.
# Each client has a thread, and all of them change the list: only while they hold the lock.
lock = threading.Lock()


def broadcast(data: bytes, sender: socket.socket) -> None:
    with lock, contextlib.suppress(OSError):
        # select() diz quem pode receber já: quem lê devagar perde a mensagem, e os outros não esperam por ele.
        # select() says which clients can take more now: a slow one misses the message, and nobody waits for it.
        for client in select.select([], clients, [], 0)[1]:
            # Um cliente que caiu não atrapalha os outros; a thread dele vê a queda e o tira da lista.
            # A client that failed does not disturb the others; its own thread notices and removes it.
            with contextlib.suppress(OSError):
                if client is not sender:
                    # send() pode mandar só uma parte; sendall() manda tudo.
                    # send() may send only a part; sendall() sends everything.
                    client.sendall(data)


def serve(client: socket.socket, address: tuple[str, int]) -> None:
    print(f"Conectado com {address[0]}", flush=True)
    # Só passam caracteres inteiros: metade de um, com a mensagem de outra pessoa no meio, seria lixo.
    # Only whole characters are passed on: half of one, followed by another user's message, would be garbage.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with lock:
        clients.append(client)
    with contextlib.suppress(OSError):
        # recv() vazio: o outro lado fechou. Um recv() pode trazer várias mensagens, ou parte de uma: este protocolo
        # não marca onde uma termina, e o servidor só pode passar adiante o que veio.
        # An empty recv(): the other side has closed. One recv() may bring several messages, or part of one: this
        # protocol does not mark where one ends, and the server can only pass on what arrived.
        while data := client.recv(1024):
            broadcast(decoder.decode(data).encode(), client)
    with lock:
        clients.remove(client)
    client.close()


with contextlib.suppress(KeyboardInterrupt), socket.create_server((HOST, PORT)) as server:
    print(f"Servidor escutando em {HOST}:{PORT}", flush=True)
    while True:
        threading.Thread(target=serve, args=server.accept(), daemon=True).start()
