"""Link previews: what is read of a page, and who may have how many looked up."""

from __future__ import annotations

import asyncio
import http.client
import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_server import IrcClient, LiveServer, serve

from papo.server.web import previews as module
from papo.server.web.fetch import MAX_BYTES, NotFetched
from papo.server.web.previews import AT_A_TIME, AT_ONCE, BAD_S, GOOD_S, MOST_KEPT, MOST_PIECES, Preview, Previews, read

CONFIG = """
[server]
name = "papo.test"
[limits]
enabled = false
[web]
previews = "{previews}"
"""
URL = "https://a.example/"
KINDS = ["text/html", "text/html; charset=utf-16", "charset=\udcff", "text/html; charset=punycode", "charset=hex"]
SCRAPS = [
    "<", ">", "<!", "<![", "<![1", "<![if", "<![CDATA[", "<!--", "-->", "--!>", "<?", "</", "/>", "&#", "&#x", ";",
    "9" * 5000, "&amp", "'", '"', "=", "<title>", "</title>", "<meta ", "property=og:title ", "content=", "<script>",
    "</script", "<!DOCTYPE", "]]>", "]>", "<a\0b ", "\ud800", "<textarea>", "<plaintext>", "<head>", "</head>", " ",
]  # fmt: skip
NAMES = ("title", "description", "site_name")


def joined(scraps: list[str]) -> bytes:
    """A page of them."""
    return "".join(scraps).encode("utf-8", "surrogatepass")


def title(page: bytes | str, kind: str = "text/html") -> str:
    """Of a page."""
    found = read(URL, kind, page.encode() if isinstance(page, str) else page)
    return found.title if found is not None else ""


def test_a_page_says_what_it_is() -> None:
    """Open Graph before the title, entities resolved, one line, the site's name or host."""
    page = (
        b"<html><head><title>T &amp; um\n t\xc3\xadtulo</title><meta property='og:description' content='Uma  frase'>"
        b"</head><body><title>no</title>"
    )
    found = read("https://a.example/x", "text/html; charset=utf-8", page)
    assert found is not None
    assert (found.title, found.description, found.site) == ("T & um título", "Uma frase", "a.example")
    latin = read("https://a.example/", "text/html; charset=iso-8859-1", "<title>ação</title>".encode("latin-1"))
    assert latin is not None
    assert latin.title == "ação"
    assert read("https://a.example/", "text/html; charset=nonsense", b"<p>nothing") is None
    long = read("https://a.example/", "text/html", b"<title>" + b"x" * 5000 + b"</title>")
    assert long is not None
    assert len(long.title) == 200


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("text/html; charset=iso-8859-1", "<title>ação</title>".encode("latin-1")),
        ("text/html; Charset='windows-1252'", "<title>ação</title>".encode("cp1252")),
        ("text/html", b"<meta charset=ISO-8859-15>" + "<title>ação</title>".encode("iso-8859-15")),
        ("text/html", b"<meta http-equiv=content-type content='text/html; charset=latin1'><title>a\xe7\xe3o</title>"),
        ("text/html; charset=utf-16", "<title>ação</title>".encode("utf-16")),
        ("text/html; charset=nonsense", "<title>ação</title>".encode()),
        ("text/html; charset=cp1259", "<title>ação</title>".encode()),
        ("text/html; charset=unicode_escape", "<title>ação</title>".encode()),
        ("text/html; charset=punycode", "<title>ação</title>".encode()),
        ("text/html; charset=rot13", "<title>ação</title>".encode()),
        ("text/html", "\ufeff<title>ação</title>".encode()),
    ],
)
def test_character_sets(kind: str, page: bytes) -> None:
    """As the header or the page says, where it is one of pages; else UTF-8."""
    assert title(page, kind) == "ação"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<title>T</title><meta property=og:title content=O>", "O"),
        ("<meta name=OG:TITLE content='  O\n\tP '>", "O P"),
        ("<title>a\u202eb\u200bc\x07d</title>", "a b c d"),
        ("<title>a&lt;b&#x3e;&#xd800;c</title>", "a<b>\ufffdc"),
        ("<title>1</title><title>2</title>", "1"),
        ("<script>'<title>no</title>'</script><title>yes</title>", "yes"),
        ("<!-- <title>no</title> --><title>yes</title>", "yes"),
        ("<script>" + "x</p>" * 2000 + "x" * 200_000 + "</script><title>yes</title>", "yes"),
        ("<head></head><title>late</title>", ""),
        ("<body><svg><title>late</title>", ""),
        ("<title>first</title><![1 <title>no", "first"),
        ("<title>first</title><meta content='&#" + "9" * 5000 + ";'>", "first"),
        ("<title> </title>", ""),
        ("<title>" + "x" * 201 + "</title>", "x" * 199 + "…"),
    ],
)
def test_titles(page: str, expected: str) -> None:
    """One line of what can be seen, of the head alone."""
    assert title(page) == expected


def test_lengths() -> None:
    """Every text is short."""
    found = read(URL, "", "".join(f"<meta property=og:{n} content={'x' * 999}>" for n in NAMES).encode())
    assert found is not None
    assert (len(found.title), len(found.description), len(found.site)) == (200, 300, 60)


