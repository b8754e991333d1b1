"""NickServ: accounts."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from papo.i18n import N_, find_language, known_languages
from papo.server.actions import accounts, always_on, authentication, lifecycle, login, lookup
from papo.server.auth.mail import ADDRESS
from papo.server.dialects.irc.login import log_in
from papo.server.dialects.irc.services.table import command, tell
from papo.server.world.errors import Code, Refused
from papo.server.world.masks import matches

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.records import Account

NICKSERV = "NickServ"


def say(session: IrcSession, text: str, **values: object) -> None:
    """A sentence of NickServ."""
    tell(session, NICKSERV, text, **values)


@command(NICKSERV, "REGISTER password [email]", N_("make an account with the name that is your nick"))
async def register(session: IrcSession, words: list[str]) -> None:
    """As the REGISTER command of IRC."""
    me = session.me
    if me.account is not None:
        raise Refused(Code.ALREADY_AUTHENTICATED, me.account)
    email = words[1] if len(words) > 1 and words[1] != "*" else ""
    account = await accounts.register(session.chat, name=me.nick, email=email, password=words[0], uid=me.uid)
    if not account.verified:
        say(
            session,
            N_("The account {name} is made; give the code that was sent to {email}: VERIFY {name} CODE"),
            name=account.name,
            email=email,
        )
        return
    say(session, N_("The account {name} is made, and you are logged in"), name=account.name)
    await log_in(session, account)


@command(NICKSERV, "IDENTIFY [account] password", N_("log in to an account"))
async def identify(session: IrcSession, words: list[str]) -> None:
    """By password."""
    name = words[0] if len(words) > 1 else session.me.nick
    account = await authentication.by_password(session.chat, name, words[-1], session.link.address)
    await log_in(session, account)
    say(session, N_("You are now logged in as {name}"), name=account.name)


@command(NICKSERV, "LOGOUT", N_("log out of your account"))
async def logout(session: IrcSession, words: list[str]) -> None:
    """The nick is kept until somebody with a right to it comes."""
    del words
    lookup.account_of(session.chat, session.me)
    login.log_out(session.chat, session.me, session)
    always_on.update(session.chat, session.me)
    say(session, N_("You are logged out"))


@command(NICKSERV, "VERIFY account code", N_("give the code that was sent by mail"))
async def verify(session: IrcSession, words: list[str]) -> None:
    """As the VERIFY command of IRC."""
    account = await authentication.by_code(session.chat, words[0], words[1], session.link.address)
    say(session, N_("The account {name} is verified"), name=account.name)
    await log_in(session, account)


@command(NICKSERV, "INFO [account]", N_("what is known about an account"))
async def info(session: IrcSession, words: list[str]) -> None:
    """Its secrets are for its owner and operators."""
    account = lookup.get_account(session.chat, words[0]) if words else lookup.account_of(session.chat, session.me)
    mine = session.me.account_id == account.id or session.me.may("accounts")
    made = time.strftime("%Y-%m-%d", time.gmtime(account.created_at_ms / 1000))
    say(session, N_("Account: {name}, made on {date}"), name=account.name, date=made)
    if not mine:
        return
    if account.nicks:
        say(session, N_("Nicks: {nicks}"), nicks=", ".join(account.nicks))
    if account.email:
        say(session, N_("Address: {email}"), email=account.email)
    if account.suspended:
        say(session, N_("Suspended: {reason}"), reason=account.suspended)
    if not account.verified:
        say(session, N_("Not verified yet"))
    for record in session.chat.world.registry.channels.values():
        if record.founder == account.id:
            say(session, N_("Founder of {channel}"), channel=record.name)


@command(NICKSERV, "PASSWD current new", N_("set another password"))
async def passwd(session: IrcSession, words: list[str]) -> None:
    """The present one proves who asks."""
    account = lookup.account_of(session.chat, session.me)
    await authentication.by_password(session.chat, account.name, words[0], session.link.address)
    accounts.check_password(account.name, words[1])
    await accounts.set_password(session.chat, account, words[1])
    say(session, N_("Your password is changed"))


@command(NICKSERV, "SENDPASS account", N_("get a code by mail that sets a new password"))
async def sendpass(session: IrcSession, words: list[str]) -> None:
    """The answer is the same whether the account exists or not."""
    account = lookup.find_account(session.chat, words[0])
    if account is not None and account.email and account.verified and session.chat.config.mail.host:
        try:
            await accounts.send_code(session.chat, account)
        except Refused as refused:
            session.chat.log(f"SENDPASS {account.name}: {refused.code.name}")
    say(session, N_("If the account has an address, a code is on its way; use it with RESETPASS account code password"))


@command(NICKSERV, "RESETPASS account code password", N_("set a new password with the code that was sent by mail"))
async def resetpass(session: IrcSession, words: list[str]) -> None:
    """A suspension stays what it was."""
    accounts.check_password(words[0], words[2])
    account = await authentication.by_code(session.chat, words[0], words[1], session.link.address)
    await accounts.set_password(session.chat, account, words[2])
    say(session, N_("Your password is changed"))


@command(NICKSERV, "GROUP", N_("let the nick you use belong to your account"))
async def group(session: IrcSession, words: list[str]) -> None:
    """Only a nick that one has."""
    del words
    await accounts.group_nick(session.chat, session)
    say(session, N_("The nick {nick} belongs to your account now"), nick=session.me.nick)


@command(NICKSERV, "UNGROUP nick", N_("let a nick of your account go"))
async def ungroup(session: IrcSession, words: list[str]) -> None:
    """The account's name stays its own."""
    await accounts.ungroup_nick(session.chat, lookup.account_of(session.chat, session.me), words[0])
    say(session, N_("The nick {nick} is free"), nick=words[0])


