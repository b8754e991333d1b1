"""What is read of a page, and that a hostile one costs little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.server.web import page_head
from papo.server.web.fetch import MAX_BYTES
from papo.server.web.page_head import CHUNK, MAX_PIECES, read

URL = "https://a.example/"
KINDS = ["text/html", "text/html; charset=utf-16", "charset=\udcff", "text/html; charset=punycode", "charset=hex"]
SCRAPS = [
    "<", ">", "<!", "<![", "<![1", "<![if", "<![CDATA[", "<!--", "-->", "--!>", "<?", "</", "/>", "&#", "&#x", ";",
    "9" * 5000, "&amp", "'", '"', "=", "<title>", "</title>", "<meta ", "property=og:title ", "content=", "<script>",
    "</script", "<!DOCTYPE", "]]>", "]>", "<a\0b ", "\ud800", "<textarea>", "<plaintext>", "<head>", "</head>", " ",
]  # fmt: skip
NAMES = ("title", "description", "site_name")


def joined(scraps: list[str]) -> bytes:
    """A page made of these."""
    return "".join(scraps).encode("utf-8", "surrogatepass")


def title(page: bytes | str, kind: str = "text/html") -> str:
    """The title of a page."""
    found = read(URL, kind, page.encode() if isinstance(page, str) else page)
    return found.title if found is not None else ""


def test_title_description_and_site() -> None:
    """Open Graph before the title, entities decoded, one line, the site's name or host."""
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
    """That of the header or the page, if it is a known one; otherwise UTF-8."""
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
    """One line of printable text, from the head alone."""
    assert title(page) == expected


def test_lengths() -> None:
    """Every text is cut."""
    found = read(URL, "", "".join(f"<meta property=og:{n} content={'x' * 999}>" for n in NAMES).encode())
    assert found is not None
    assert (len(found.title), len(found.description), len(found.site)) == (200, 300, 60)


@given(st.one_of(st.binary(max_size=3000), st.lists(st.sampled_from(SCRAPS)).map(joined)), st.sampled_from(KINDS))
def test_any_page_is_read_without_raising(page: bytes, kind: str) -> None:
    """Whatever the server sends."""
    read(URL, kind, page)


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<", "<a ", "<a b='", "b=c ", "<!--", "<!", "<![CDATA[", "</a", "</ ", "&#1", "'\"", "<title>x<", "/ "],
)
@pytest.mark.parametrize("beginning", ["", "<a ", "<script>"])
def test_hostile_pages_cost_little(monkeypatch: pytest.MonkeyPatch, beginning: str, piece: str) -> None:
    """Pages of the full size whose parts the parser reads again at each chunk; deep nesting does not recurse."""
    looked_at = told = 0

    class Counting(page_head.HeadParser):
        def feed(self, data: str) -> None:
            nonlocal looked_at
            looked_at += len(self.rawdata) + len(data)
            super().feed(data)

        def _count(self) -> None:
            nonlocal told
            told += 1
            super()._count()

    monkeypatch.setattr(page_head, "HeadParser", Counting)
    page = (beginning + piece * (MAX_BYTES // len(piece)))[: MAX_BYTES - 30]
    title(f"{page}<title>late</title>")
    assert looked_at <= (17 if beginning == "<script>" else 4) * MAX_BYTES  # to look for a script's end is quick
    assert told <= MAX_PIECES + CHUNK
