"""A SASL exchange: chunks in, one mechanism, an account or a refusal out (IRCv3 sasl-3.1, sasl-3.2; RFC 4422)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from papo.protocol.sasl import CHUNK_LENGTH
from papo.server.actions import lookup, proofs
from papo.server.actions.accounts import app_passwords, authentication, passkeys, scram_keys, second_factor
from papo.server.actions.proofs import Proof
from papo.server.auth.failed_proofs import quoted
from papo.server.world.errors import Code, Refused
from papo.server.world.names import visible

if TYPE_CHECKING:
    from papo.server.auth.bearer import Bearer
    from papo.server.auth.passkeys import Challenge
    from papo.server.delivery.chat import Chat
    from papo.server.dialects.irc.replies import Replies
    from papo.server.world.credentials import AppPassword
    from papo.server.world.records import Account

MAX_BYTES = 8192
"""Of one message in base64."""


class Mechanism(Protocol):
    """One way to log in."""

    how: str
    """What it is called in `recent_proof.PROVES`."""

    async def step(self, session: Replies, message: bytes) -> bytes | Account:
        """Returns the next challenge, or the account if the login is complete. Raises Refused."""


class TooLong(Exception):
    """A message is longer than `MAX_BYTES`, or one line of it than `CHUNK_LENGTH`."""


class Chunks:
    """The lines of one message."""

    __slots__ = ("chunks", "size")

    def __init__(self) -> None:
        self.chunks: list[str] = []
        self.size = 0

    def add(self, chunk: str) -> bytes | None:
        """Add a line; returns the message when it is complete.

        Raises Refused if it is not base64, TooLong.
        """
        if chunk != "+":
            self.size += len(chunk)
            if self.size > MAX_BYTES or len(chunk) > CHUNK_LENGTH:
                raise TooLong
            self.chunks.append(chunk)
            if len(chunk) == CHUNK_LENGTH:
                return None
        text, self.chunks, self.size = "".join(self.chunks), [], 0
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Refused(Code.BAD_CREDENTIALS) from None


class SaslExchange(Chunks):
    """The messages of one sign-in."""

    __slots__ = ("mechanism",)

    def __init__(self, mechanism: Mechanism) -> None:
        super().__init__()
        self.mechanism = mechanism


def split_device(name: str) -> tuple[str, str]:
    """(account, device): `ana@phone` is the account `ana` on the device `phone`.

    An app password is a device of its own if the client names none: `ana/laptop`.
    """
    account, _, device = name.partition("@")
    return account, visible(device or app_passwords.split(account)[1])[:32]


class Plain:
    """PLAIN (RFC 4616)."""

    def __init__(self) -> None:
        self.how = "password"

    async def step(self, session: Replies, message: bytes) -> bytes | Account:
        """Authzid NUL authcid NUL password."""
        try:
            authzid, authcid, password = message.decode().split("\0")
        except ValueError:
            raise Refused(Code.BAD_CREDENTIALS) from None
        name, device = split_device(authcid)
        if authzid and _parts(authzid)[0].lower() != _parts(authcid)[0].lower():
            raise Refused(Code.BAD_CREDENTIALS)
        account = await authentication.by_password(session.chat, name, password, session.link.address, device)
        session.device = device
        self.how = app_passwords.how(account, password)
        return account


def _parts(text: str) -> tuple[str, str, str]:
    """(account, app password, device) of `ana/laptop@phone`."""
    name, device = split_device(text)
    return *app_passwords.split(name), device


class External:
    """EXTERNAL: the client certificate of the TLS connection (RFC 4422, appendix A)."""

    how = "certificate"

    async def step(self, session: Replies, message: bytes) -> bytes | Account:
        """Nothing, or an authzid."""
        try:
            name, session.device = split_device(message.decode())
        except UnicodeDecodeError:
            raise Refused(Code.BAD_CREDENTIALS) from None
        return authentication.by_certificate(session.chat, session.link.fingerprints, name, session.link.address)


class ScramSha256:
    """SCRAM-SHA-256 (RFC 7677): the client never sends the password."""

    def __init__(self) -> None:
        from papo.server.auth.scram import Scram  # noqa: PLC0415 -- not every server needs it

        self.how = "SCRAM"
        self._make = Scram
        self._scram: Scram | None = None
        self._asked: Account | None = None
        """The account that the client names, as it was when it got its challenge."""
        self._account: Account | None = None
        """Proved; the client has not acknowledged the server's own proof yet."""
        self._app: AppPassword | None = None
        """The app password that the client names; None for the account's own."""

    async def step(self, session: Replies, message: bytes) -> bytes | Account:
        """The client's first message, its final one, then an empty one that acknowledges the server's proof."""
        chat = session.chat
        if self._account is not None:
            if message:
                raise Refused(Code.BAD_CREDENTIALS)
            return self._checked(lookup.current(chat, self._account))
        try:
            text = message.decode()
            if self._scram is None:
                self._scram = self._make(self._keys(chat))
                return self._scram.begin(text).encode()
        except ValueError:
            raise Refused(Code.BAD_CREDENTIALS) from None
        name, app, device = _parts(self._scram.name)
        kind = Proof.APP_PASSWORD if app else Proof.PASSWORD
        async with authentication.attempt(chat, kind, self._asked, name, session.link.address, device=device) as tried:
            answer = self._scram.finish(text)
            tried.proved = answer is not None
        account = authentication.end(chat, self._asked, proved=tried.proved)
        if self._app is not None:
            self.how = "app password"
            account = await app_passwords.note_use(chat, account, self._app, session.link.address)
        self._account = account
        session.device = device
        return (answer or "").encode()

    def _checked(self, account: Account) -> Account:
        """The account that is proved, if that is enough and still true. Raises Refused."""
        if self._app is None:
            second_factor.check_none(account)
        elif not app_passwords.has(account, self._app):
            raise Refused(Code.BAD_CREDENTIALS)
        return account

    def _keys(self, chat: Chat) -> Callable[[str], str]:
        def keys_of(text: str) -> str:
            name, app, _ = _parts(text)
            self._asked = lookup.find_account(chat, name)
            if not app:
                return scram_keys.keys_of(chat, self._asked, name)
            self._app = app_passwords.named(self._asked, app)
            kept = "" if self._app is None else self._app.scram
            return kept or scram_keys.keys_of(chat, None, f"{name}/{app}")

        return keys_of