@command(NICKSERV, "GHOST nick", N_("disconnect whoever uses a nick of your account"))
async def ghost(session: IrcSession, words: list[str]) -> None:
    """And it is free."""
    lifecycle.ghost(session.chat, session, words[0])
    say(session, N_("{nick} is disconnected"), nick=words[0])


@command(NICKSERV, "SESSIONS", N_("list your connections"))
async def sessions(session: IrcSession, words: list[str]) -> None:
    """Those of this nick on this server."""
    del words
    for at, other in enumerate(session.chat.fanout.sessions.get(session.me.uid, ()), 1):
        device = getattr(other, "device", "") or "-"
        mark = " *" if other is session else ""
        say(
            session,
            "{at}. {device} {address}{mark}",
            at=at,
            device=device,
            address=other.link.address or "unix",
            mark=mark,
        )


@command(NICKSERV, "CERT ADD|DEL|LIST [fingerprint]", N_("certificates that sign you in"))
async def cert(session: IrcSession, words: list[str]) -> None:
    """Without a fingerprint, the certificate of this connection."""
    account = lookup.account_of(session.chat, session.me)
    have = session.link.fingerprints
    fingerprint = words[1] if len(words) > 1 else (have[0] if have else "")
    match words[0].upper():
        case "LIST":
            for each in account.certificates:
                say(session, "{fingerprint}", fingerprint=each)
            say(session, N_("{count} certificates"), count=len(account.certificates))
        case "ADD":
            await accounts.add_certificate(session.chat, account, fingerprint)
            say(session, N_("The certificate signs you in from now on"))
        case "DEL":
            await accounts.remove_certificate(session.chat, account, fingerprint)
            say(session, N_("The certificate no longer signs you in"))
        case _:
            say(session, N_("Say it so: {usage}"), usage="CERT ADD|DEL|LIST [fingerprint]")


SWITCHES = {"ENFORCE": "enforce", "AUTO-AWAY": "auto_away", "ALWAYS-ON": "always_on", "MULTICLIENT": "multiclient"}
ON, OFF = {"ON", "TRUE", "YES"}, {"OFF", "FALSE", "NO"}


@command(
    NICKSERV,
    "SET ENFORCE|ALWAYS-ON|AUTO-AWAY|MULTICLIENT|EMAIL|LANGUAGE value",
    N_(
        "keep others from your nicks; stay when you disconnect; be shown as away then; let several programs share "
        "your nick; your address; your language"
    ),
)
async def set_(session: IrcSession, words: list[str]) -> None:
    """One setting of one's own account."""
    name, value = words[0].upper(), words[1]
    account = lookup.account_of(session.chat, session.me)
    if name in SWITCHES and value.upper() in ON | OFF:
        on = value.upper() in ON
        if name == "ALWAYS-ON":
            await accounts.set_always_on(session.chat, session, on=on)
        else:
            await accounts.change(session.chat, account, **{SWITCHES[name]: on})
    elif name == "EMAIL" and ADDRESS.fullmatch(value):
        await accounts.change(session.chat, account, email=value)
    elif name == "LANGUAGE" and (value := find_language(value)):
        session.language = value
        await accounts.change(session.chat, account, language=value)
    else:
        say(
            session,
            N_("Say it so: {usage}"),
            usage="SET ENFORCE|ALWAYS-ON|AUTO-AWAY|MULTICLIENT ON|OFF, SET EMAIL address, SET LANGUAGE "
            + "|".join(known_languages()),
        )
        return
    say(session, N_("{name} is now {value}"), name=name, value=value)


