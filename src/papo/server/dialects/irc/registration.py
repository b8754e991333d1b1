"""From connecting to 001: what has been said so far, who it is, and the welcome.

Source: modern.ircdocs.horse "Connection Registration"; IRCv3 capability-negotiation, account-registration.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.actions import accounts, always_on, operate, people, profile, registered
from papo.server.dialects.irc import caps, isupport
from papo.server.dialects.irc.channel_lines import join_lines
from papo.server.dialects.irc.metadata import set_line
from papo.server.dialects.irc.refusals import sentence
from papo.server.dialects.irc.sasl import split_device
from papo.server.world.errors import Code, Refused
from papo.server.world.names import valid_username

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.records import Account
    from papo.server.world.user import User


class Registration:
    """What an unregistered connection has told."""

    __slots__ = (
        "account", "asked", "away", "host", "metadata", "negotiating", "nick", "password", "realname",
        "tried_password", "uid", "username",
    )  # fmt: skip

    def __init__(self) -> None:
        self.nick = ""
        self.asked = ""
        """The last nick that was asked for, given or not."""
        self.username = ""
        self.realname = ""
        self.password: str | None = None
        self.tried_password = False
        """Whether `account:password` was looked at already."""
        self.negotiating = False
        """Between CAP LS or REQ and CAP END nobody is registered."""
        self.host = ""
        """As a trusted gateway gave it (WEBIRC); else the address."""
        self.uid = ""
        self.account: Account | None = None
        """Signed in to."""
        self.away: str | None = None
        """Said before registration (draft/pre-away)."""
        self.metadata: dict[str, str] = {}

    def password_is_right(self, session: IrcSession) -> bool:
        """Whether the server's password, where it has one, was given."""
        wanted = session.chat.config.server.password
        return not wanted or hmac.compare_digest((self.password or "").encode(), wanted.encode())


def try_register(session: IrcSession) -> None:
    """Bring the person in, if everything has been said."""
    registration = session.registration
    if registration is None or registration.negotiating or not (registration.nick and registration.username):
        return
    if registration.account is None and not registration.tried_password and ":" in (registration.password or ""):
        registration.tried_password = True
        name = split_device(registration.password.partition(":")[0])[0] if registration.password else ""
        if session.chat.world.registry.account(name) is not None:
            session.hold(_sign_in_by_pass(session, registration))
            return
    if registration.account is None and not registration.password_is_right(session):
        session.numeric(n.ERR_PASSWDMISMATCH, "Password incorrect")
        session.quit("Bad password", closing="Bad password")
        return
    if _is_kept_out(session, registration):
        return
    here = _already_here(session, registration)
    if here is not None:
        _attach(session, registration, here)
        return
    try:
        account_id = "" if registration.account is None else registration.account.id
        people.check_nick(session.chat, registration.nick, account_id=account_id)
    except Refused as refused:
        session.refused(refused)
        registration.nick = ""
        return
    registration.uid = registration.uid or session.chat.names.uid()
    answer = people.claim_nick(session.chat, registration.nick, registration.uid)
    session.settle(answer, lambda granted: _finish(session, registration, granted=granted))


async def _sign_in_by_pass(session: IrcSession, registration: Registration) -> None:
    """PASS account:password, for programs without SASL."""
    name, _, password = (registration.password or "").partition(":")
    name, session.device = split_device(name)
    try:
        registration.account = await accounts.by_password(session.chat, name, password, session.link.address)
    except Refused as refused:
        session.numeric(n.ERR_PASSWDMISMATCH, sentence(refused, session.say_in))
        session.quit("Bad password", closing="Bad password")
        return
    registration.account = await accounts.signed_in(session.chat, registration.account, session.link.address)
    try_register(session)


def _is_kept_out(session: IrcSession, registration: Registration) -> bool:
    """Whether they may not come in at all: banned, or without the account that is needed. Says so."""
    chat = session.chat
    account = registration.account
    if account is not None:
        try:
            account = registration.account = accounts.current(chat, account)  # it may have been suspended since
        except Refused as refused:
            session.numeric(n.ERR_YOUREBANNEDCREEP, sentence(refused, session.say_in))
            session.quit("Suspended", closing="Suspended")
            return True
    elif chat.config.accounts.required:
        session.fail(
            "*", "ACCOUNT_REQUIRED", session.say_in("This server is for people with an account: sign in with SASL")
        )
        session.quit("Account required", closing="Account required")
        return True
    who = f"{registration.nick}!{valid_username(registration.username)}"
    reason = operate.banned(chat, who=who, address=session.link.address, host=registration.host, account=account)
    if reason:
        session.numeric(n.ERR_YOUREBANNEDCREEP, f"You are banned from this server: {reason}")
        session.quit("Banned", closing=f"Banned: {reason}")
    return bool(reason)


