"""Mail with a code, by SMTP (RFC 5321), on a thread: sending takes seconds."""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from collections import deque
from email.message import EmailMessage
from typing import Protocol

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{3,190}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""What people type (HTML's definition of a valid address); nothing that could add a header."""
PER_ADDRESS = ((2, 3600.0), (5, 86_400.0))
"""Mails to one address: (how many, in how many seconds)."""
TIMEOUT_S = 20.0


class Relay(Protocol):
    """`config.settings.Mail`: where mail goes out."""

    @property
    def host(self) -> str:
        """The SMTP server; "" for none."""

    @property
    def port(self) -> int:
        """Its port."""

    @property
    def security(self) -> str:
        """`starttls`, `tls` or `none`."""

    @property
    def user(self) -> str:
        """Its name for us; empty where it asks for none."""

    @property
    def password(self) -> str:
        """Its password."""

    @property
    def sender(self) -> str:
        """From whom the mail is."""


class NotSent(Exception):
    """The mail could not be handed over; the text says why, for the log."""


class Post:
    """Sends, and counts."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[float]] = {}

    def may_send(self, address: str, now_s: float) -> bool:
        """Whether this address has not had too much mail."""
        times = self._sent.get(address.lower(), ())
        return all(sum(1 for at_s in times if at_s > now_s - window_s) < count for count, window_s in PER_ADDRESS)

    async def send(self, relay: Relay, address: str, subject: str, text: str, now_s: float) -> None:
        """Hand a mail over. Raises NotSent."""
        self._sent.setdefault(address.lower(), deque(maxlen=8)).append(now_s)
        if len(self._sent) > 10_000:
            del self._sent[next(iter(self._sent))]
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = relay.sender, address, subject
        message.set_content(text)
        try:
            await asyncio.to_thread(_hand_over, relay, message)
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"{type(error).__name__}: {error}") from None


def _hand_over(relay: Relay, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if relay.security == "tls":
        server = smtplib.SMTP_SSL(relay.host, relay.port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(relay.host, relay.port, timeout=TIMEOUT_S)
    with server:
        if relay.security == "starttls":
            server.starttls(context=context)
        if relay.user:
            server.login(relay.user, relay.password)
        server.send_message(message)
