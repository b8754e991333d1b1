"""Registration: from CAP LS to the end of the MOTD, and who the user is on the connection since.

Sources: modern.ircdocs.horse "Connection Registration"; IRCv3 capability-negotiation, sasl-3.2.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import TypeAlias

from papo.client.identity import Identity
from papo.client.session.capabilities import Capabilities
from papo.client.session.isupport import Support
from papo.client.session.line_parts import last, nick_of, param, user_name
from papo.client.session.listener import SessionListener
from papo.client.session.sasl import Login
from papo.i18n import _
from papo.protocol import numerics as n
from papo.protocol.irc import Line
from papo.protocol.numerics import GROUPS

SECOND_FACTOR = "second factor"
"""The code of the refusal that asks the user for one."""
DEVICE = f"Papo, {platform.node() or platform.system()}"
"""What the owner of the account sees this program listed as."""
REFUSALS = GROUPS["not_registered"]


RunApart: TypeAlias = Callable[[Callable[[], list[str]], Callable[[list[str]], None]], None]


def run_at_once(work: Callable[[], list[str]], then: Callable[[list[str]], None]) -> None:
    """Without another thread."""
    then(work())


class Registration:
    """The nick, the host, the account and the capabilities of one connection."""

    def __init__(
        self, identity: Identity, listener: SessionListener, send: Callable[..., None], *, private: bool
    ) -> None:
        """`send` takes a command and its parameters; `private` means that nobody on the way can read them."""
        self.identity = identity
        self.private = private
        self.run_apart: RunApart = run_at_once
        """Runs what takes long, in another thread if there is one, and hands its result to a function."""
        self.nick = identity.nick
        self.host = ""
        """`user@host` of ours as others see it; "" until it is known."""
        self.account = ""
        """ "" for a guest."""
        self.accepted_credentials = ("", "")
        """Account and password of the last login that succeeded on this connection."""
        self.done = False
        """Whether the server has sent 001."""
        self.support = Support()
        self.capabilities = Capabilities(lambda names: send("CAP", "REQ", names))
        self.listener = listener
        self._send = send
        self._negotiating = True
        self._login: Login | None = None
        """While it is under way."""
        self._credentials = ("", "")
        """Account and password of `_login`."""
        self._logs_in_later = False
        """The user has asked to log in, and the capability is not enabled yet."""
        self._tries_token = False
        """The server has been given the token of this device instead of a code."""
        self._halted = False
        """Logging in has failed, and the user decides how to go on."""
        self._folded: tuple[str, object, str] = ("", None, "")

    def begin(self) -> None:
        """Send the first lines."""
        self._send("CAP", "LS", "302")
        if self.identity.server_password:
            self._send("PASS", self.identity.server_password)
        self._send("NICK", self.identity.nick)
        self._send("USER", user_name(self.identity.nick), "0", "*", self.identity.realname or self.identity.nick)

    def is_me(self, nick: str) -> bool:
        """Whether this is our nick."""
        ours, mapping, folded = self._folded
        if ours is not self.nick or mapping is not self.support.mapping:
            folded = self.support.fold(self.nick)
            self._folded = (self.nick, self.support.mapping, folded)
        return nick == self.nick or self.support.fold(nick) == folded

    def handle(self, line: Line) -> None:
        """Learn what a line says of the connection itself."""
        handler = HANDLERS.get(line.command)
        if handler is not None:
            handler(self, line)
        if not self.done and line.command in REFUSALS:
            self._refuse(line.command, last(line))

    def _refuse(self, code: str, text: str) -> None:
        nick = self.listener.refused(code, text)
        if nick and not self.done:
            self.nick = nick
            self._send("NICK", nick)

    # --- capabilities

    def request_capabilities(self) -> None:
        """Request what is offered and wanted."""
        self.capabilities.request_wanted(sasl=bool(self.identity.account) or not self._negotiating)
        self.go_on()

    def go_on(self) -> None:
        """Log in or end the negotiation, unless an answer or the user's decision is still missing."""
        if self.capabilities.is_waiting or self._login is not None or self._halted:
            return
        if not self._logs_in_later and not (self._negotiating and self.identity.account):
            self.end_negotiation()
        elif "sasl" in self.capabilities.enabled:
            self._start_login()
        else:
            self._fail_without_accounts()

    def end_negotiation(self) -> None:
        """Send CAP END, once."""
        if self._negotiating:
            self._negotiating = False
            self._send("CAP", "END")

    def welcomed(self) -> None:
        """Registration is complete: the server has sent 001."""
        self.done = True
        if self._negotiating:
            # The server did not wait for CAP END: it knows no negotiation.
            self._negotiating = False
            if self.identity.account and not self.account:
                self._fail_without_accounts()

    # --- logging in

    def log_in(self, account: str, password: str) -> None:
        """Log in while connected."""
        self.identity.account, self.identity.password = account, password
        self._logs_in_later = True
        self._halted = False
        if "sasl" in self.capabilities.enabled:
            self._start_login()
        else:
            self.capabilities.request(["sasl"])

    def _start_login(self) -> None:
        self._logs_in_later = False
        offered = self.capabilities.offered.get("sasl", "")
        identity = self.identity
        try:
            self._login = Login(self._login_name(), identity.password, offered=offered, private=self.private)
        except LookupError:
            self._fail("sasl", _("There is no way to sign in here that keeps the password safe; connect with TLS."))
            return
        self._credentials = (identity.account, identity.password)
        self._send("AUTHENTICATE", self._login.mechanism)

    def _login_name(self) -> str:
        """The account, and on Papo servers, which have capabilities of their own, the device: `ana@papo-x7`."""
        identity = self.identity
        is_papo = any(name.startswith("papo.chat/") for name in self.capabilities.offered)
        return f"{identity.account}@{identity.device}" if is_papo and identity.device else identity.account

    def challenged(self, challenge: str) -> None:
        """AUTHENTICATE from the server."""
        if self._login is None:
            return
        answers = self._login.receive(challenge)
        for each in answers if answers is not None else ["*"]:
            self._send("AUTHENTICATE", each)
        if answers is None:
            self._fail(n.ERR_SASLFAIL, _("The server does not know this password."))
        elif self._login.slow is not None:
            login, work, self._login.slow = self._login, self._login.slow, None
            self.run_apart(work, lambda answers: self._send_answers(login, answers))

    def _send_answers(self, login: Login, answers: list[str]) -> None:
        """Send what took long to compute, if it is still asked for."""
        if self._login is login:
            for each in answers:
                self._send("AUTHENTICATE", each)

    def logged_in(self) -> None:
        """903. With SCRAM the server must have proved that it knows the password."""
        if self._login is not None and not self._login.is_mutual:
            self._fail(n.ERR_SASLFAIL, _("The server does not know this password."))
            return
        if self._login is not None:
            self.accepted_credentials = self._credentials
        self._login = None
        self.end_negotiation()

    def not_logged_in(self, text: str) -> None:
        """The server has refused the login with 902, 904 or 905."""
        if self._login is not None:
            self._fail(n.ERR_SASLFAIL, text)

    # --- the second factor (decision 40)

    def asked_for_code(self, ways: str, text: str) -> None:
        """The server wants the second factor: the token that it has given us, or a code from the user."""
        if self._login is None or not self._login.is_mutual:
            return  # nothing proved: whoever asks is not to have the token
        # Not if the user signs in again by hand: that is to prove that they sit here.
        self._tries_token = self._negotiating and bool(self.identity.device_token) and "device" in ways.split(",")
        if self._tries_token:
            self._send("SECONDFACTOR", "CODE", "device", self.identity.device_token)
        else:
            self._refuse(SECOND_FACTOR, text)

    def give_code(self, typed: str) -> None:
        """What the user has typed: digits are the app's code, anything else is a recovery code."""
        code = "".join(typed.split())
        way = "totp" if code.isdecimal() else "recovery"
        trust = () if self.identity.device_token else (DEVICE,)
        self._send("SECONDFACTOR", "CODE", way, code, *trust)

    def code_refused(self, text: str) -> None:
        """The token or a code is not right; the user may try another."""
        if self._login is None:
            return
        if self._tries_token:
            self.identity.device_token = ""
            self._tries_token = False
        self._refuse(SECOND_FACTOR, text)

    def _fail_without_accounts(self) -> None:
        self._logs_in_later = False
        self._fail("sasl", _("This server has no accounts."))

    def _fail(self, code: str, text: str) -> None:
        self._login = None
        self._halted = self._negotiating
        self._refuse(code, text)


