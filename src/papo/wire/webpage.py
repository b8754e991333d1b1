"""The answers of the WebSocket port to plain HTTP requests: one small page, and refusals.

Bytes only; it does not know who asks, nor that pages of an HTTP library will stand here one day.
"""

from __future__ import annotations

from http import HTTPStatus

_SECURITY = (
    "X-Content-Type-Options: nosniff",
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy: no-referrer",
    "Cache-Control: no-store",
)

_PAGES = {
    "en": (
        "This is a Papo server",
        (
            "A chat server answers here. Point a chat program that speaks IRC over WebSocket at this address,"
            " with ws:// (or wss://) in place of http:// (or https://), or an IRC program at this"
            " machine's IRC port, usually 6667."
        ),
    ),
    "pt": (
        "Este é um servidor Papo",
        (
            "Quem responde aqui é um servidor de bate-papo. Use um programa que fale IRC por WebSocket neste endereço,"
            " com ws:// (ou wss://) no lugar de http:// (ou https://), ou um programa de IRC na porta de IRC"
            " desta máquina, em geral 6667."
        ),
    ),
}
"""Language to title and text."""


def choose_language(accept_language: str) -> str:
    """`pt` or `en`, by the Accept-Language header (RFC 9110, section 12.5.4); `en` where neither is asked for."""
    best, best_weight = "en", 0.0
    for item in accept_language.split(","):
        tag, _, parameter = item.partition(";")
        name, _, value = parameter.partition("=")
        try:
            weight = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        language = tag.strip().lower().partition("-")[0]
        if language in _PAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def answer(method: str, path: str, accept_language: str) -> bytes:
    """The HTTP response to GET or HEAD: the page at `/`, 404 elsewhere. The connection closes after it."""
    if path.partition("?")[0] != "/":
        return plain_answer(404, with_body=method != "HEAD")
    language = choose_language(accept_language)
    title, text = _PAGES[language]
    page = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>Papo</title></head>'
        f"<body><h1>{title}</h1><p>{text}</p></body></html>\n"
    )
    headers = ("Vary: Accept-Language", f"Content-Language: {language}")
    return _response(HTTPStatus.OK, "text/html; charset=utf-8", page.encode(), headers, with_body=method != "HEAD")


def plain_answer(status_code: int, headers: tuple[str, ...] = (), *, with_body: bool = True) -> bytes:
    """A refusal that says its own name and no more."""
    status = HTTPStatus(status_code)
    return _response(status, "text/plain; charset=utf-8", f"{status.phrase}\n".encode(), headers, with_body=with_body)


def _response(
    status: HTTPStatus, content_type: str, body: bytes, headers: tuple[str, ...], *, with_body: bool
) -> bytes:
    lines = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *_SECURITY,
        *headers,
    )
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return head + body if with_body else head