def _already_here(session: IrcSession, registration: Registration) -> User | None:
    """The same person, connected elsewhere or always on, whom this connection joins."""
    account = registration.account
    if account is None or not (session.chat.config.accounts.multiclient and account.multiclient):
        return None
    holder = session.chat.world.user(registration.nick)
    if holder is not None and holder.account_id == account.id and holder.dialect == "irc":
        return holder
    if always_on.stays(session.chat, account):
        return next(
            (user for user in accounts.users_of(session.chat, account) if user.uid in session.chat.lasting), None
        )
    return None


def _attach(session: IrcSession, registration: Registration, user: User) -> None:
    del registration
    session.registration = None
    people.attach(session.chat, session, user)
    session.chat.journal.defer(_greet_late, session)
    replay(session)


def _greet_late(session: IrcSession) -> None:
    """The welcome of one more connection, and from that moment on everything the person hears: in one step."""
    user = session.me
    if session.chat.world.users.get(user.uid) is not user:
        session.quit("", closing="You have left elsewhere; connect again")
        return
    for line in welcome_lines(session):
        session.write_line(line)
    session.chat.fanout.attach_late(user, session)
    for key in user.channels:
        channel = session.chat.world.channels.get(key)
        for line in join_lines(session, channel) if channel is not None else ():
            session.write_line(line)


def replay(session: IrcSession) -> None:
    """What was said since this device was last connected, to programs that do not ask for it themselves."""
    from papo.server.dialects.irc.verbs.search import replay_all  # noqa: PLC0415 -- verbs come after registration

    if session.bits & (caps.CHATHISTORY | caps.PLAYBACK):
        return
    user = session.me
    since_ms = always_on.last_seen_ms(session.chat, user, session.device)
    if not since_ms:
        return
    session.hold(replay_all(session, since_ms))


def _finish(session: IrcSession, registration: Registration, *, granted: bool) -> None:
    if not granted:
        session.numeric(n.ERR_NICKNAMEINUSE, registration.nick, "Nickname is already in use")
        registration.nick = ""
        return
    session.registration = None
    people.arrive(
        session.chat,
        session,
        uid=registration.uid,
        nick=registration.nick,
        username=registration.username,
        realname=registration.realname or registration.nick,
        dialect="irc",
        host=registration.host,
        account=registration.account,
    )
    if registration.metadata:
        profile.introduce(session.chat, session, registration.metadata)
    for line in welcome_lines(session):
        session.send(line)
    if registration.away is not None:
        people.set_away(session.chat, session, registration.away)


async def signed_in(session: IrcSession, account: Account) -> None:
    """The account is proved: now, or as soon as they come in, they are logged in to it."""
    account = await accounts.signed_in(session.chat, account, session.link.address)
    if session.registration is not None:
        session.registration.account = account
    elif session.user is not None:
        others = session.chat.fanout.sessions.get(session.user.uid, ())
        if len(others) > 1 and session.user.account_id != account.id:
            raise Refused(Code.BAD_VALUE, "close your other connections first: they are logged in to another account")
        accounts.log_in(session.chat, session, session.user, account)
        always_on.settle(session.chat, session.user)
    if account.language and not session.language:
        session.language = account.language
    send_logged_in(session, account.name)
    for key in () if session.user is None else session.user.channels:
        registered.promote(session.chat, session.chat.world.channels[key], session.me)


def send_logged_in(session: IrcSession, name: str) -> None:
    """900."""
    before = session.registration
    source = (
        session.user.source if session.user is not None else f"{session.nick}!{(before and before.username) or '*'}@*"
    )
    session.numeric(n.RPL_LOGGEDIN, source, name, session.say_in("You are now logged in as {name}").format(name=name))