def _cap(connection: Registration, line: Line) -> None:
    words = last(line).split() if len(line.params) > 2 else []
    capabilities = connection.capabilities
    match param(line, 1).upper():
        case "LS" | "NEW" as kind:
            capabilities.offer(words)
            if kind == "NEW" or len(line.params) < 4 or line.params[2] != "*":
                connection.request_capabilities()
        case "DEL":
            capabilities.withdraw(words)
        case "ACK":
            if capabilities.acknowledge(words):
                connection.go_on()
        case "NAK":
            if capabilities.refuse():
                connection.go_on()
        case _:
            pass


def _welcome(connection: Registration, line: Line) -> None:
    connection.nick = param(line, 0) or connection.nick
    connection.welcomed()


def _nick(connection: Registration, line: Line) -> None:
    if param(line, 0) and connection.is_me(nick_of(line.source)):
        connection.nick = param(line, 0)


def _join(connection: Registration, line: Line) -> None:
    if "@" in line.source and connection.is_me(nick_of(line.source)):
        connection.host = line.source.partition("!")[2]


def _chghost(connection: Registration, line: Line) -> None:
    if connection.is_me(nick_of(line.source)):
        connection.host = f"{param(line, 0)}@{param(line, 1)}"


def _account(connection: Registration, line: Line) -> None:
    if connection.is_me(nick_of(line.source)):
        connection.account = param(line, 0).replace("*", "")