class Token:
    """OAUTHBEARER (RFC 7628), and IRCV3BEARER with tokens that are JWTs."""

    how = "token"

    def __init__(self, bearer: Bearer, *, oauth: bool) -> None:
        self._bearer = bearer
        self._oauth = oauth

    async def step(self, session: Replies, message: bytes) -> bytes | Account:
        """The token, which is checked with its issuer's keys."""
        from papo.server.auth.bearer import BadToken  # noqa: PLC0415 -- only servers with issuers need it

        try:
            text = message.decode()
        except UnicodeDecodeError:
            raise Refused(Code.BAD_CREDENTIALS) from None
        if text == "\x01":
            raise Refused(Code.BAD_CREDENTIALS)  # the client acknowledges the error
        name, token = _oauth_parts(text) if self._oauth else _bearer_parts(text)
        try:
            claims = await self._bearer.check(token)
        except BadToken as error:
            proofs.note_failure(session.chat, Proof.TOKEN, address=session.link.address, why=quoted(str(error)))
            if self._oauth:
                return b'{"status":"invalid_token"}'
            raise Refused(Code.BAD_CREDENTIALS) from None
        issuers = session.chat.config.issuers
        create = any(issuer.create for issuer in issuers if issuer.url.rstrip("/") == claims.issuer.rstrip("/"))
        account = await authentication.by_claims(session.chat, claims, create=create)
        wanted, session.device = split_device(name)
        if wanted and wanted.lower() != account.name.lower():
            raise Refused(Code.BAD_CREDENTIALS)
        return account


class WebPasskey:
    """PAPO-PASSKEY: a passkey of the browser whose page this is (decision 44)."""

    how = "passkey"

    def __init__(self, asked: Challenge, owner: Account | None) -> None:
        self._asked = asked
        self._owner = owner
        """Who has proved their password and lacks the second factor; None if nobody has."""
        self._is_asked = False

    async def step(self, session: Replies, message: bytes) -> bytes | Account:
        """The name of the device, such as `@web-x7`; then what the browser has signed."""
        if not self._is_asked:
            try:
                _, session.device = split_device(message.decode())
            except UnicodeDecodeError:
                raise Refused(Code.BAD_CREDENTIALS) from None
            self._is_asked = True
            return passkeys.options_to_log_in(self._asked, self._owner)
        return await passkeys.log_in(session.chat, self._asked, message, session.link.address, self._owner)


def _oauth_parts(text: str) -> tuple[str, str]:
    """(authzid, token) of `n,a=NAME,^Ahost=…^Aauth=Bearer TOKEN^A^A`."""
    head, *fields = text.split("\x01")
    name = next((part[2:] for part in head.split(",") if part.startswith("a=")), "")
    auth = next((field[5:] for field in fields if field.startswith("auth=")), "")
    kind, _, token = auth.partition(" ")
    if kind.lower() != "bearer":
        raise Refused(Code.BAD_CREDENTIALS)
    return name, token.strip()


def _bearer_parts(text: str) -> tuple[str, str]:
    """(authzid, token) of `authzid NUL type NUL token`; types jwt and oauth2."""
    parts = text.split("\0")
    if len(parts) != 3 or parts[1].lower() not in {"jwt", "oauth2"}:
        raise Refused(Code.BAD_CREDENTIALS)
    return parts[0], parts[2]


def begin(session: Replies, name: str) -> Mechanism | None:
    """The mechanism of this name; None if the settings do not allow it. Raises Refused."""
    bearer = session.chat.bearer
    match name:
        case "PLAIN":
            return Plain()
        case "EXTERNAL" if session.chat.config.tls.client_certificates:
            return External()
        case "SCRAM-SHA-256" if session.chat.config.accounts.scram:
            return ScramSha256()
        case "OAUTHBEARER" | "IRCV3BEARER" if bearer is not None:
            return Token(bearer, oauth=name == "OAUTHBEARER")
        case "PAPO-PASSKEY" if session.link.origin:
            owner = None if session.factor is None else session.factor.account
            return WebPasskey(passkeys.challenge(session.chat, session.link.origin), owner)
        case _:
            return None
