"""The shortest HTTP responses: a status and its name. Bytes only."""

from __future__ import annotations

from http import HTTPStatus

_HEADERS = (
    "Content-Type: text/plain; charset=utf-8",
    "Connection: close",
    "X-Content-Type-Options: nosniff",
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy: no-referrer",
    "Cache-Control: no-store",
)


def refusal(status_code: int, headers: tuple[str, ...] = (), text: str = "") -> bytes:
    """A complete response, after which the connection closes. `text` is its body; "" for the status's name."""
    status = HTTPStatus(status_code)
    body = f"{text or status.phrase}\n".encode()
    lines = (f"HTTP/1.1 {status.value} {status.phrase}", f"Content-Length: {len(body)}", *_HEADERS, *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