def _second_factor(connection: Registration, line: Line) -> None:
    match param(line, 0):
        case "REQUIRED":
            connection.asked_for_code(param(line, 2), last(line))
        case "DEVICE":
            connection.identity.device_token = param(line, 1)
        case _:
            pass


def _fail(connection: Registration, line: Line) -> None:
    if param(line, 0) == "SECONDFACTOR":
        connection.code_refused(last(line))


def _logged_in_as(connection: Registration, line: Line) -> None:
    connection.account = param(line, 2)


def _logged_out(connection: Registration, _line: Line) -> None:
    connection.account = ""


HANDLERS: dict[str, Callable[[Registration, Line], None]] = {
    "CAP": _cap,
    "SECONDFACTOR": _second_factor,
    "FAIL": _fail,
    "AUTHENTICATE": lambda connection, line: connection.challenged(param(line, 0)),
    n.RPL_LOGGEDIN: _logged_in_as,
    n.RPL_LOGGEDOUT: _logged_out,
    n.ERR_NICKLOCKED: lambda connection, line: connection.not_logged_in(last(line)),
    n.RPL_SASLSUCCESS: lambda connection, _line: connection.logged_in(),
    n.ERR_SASLFAIL: lambda connection, line: connection.not_logged_in(last(line)),
    n.ERR_SASLTOOLONG: lambda connection, line: connection.not_logged_in(last(line)),
    n.RPL_WELCOME: _welcome,
    n.RPL_ISUPPORT: lambda connection, line: connection.support.update(line.params[1:-1]),
    n.RPL_ENDOFMOTD: lambda connection, _line: connection.listener.online(),
    n.ERR_NOMOTD: lambda connection, _line: connection.listener.online(),
    "NICK": _nick,
    "JOIN": _join,
    "CHGHOST": _chghost,
    "ACCOUNT": _account,
}