def welcome_lines(session: IrcSession) -> list[str]:
    """Everything from 001 to the end of the message of the day. Hot at reconnect storms."""
    chat = session.chat
    nick = session.nick
    texts = isupport.texts(chat)
    modes = "".join(sorted(session.me.modes))
    server = chat.config.server.name
    welcome = f"Welcome to the {chat.config.server.network} IRC Network {session.me.source}"
    lines = [
        f":{server} {n.RPL_WELCOME} {nick} :{welcome}",
        *(f":{server} {line.replace(chr(0), nick, 1)}" for line in texts.head),
        *isupport_lines(session),
    ]
    if session.bits & caps.WHOAMI:
        lines.append(f":{session.me.source} SETNAME :{session.me.realname}")
    if session.bits & caps.METADATA:
        lines += profile_lines(session)
    if session.bits & caps.PERSISTENCE and session.me.account is not None:
        lines.append(persistence_line(session))
    lines += [f":{server} {numeric} {nick} {text}" for numeric, text in lusers(session)]
    lines += [f":{server} {line.replace(chr(0), nick, 1)}" for line in texts.motd]
    if modes:
        lines.append(f":{session.me.source} MODE {nick} +{modes}")
    if session.bits & caps.USER_QUERY:
        lines += query_lines(session)
    return lines


def isupport_lines(session: IrcSession) -> list[str]:
    """005, as a batch where the program wants one (IRCv3 extended-isupport)."""
    server = session.chat.config.server.name
    lines = [f":{server} {line.replace(chr(0), session.nick, 1)}" for line in isupport.texts(session.chat).isupport]
    both = caps.BATCH | caps.EXTENDED_ISUPPORT
    if session.bits & both != both:
        return lines
    reference = session.chat.names.uid()
    return [
        f":{server} BATCH +{reference} draft/isupport",
        *(f"@batch={reference} {line}" for line in lines),
        f":{server} BATCH -{reference}",
    ]


def profile_lines(session: IrcSession) -> list[str]:
    """What the person says about themselves, as a batch (IRCv3 metadata)."""
    server = session.chat.config.server.name
    reference = session.chat.names.uid()
    values = session.chat.world.profiles.get(session.me.identity, {})
    return [
        f":{server} BATCH +{reference} metadata {session.nick}",
        *(f"@batch={reference} {_profile_line(session, key, value)}" for key, value in values.items()),
        f":{server} BATCH -{reference}",
    ]


def _profile_line(session: IrcSession, key: str, value: str) -> str:
    if session.bits & caps.METADATA_3:
        return set_line(session, session.nick, key, value)
    return f":{session.chat.config.server.name} METADATA {session.nick} {key} * :{value}"


def persistence_line(session: IrcSession) -> str:
    """draft/persistence: what was wished, and what is so."""
    account = session.chat.world.registry.accounts.get(session.me.account_id)
    wished = {None: "DEFAULT", True: "ON", False: "OFF"}[None if account is None else account.always_on]
    actual = "ON" if always_on.stays(session.chat, account) else "OFF"
    return f":{session.chat.config.server.name} PERSISTENCE STATUS {wished} {actual}"


def query_lines(session: IrcSession) -> list[str]:
    """Private conversations that are open on the person's devices (draft/user-query)."""
    account = session.chat.world.registry.accounts.get(session.me.account_id)
    return [f":{session.me.source} USERQUERY OPEN {nick}" for nick in (account.open if account else ())]


def lusers(session: IrcSession) -> list[tuple[str, str]]:
    """The numbers of LUSERS: (numeric, rest of the line)."""
    world = session.chat.world
    users = len(world.users)
    unknown = session.chat.unregistered()
    return [
        (n.RPL_LUSERCLIENT, f":There are {users - world.invisible} users and {world.invisible} invisible on 1 servers"),
        (n.RPL_LUSEROP, f"{len(world.operators)} :IRC Operators online"),
        (n.RPL_LUSERUNKNOWN, f"{unknown} :unregistered connections"),
        (n.RPL_LUSERCHANNELS, f"{len(world.channels)} :channels formed"),
        (n.RPL_LUSERME, f":I have {users} clients and 0 servers"),
        (n.RPL_LOCALUSERS, f"{users} {world.most_users} :Current local users {users}, max {world.most_users}"),
        (n.RPL_GLOBALUSERS, f"{users} {world.most_users} :Current global users {users}, max {world.most_users}"),
    ]
