"""Servidor `nick`: pergunta NICK, anuncia quem chega, repassa a todos. / A nick server: asks, announces, passes on.

Uso / usage: python nick_server.py [HOST] [PORT]
"""

import codecs
import contextlib
import select
import socket
import sys
import threading

HOST = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 9090
clients: list[socket.socket] = []
# Cada cliente tem uma thread, e todas mudam a lista: só com a tranca na mão.
# Each client has a thread, and all of them change the list: only while they hold the lock.
lock = threading.Lock()


def broadcast(text: str) -> None:
    with lock, contextlib.suppress(OSError):
        # select() diz quem pode receber já: quem lê devagar perde a mensagem, e os outros não esperam por ele.
        # select() says which clients can take more now: a slow one misses the message, and nobody waits for it.
        for client in select.select([], clients, [], 0)[1]:
            # Um cliente que caiu não atrapalha os outros; a thread dele vê a queda e o tira da lista.
            # A client that failed does not disturb the others; its own thread notices and removes it.
            with contextlib.suppress(OSError):
                client.sendall(text.encode())


def serve(client: socket.socket, address: tuple[str, int]) -> None:
    print(f"Conectado com {address[0]}", flush=True)
    # Um caractere acentuado são dois bytes, que podem chegar separados: o decodificador espera pelo segundo.
    # An accented letter is two bytes, which may arrive apart: the decoder waits for the second one.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with contextlib.suppress(OSError):
        client.sendall(b"NICK")
        # Aqui, e não junto do accept(): quem se conecta e se cala ocupa só esta thread.
        # Um recv() é o apelido: nada diz onde ele termina, e nada impede que dois tenham o mesmo.
        # Here, not next to accept(): a client that connects and stays silent holds up only this thread.
        # One recv() is the nickname: nothing marks its end, and nothing prevents two users from having the same.
        nickname = "".join(filter(str.isprintable, decoder.decode(client.recv(1024)))).strip()[:32]
        if nickname:
            print(f"Apelido é {nickname}", flush=True)
            with lock:
                clients.append(client)
            broadcast(f"{nickname} conectou ao servidor!\n")
            client.sendall(b"Conectado ao Servidor\n")
        # recv() vazio: o outro lado fechou. Um recv() pode trazer várias mensagens, ou parte de uma: este protocolo
        # não marca onde uma termina, e o servidor só pode passar adiante o que veio.
        # An empty recv(): the other side has closed. One recv() may bring several messages, or part of one: this
        # protocol does not mark where one ends, and the server can only pass on what arrived.
        while nickname and (data := client.recv(1024)):
            print(f"{nickname} digitou {data!r}", flush=True)
            broadcast(decoder.decode(data))
    # Quando alguém sai, este protocolo não diz nada aos outros.
    # When a user leaves, this protocol tells the others nothing.
    with lock, contextlib.suppress(ValueError):
        clients.remove(client)
    client.close()


with contextlib.suppress(KeyboardInterrupt), socket.create_server((HOST, PORT)) as server:
    print("Server iniciado...", flush=True)
    while True:
        threading.Thread(target=serve, args=server.accept(), daemon=True).start()
