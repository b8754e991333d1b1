"""Servidor `handshake`: primeiro um apelido livre, depois a conversa. / A handshake server: a free nickname first.

Uso / usage: python handshake_server.py [HOST] [PORT]
"""

import codecs
import contextlib
import select
import socket
import sys
import threading

# A porta do original é 12345; aqui essa é a do `relay`.
# The original's port is 12345; here that is the port of `relay`.
HOST, PORT = sys.argv[1] if len(sys.argv) > 1 else "0.0.0.0", int(sys.argv[2]) if len(sys.argv) > 2 else 12346
# Por apelido; None para quem ainda não leu o TRUE.
# By nickname; None for a client that has not read TRUE yet.
clients: dict[str, socket.socket | None] = {}
# Cada cliente tem uma thread, e todas mudam o dicionário: só com a tranca na mão.
# Each client has a thread, and all of them change the dictionary: only while they hold the lock.
lock = threading.Lock()


def broadcast(text: str, sender: socket.socket) -> None:
    with lock, contextlib.suppress(OSError):
        # select() diz quem pode receber já: quem lê devagar perde a mensagem, e os outros não esperam por ele.
        # select() says which clients can take more now: a slow one misses the message, and nobody waits for it.
        for other in select.select([], [each for each in clients.values() if each and each is not sender], [], 0)[1]:
            # Um cliente que caiu não atrapalha os outros; a thread dele vê a queda e o tira daqui.
            # A client that failed does not disturb the others; its own thread notices and removes it.
            with contextlib.suppress(OSError):
                other.sendall(text.encode())


def serve(client: socket.socket, address: tuple[str, int]) -> None:
    print(f"{address[0]} connected", flush=True)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    nickname, how = "", "has been disconnected"
    with contextlib.suppress(OSError):
        # Aqui, e não junto do accept(): quem se conecta e se cala ocupa só esta thread.
        # Here, not next to accept(): a client that connects and stays silent holds up only this thread.
        while not nickname and (wanted := client.recv(1024).decode(errors="replace").strip()):
            # Ver se está livre e tomar posse, sem soltar a tranca: dois não pegam o mesmo.
            # Check whether it is free and take it without releasing the lock: two clients cannot get the same one.
            with lock:
                if wanted not in clients and len(wanted) <= 10 and wanted.isprintable():
                    nickname, clients[wanted] = wanted, None
            client.sendall(b"TRUE" if nickname else b"FALSE")
        # O cliente lê a resposta com um só recv(): nada pode vir colado a ela. TCP não promete isso; esperar que o
        # cliente fale, ou um décimo de segundo, é o melhor que dá.
        # The client reads the answer with a single recv(): nothing may be glued to it. TCP does not promise that;
        # waiting until the client speaks, or for a tenth of a second, is the best there is.
        select.select([client], [], [], 0.1)
        with lock:
            clients[nickname] = client
        # recv() vazio: o outro lado fechou. Um recv() pode trazer várias mensagens, ou parte de uma (e então "/clo"
        # e "se" são texto): este protocolo não marca onde uma termina.
        # An empty recv(): the other side has closed. One recv() may bring several messages, or part of one (and then
        # "/clo" and "se" are text): this protocol does not mark where one ends.
        while (data := client.recv(2048)) and not data.lower().startswith(b"/close"):
            # Cada linha leva o apelido: ninguém fala em nome de outro numa segunda linha.
            # Each line begins with the nickname: no second line can look like another user's.
            for line in decoder.decode(data).splitlines():
                broadcast(f"{nickname}: {line}\n", client)
        how = "disconnected!"
    with lock:
        clients.pop(nickname, None)
    client.close()
    print(f"{nickname or address[0]} disconnected", flush=True)
    broadcast(f"{nickname} {how}" if nickname else "", client)


with contextlib.suppress(KeyboardInterrupt), socket.create_server((HOST, PORT)) as server:
    print(f"server listening at port: {PORT}...", flush=True)
    while True:
        threading.Thread(target=serve, args=server.accept(), daemon=True).start()
