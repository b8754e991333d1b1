"""What a data folder holds, asked as clients do: the answers are the same whichever version gives them."""

from __future__ import annotations

import base64
import http.client
import json
import re
from contextlib import closing
from pathlib import Path

from live_server import TIMEOUT_S, IrcClient

PASSWORDS = {"ana": "senha-da-ana", "bia": "senha-da-bia", "chefe": "senha-do-chefe", "eva": "senha-da-eva"}
CAPS = (
    "sasl message-tags server-time batch echo-message account-tag draft/chathistory draft/event-playback "
    "draft/read-marker draft/metadata-2 draft/message-redaction draft/search draft/user-query draft/authtoken"
)
QUERIES = {
    "ana": [
        "CHATHISTORY LATEST #sala * 100", "JOIN #sala chave", "JOIN #turma", "JOIN #mural",
        "NAMES #sala", "TOPIC #sala", "MODE #sala", "MODE #sala b", "TOPIC #mural", "MODE #mural", "WHOIS ana",
        "WHOIS bia", "CHATHISTORY BEFORE #sala timestamp={until} 100",
        "CHATHISTORY BEFORE bia timestamp={until} 100",
        "CHATHISTORY BEFORE #mural timestamp={until} 100", "CHATHISTORY BEFORE #turma timestamp={until} 100",
        "CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp={until} 50",
        "MARKREAD #sala", "MARKREAD bia", "METADATA * LIST", "USERQUERY LIST", "NS CERT LIST", "CS AMODE #sala",
        "SEARCH in=#sala;text=erro", "SEARCH in=#sala;text=segredo", "LIST",
    ],
    "bia": [
        "MARKREAD #sala", "CHATHISTORY BEFORE ana timestamp={until} 100", "NICK biazinha", "NS GROUP",
        "PERSISTENCE GET",
    ],
    "chefe": ["OPER chefe segredo", "UBAN LIST", "MODE #sala"],
}  # fmt: skip
"""Who asks what, one after the other; `{until}` is when the folder was filled."""
CHANGES = (
    (re.compile(r"^(@\S* )?(:papo\.test 317 .*|:papo\.test 338 .*|:papo\.test 378 .*)$"), ""),  # idle times, addresses
    (re.compile(r"^(:papo\.test (?:301|307|312|318|323|330|331|366|368|381|904) [^:]*:).*"), r"\1…"),  # wording
    (re.compile(r"^(:papo\.test FAIL [^:]*:).*"), r"\1…"),
    (re.compile(r"^(:\w+Serv!\S+ NOTICE \w+ :|:papo\.test NOTICE \w+ :)\d+ \w+$"), r"\1…"),  # "2 entries"
    (re.compile(r"\bBATCH ([+-])\S+"), r"BATCH \1b"),
    (re.compile(r"(?<=[@;])batch=[^; ]*"), "batch=b"),
    (re.compile(r"^@(?=.*time=2\d{3})(?!.*batch=)\S+ "), ""),  # what happens while it is asked
)
"""What differs from one start, or one wording, to the next."""


def sign_in(port: int, name: str) -> IrcClient:
    """Somebody on their account."""
    client = IrcClient(port)
    login = base64.b64encode(f"{name}\0{name}\0{PASSWORDS[name]}".encode()).decode()
    for line in ("CAP LS 302", f"CAP REQ :{CAPS}", "AUTHENTICATE PLAIN", f"AUTHENTICATE {login}", f"NICK {name}",
                 f"USER {name} 0 * :{name.title()}", "CAP END"):  # fmt: skip
        client.send(line)
    client.receive_until(" 422 ")
    client.received()
    return client


def refused(port: int, name: str) -> list[str]:
    """Why somebody may not sign in."""
    client = IrcClient(port)
    login = base64.b64encode(f"{name}\0{name}\0{PASSWORDS[name]}".encode()).decode()
    for line in ("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {login}"):
        client.send(line)
    answer = client.receive_until(" 904 ")[-1]
    client.close()
    return [answer]


def download(port: int, client: IrcClient, path: str) -> str:
    """A file's type and content, in hexadecimal."""
    client.send("TOKEN GENERATE FILEHOST")
    chunks = [line.split(" ")[-1] for line in client.received() if "TOKEN GENERATE * " in line]
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {''.join(chunks)}"})
        response = connection.getresponse()
        return f"{response.status} {response.headers['Content-Type']} {response.read().hex()}"


def uploads(data: Path) -> list[str]:
    """Paths of the uploads of a data folder."""
    abouts = [json.loads(path.read_bytes()) for path in (data / "uploads").glob("*/*/about.json")]
    return sorted(f"/f/{about['id']}/{about['name']}" for about in abouts)


def plain(line: str) -> str:
    """Without what differs from one start to the next; tags in order."""
    for pattern, text in CHANGES:
        line = pattern.sub(text, line)
    tags, space, rest = line.partition(" ") if line.startswith("@") else ("", "", line)
    return "@" * bool(tags) + ";".join(sorted(tags[1:].split(";"))) + space + rest


def ask(ports: dict[str, int], files: list[str], until: str) -> dict[str, list[str]]:
    """Queries to answers. `files`: paths of uploads."""
    answers = {"until": [until], "eva signs in": [plain(line) for line in refused(ports["irc"], "eva")]}
    for name, queries in QUERIES.items():
        client = sign_in(ports["irc"], name)
        for query in queries:
            client.send(query.replace("{until}", until))
            answers[f"{name}: {query}"] = [text for text in map(plain, client.received()) if text]
        for path in files if name == "ana" else []:
            answers[f"{name}: {path}"] = [download(ports["http"], client, path)]
        client.send("QUIT")
        client.received()
        client.close()
    return answers