@given(st.one_of(st.binary(max_size=3000), st.lists(st.sampled_from(SCRAPS)).map(joined)), st.sampled_from(KINDS))
def test_any_page_is_read_without_raising(page: bytes, kind: str) -> None:
    """Whatever a stranger's server sends."""
    read(URL, kind, page)


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<", "<a ", "<a b='", "b=c ", "<!--", "<!", "<![CDATA[", "</a", "</ ", "&#1", "'\"", "<title>x<", "/ "],
)
@pytest.mark.parametrize("beginning", ["", "<a ", "<script>"])
def test_tiring_pages_cost_little(monkeypatch: pytest.MonkeyPatch, beginning: str, piece: str) -> None:
    """As much as is ever fetched of what the parser reads again with each feed; deep pages are no recursion."""
    looked_at = told = 0

    class Counting(module._Head):
        def feed(self, data: str) -> None:
            nonlocal looked_at
            looked_at += len(self.rawdata) + len(data)
            super().feed(data)

        def _count(self) -> None:
            nonlocal told
            told += 1
            super()._count()

    monkeypatch.setattr(module, "_Head", Counting)
    page = (beginning + piece * (MAX_BYTES // len(piece)))[: MAX_BYTES - 30]
    title(f"{page}<title>late</title>")
    assert looked_at <= (17 if beginning == "<script>" else 4) * MAX_BYTES  # to look for a script's end is quick
    assert told <= MOST_PIECES + AT_A_TIME


def test_nobody_makes_the_server_fetch_without_end() -> None:
    """Twenty a minute for each person."""
    previews = Previews()
    assert [previews.may_ask("ana", 1.0) for _ in range(21)] == [True] * 20 + [False]
    assert previews.may_ask("bia", 1.0)
    assert previews.may_ask("ana", 62.0)


class Internet:
    """In the place of `fetch`: pages that come when they are let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.let = asyncio.Event()

    async def fetch(self, url: str, *, allowed: object = None) -> tuple[str, str, bytes]:
        self.asked.append(url)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.let.wait()
        self.at_once -= 1
        if "bad" in url:
            raise NotFetched("no")
        return url, "text/html", b"<title>x</title>"


def test_looked_up_once_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Together, few at a time, and kept for a while."""

    async def test() -> None:
        internet = Internet()
        monkeypatch.setattr(module, "fetch", internet.fetch)
        previews = Previews()
        others = [asyncio.create_task(previews.look_up(URL, 0.0)) for _ in range(5)]
        more = [asyncio.create_task(previews.look_up(f"{URL}{n}", 0.0)) for n in range(3 * AT_ONCE)]
        while internet.at_once < AT_ONCE:
            await asyncio.sleep(0)
        internet.let.set()
        shown = Preview(URL, "x", "", "a.example")
        assert await asyncio.gather(*others) == [shown] * 5
        assert all(await asyncio.gather(*more))
        assert (internet.asked.count(URL), internet.most_at_once) == (1, AT_ONCE)
        kept = previews.known(URL, GOOD_S - 1)
        assert kept is not None
        assert kept[1] == shown
        assert previews.known(URL, GOOD_S) is None
        assert await previews.look_up(f"{URL}bad", 0.0) is None
        assert previews.known(f"{URL}bad", BAD_S - 1) == (BAD_S, None)
        assert previews.known(f"{URL}bad", BAD_S) is None
        for n in range(MOST_KEPT):
            await previews.look_up(f"{URL}more/{n}", 0.0)
        assert previews.known(URL, 0.0) is None
        assert len(previews._kept) == MOST_KEPT

    asyncio.run(test())


def test_who_asked_first_may_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was on its way is kept all the same."""

    async def test() -> None:
        internet = Internet()
        monkeypatch.setattr(module, "fetch", internet.fetch)
        previews = Previews()
        asked = asyncio.create_task(previews.look_up(URL, 0.0))
        while not internet.asked:
            await asyncio.sleep(0)
        (under_way,) = previews._under_way.values()
        asked.cancel()
        internet.let.set()
        await under_way
        assert previews.known(URL, 0.0) is not None

    asyncio.run(test())


# --- over HTTP


@pytest.fixture(scope="module", params=["on", "off"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that looks up what links show, and one that does not."""
    folder = tmp_path_factory.mktemp("previews")
    with serve(folder, ["http", "irc"], config=CONFIG.format(previews=request.param)) as started:
        yield started


def ask(server: LiveServer, url: str, token: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.ports["http"], timeout=30)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request("GET", f"/api/preview?url={quote(url, safe='')}", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders() if name != "Date"}, body


def test_only_for_people_who_are_here(server: LiveServer) -> None:
    """No token, a wrong one, and one for another service."""
    bia = IrcClient(server.ports["irc"])
    bia.register("bia", "batch draft/authtoken")
    for token in ("", "nonsense", new_token(bia, "FILEHOST")):
        assert ask(server, URL, token)[0] == 401
    bia.close()


def test_no_answer_tells_of_the_network_inside(server: LiveServer) -> None:
    """Open ports, closed ones, other machines, the server itself, nonsense: one answer, byte for byte."""
    ana = IrcClient(server.ports["irc"])
    ana.register("ana", "batch draft/authtoken")
    token = new_token(ana, "PAPO")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        urls = [
            f"http://127.0.0.1:{port}/", "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://10.0.0.1/",
            f"http://127.0.0.1:{server.ports['http']}/", "http://169.254.169.254/latest/", "http://2130706433/",
            "file:///etc/passwd", "", "x" * 3000, "http://[", "\ud800".encode("utf-8", "replace").decode(),
        ]  # fmt: skip
        answers = [ask(server, url, token) for url in urls]
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 204
    assert answers[0][2] == b""
    ana.close()


def new_token(client: IrcClient, service: str) -> str:
    """From the chat."""
    client.received()
    client.send(f"TOKEN GENERATE {service}")
    return "".join(line.split(" ")[-1] for line in client.received() if " TOKEN GENERATE * " in line)
