"""Mail by SMTP (RFC 5321), on a worker thread: sending takes seconds."""

from __future__ import annotations

import asyncio
import logging
import re
import smtplib
import ssl
from email.message import EmailMessage
from typing import Protocol

from papo.server.rate_limit import SlidingWindow

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{3,190}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""HTML's definition of a valid address; nothing in it can add a header."""
PER_ADDRESS = ((2, 3600.0), (5, 86_400.0))
"""Mails to one address: (how many, in how many seconds)."""
NOTICES = ((3, 3600.0), (10, 86_400.0))
"""The same for notices, of each kind: so that whoever causes many of one kind cannot keep the owner from another."""
TIMEOUT_S = 20.0
MAX_POSTED = 100
"""Notices that may wait to be sent; the next one is dropped."""
log = logging.getLogger(__name__)


class MailServer(Protocol):
    """The SMTP server that mail is handed to (`config.settings.Mail`)."""

    @property
    def host(self) -> str:
        """Its host; "" for none."""

    @property
    def port(self) -> int:
        """Its port."""

    @property
    def security(self) -> str:
        """`starttls`, `tls` or `none`."""

    @property
    def user(self) -> str:
        """The user name to log in with; "" if it asks for none."""

    @property
    def password(self) -> str:
        """The password that goes with `user`."""

    @property
    def sender(self) -> str:
        """The address that mail comes from."""


class NotSent(Exception):
    """The mail server did not accept the mail; the text says why, for the log."""


class Mailer:
    """Sends mail, and limits how much one address gets."""

    def __init__(self) -> None:
        self._sent = SlidingWindow(max_times=max(count for count, _ in PER_ADDRESS))
        self._noticed = SlidingWindow(max_times=max(count for count, _ in NOTICES))
        self._posted: set[asyncio.Task[None]] = set()

    def may_send(self, address: str, now_s: float) -> bool:
        """Whether the address may get one more mail now."""
        return all(self._sent.count(address.lower(), window_s, now_s) < count for count, window_s in PER_ADDRESS)

    async def send(self, server: MailServer, address: str, subject: str, text: str, now_s: float) -> None:
        """Hand a mail to the mail server. Raises NotSent."""
        self._sent.note(address.lower(), now_s)
        await self._send(server, address, subject, text)

    def post(self, server: MailServer, address: str, subject: str, text: str, now_s: float, *, kind: str) -> None:
        """Send a notice of this kind, and do not wait. What is too much, and what fails, is in the log alone."""
        key = (kind, address.lower())
        if len(self._posted) >= MAX_POSTED or not all(
            self._noticed.count(key, window_s, now_s) < count for count, window_s in NOTICES
        ):
            log.warning("no mail to %s: it has had enough of this kind (%s)", address, kind)
            return
        self._noticed.note(key, now_s)
        task = asyncio.get_running_loop().create_task(self._send_or_log(server, address, subject, text))
        self._posted.add(task)
        task.add_done_callback(self._posted.discard)

    async def posted(self) -> None:
        """Wait until no notice is under way."""
        await asyncio.gather(*self._posted)

    async def _send_or_log(self, server: MailServer, address: str, subject: str, text: str) -> None:
        try:
            await self._send(server, address, subject, text)
        except NotSent as error:
            log.warning("no mail to %s: %s", address, error)

    async def _send(self, server: MailServer, address: str, subject: str, text: str) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = server.sender, address, subject
        message.set_content(text)
        try:
            await asyncio.to_thread(_hand_over, server, message)
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"{type(error).__name__}: {error}") from None


def _hand_over(server: MailServer, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    connection: smtplib.SMTP
    if server.security == "tls":
        connection = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    with connection:
        if server.security == "starttls":
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
        connection.send_message(message)
