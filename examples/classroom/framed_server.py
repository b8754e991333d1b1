"""Servidor `framed`: antes de cada mensagem vem o tamanho dela. / A framed server: each message has its size before it.

Uso / usage: python framed_server.py [HOST] [PORT]
"""

import contextlib
import select
import socket
import sys
import threading

HEADER, SIZES = 64, range(2048 + 1)
# O endereço desta máquina na rede é o de onde sairia um pacote; connect() de UDP não manda nenhum.
# This machine's address in its network is the one a packet would leave from; connect() on UDP sends none.
HOST, PORT = sys.argv[1] if len(sys.argv) > 1 else "", int(sys.argv[2]) if len(sys.argv) > 2 else 5050
with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.connect(("192.0.2.1", 9))
    HOST = HOST or probe.getsockname()[0]
clients: list[socket.socket] = []
# Cada cliente tem uma thread, e todas mudam a lista: só com a tranca na mão.
# Each client has a thread, and all of them change the list: only while they hold the lock.
lock = threading.Lock()


def read(client: socket.socket, size: int) -> bytes:
    # recv(n) dá até n bytes: pode dar menos, e dá zero quando o outro lado fechou.
    # recv(n) returns up to n bytes: it may return fewer, and returns none when the other side has closed.
    data = b""
    while len(data) < size:
        if not (piece := client.recv(size - len(data))):
            raise ConnectionError
        data += piece
    return data


def serve(client: socket.socket, address: tuple[str, int]) -> None:
    print(f"[NOVA CONEXÃO] {address[0]} conectado.", flush=True)
    with lock:
        clients.append(client)
    # Um cabeçalho que não é um número (ValueError), ou grande demais, termina a conexão: ninguém nos faz guardar um
    # gigabyte.
    # A header that is no number (ValueError), or too big, ends the connection: no client makes us keep a gigabyte.
    with contextlib.suppress(OSError, ValueError):
        while (size := int(read(client, HEADER))) in SIZES and (payload := read(client, size)) != b"Desconectar":
            # Daqui para os clientes não há cabeçalho: duas mensagens podem chegar juntas.
            # Messages to the clients have no header: two may arrive together.
            # select() diz quem pode receber já: quem lê devagar perde a mensagem, e os outros não esperam por ele.
            # select() says which clients can take more now: a slow one misses the message, and nobody waits for it.
            with lock:
                for each in select.select([], clients, [], 0)[1]:
                    with contextlib.suppress(OSError):
                        each.sendall(payload)
    with lock:
        clients.remove(client)
    client.close()


try:
    server = socket.create_server((HOST, PORT))
except OSError:
    sys.exit("Servidor não foi inicializado.")
print("Servidor Iniciado...", flush=True)
with contextlib.suppress(KeyboardInterrupt):
    while True:
        threading.Thread(target=serve, args=server.accept(), daemon=True).start()