def code_for(account: Account) -> str:
    """A word to repeat, so that nobody drops an account by a slip."""
    return hashlib.sha256(f"drop {account.id}".encode()).hexdigest()[:6]


@command(NICKSERV, "DROP account [code]", N_("delete an account for ever"))
async def drop(session: IrcSession, words: list[str]) -> None:
    """One's own, or as operator anybody's."""
    account = lookup.get_account(session.chat, words[0])
    accounts.check_owner(session, account)
    if account.id != session.me.account_id:
        session.chat.audit(session.me, "DROP", account.name)
    if len(words) < 2 or words[1] != code_for(account):
        say(
            session,
            N_("This cannot be undone. If you mean it: DROP {name} {code}"),
            name=account.name,
            code=code_for(account),
        )
        return
    await accounts.drop(session.chat, session, account)
    say(session, N_("The account {name} is deleted"), name=account.name)


@command(NICKSERV, "SAREGISTER account [password]", N_("make an account for somebody"), power="accounts")
async def saregister(session: IrcSession, words: list[str]) -> None:
    """Without a password, nobody can sign in by one."""
    accounts.check_name(session.chat, words[0])
    session.chat.audit(session.me, "SAREGISTER", words[0])
    account = await accounts.create(session.chat, name=words[0], password=words[1] if len(words) > 1 else "")
    say(session, N_("The account {name} is made"), name=account.name)


@command(NICKSERV, "SAPASSWD account password", N_("set somebody's password"), power="accounts")
async def sapasswd(session: IrcSession, words: list[str]) -> None:
    """For those who forgot."""
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "SAPASSWD", account.name)
    await accounts.set_password(session.chat, account, words[1])
    say(session, N_("The password of {name} is changed"), name=account.name)


@command(NICKSERV, "SAVERIFY account", N_("verify an account without its code"), power="accounts")
async def saverify(session: IrcSession, words: list[str]) -> None:
    """Where mail does not arrive."""
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "SAVERIFY", account.name)
    await accounts.verify(session.chat, session, account)
    say(session, N_("The account {name} is verified"), name=account.name)


@command(NICKSERV, "SUSPEND account [reason...]", N_("let nobody sign in to an account"), power="accounts")
async def suspend(session: IrcSession, words: list[str]) -> None:
    """Who is logged in is disconnected."""
    account = lookup.get_account(session.chat, words[0])
    reason = " ".join(words[1:])
    session.chat.audit(session.me, "SUSPEND", f"{account.name} ({reason})")
    await accounts.suspend(session.chat, session, account, reason)
    say(session, N_("The account {name} is suspended"), name=account.name)


@command(NICKSERV, "UNSUSPEND account", N_("let its owner sign in again"), power="accounts")
async def unsuspend(session: IrcSession, words: list[str]) -> None:
    """The end of a suspension."""
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "UNSUSPEND", account.name)
    await accounts.unsuspend(session.chat, session, account)
    say(session, N_("The account {name} is suspended no longer"), name=account.name)


@command(NICKSERV, "RENAME account name", N_("give an account another name"), power="accounts")
async def rename(session: IrcSession, words: list[str]) -> None:
    """Everything of the account stays with it."""
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "RENAME", f"{account.name} {words[1]}")
    account = await accounts.rename(session.chat, session, account, words[1])
    say(session, N_("The account is called {name} now"), name=account.name)


@command(NICKSERV, "LIST [mask]", N_("list accounts"), power="accounts")
async def list_(session: IrcSession, words: list[str]) -> None:
    """At most a hundred."""
    mask = words[0] if words else "*"
    found = [each.name for each in session.chat.world.registry.accounts.values() if matches(mask, each.name)]
    for name in sorted(found)[:100]:
        say(session, "{name}", name=name)
    say(session, N_("{count} accounts"), count=len(found))
