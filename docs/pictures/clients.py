"""Makes the pictures of the terminal and of the window: a real server, real programs on a screen of their own.

`python docs/pictures/clients.py` writes PNG files beside itself; needs Xvfb, xterm and ImageMagick.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "live"), str(ROOT / "src")]

from live_server import serve  # noqa: E402 -- the folders come first

from papo.client.address import read_address  # noqa: E402
from papo.client.connection import ServerConnection  # noqa: E402
from papo.client.identity import Identity  # noqa: E402
from papo.client.state import send  # noqa: E402
from papo.client.state.irc_network import IrcNetwork  # noqa: E402

SCREEN = ":78"
ROOM = "#networks"
CODE = """my version:
```python
def lines(connection):
    rest = b""
    while data := connection.recv(1024):
        *whole, rest = (rest + data).split(b"\\n")
        yield from whole
```"""


async def talk(port: int, ready: asyncio.Event, done: asyncio.Event) -> None:
    """A class on sockets: messages, a reply, reactions, code."""
    people = {}
    for nick in ("bia", "caio", "Davi"):
        people[nick] = IrcNetwork(read_address(f"irc://127.0.0.1:{port}"), Identity(nick), rooms=[ROOM])
        ServerConnection(people[nick]).start()
        while not ((room := people[nick].buffer(ROOM)) and room.joined and not room.loading):
            await asyncio.sleep(0.02)

    async def say(nick: str, text: str, answers: str = "") -> str:
        network = people[nick]
        buffer = network.open(ROOM)
        before = buffer.newest()
        send.say(network, buffer, text, reply_to=answers)
        while buffer.newest() is before:
            await asyncio.sleep(0.02)
        newest = buffer.newest()
        assert newest is not None
        return newest.id

    people["bia"].session.send("TOPIC", ROOM, "Computer networks · exercise 3 until Friday")
    await say("bia", "Good morning! Has anybody done exercise 3?")
    question = await say("caio", "yes, but `recv()` sometimes returns half a message")
    answer = await say("Davi", "that is normal: **TCP is a stream of bytes**, not of messages", question)
    await say("Davi", CODE)
    thanks = await say("bia", "ahh, *now* I see! thank you 🎉")
    await asyncio.sleep(0.3)
    for nick, msgid, emoji in (("bia", answer, "👍"), ("caio", answer, "👍"), ("caio", thanks, "🎉")):
        buffer = people[nick].open(ROOM)
        line = buffer.find(msgid)
        assert line is not None
        send.react(people[nick], buffer, line, emoji)
    await say("caio", "more about it: https://docs.python.org/3/howto/sockets.html")
    await say("bia", "ana: the new exercise is in #news\n- client\n- server\n- report")
    await say("Davi", "> does the report count?\ntwo points")
    ready.set()
    while not done.is_set():
        send.typing(people["caio"], people["caio"].open(ROOM), empty=False)
        await asyncio.sleep(1)


def shoot(command: list[str], name: str, folder: Path) -> None:
    """Start a program on the screen, and take its picture when it has settled."""
    environment = {
        **os.environ, "DISPLAY": SCREEN, "COLORTERM": "truecolor", "LANGUAGE": "en", "PYTHONPATH": str(ROOT / "src"),
        "PAPO_CLIENT_FOLDER": str(folder),
    }  # fmt: skip
    environment.pop("NO_COLOR", None)
    program = subprocess.Popen(command, env=environment)
    time.sleep(6)
    target = HERE / name
    take = ["import", "-display", SCREEN, "-window", "root", "-trim", "+repage", str(target)]
    subprocess.run(take, check=True, env=environment)
    program.terminate()
    program.wait(10)


async def main() -> None:
    """Both pictures."""
    screen = subprocess.Popen(["Xvfb", SCREEN, "-screen", "0", "1180x780x24"], stderr=subprocess.DEVNULL)
    try:
        with tempfile.TemporaryDirectory() as temporary, serve(Path(temporary), ["irc"]) as server:
            url = f"irc://127.0.0.1:{server.ports['irc']}"
            ready, done = asyncio.Event(), asyncio.Event()
            talking = asyncio.create_task(talk(server.ports["irc"], ready, done))
            await ready.wait()
            papo = [sys.executable, "-m", "papo"]
            terminal = [
                "xterm",
                "-fa",
                "DejaVu Sans Mono",
                "-fs",
                "11",
                "-geometry",
                "116x36+0+0",
                "-bg",
                "#111518",
                "-e",
            ]
            many = ["env", "COLORTERM=truecolor", "TERM=xterm-256color"]
            where = [url, "--nick", "ana", "--join", ROOM]
            folder = Path(temporary, "clients")
            await asyncio.to_thread(shoot, [*terminal, *many, *papo, "chat", *where], "chat.png", folder)
            await asyncio.to_thread(shoot, [*papo, "desktop", *where], "desktop.png", folder)
            done.set()
            await talking
    finally:
        screen.terminate()
        screen.wait(10)


if __name__ == "__main__":
    asyncio.run(main())
