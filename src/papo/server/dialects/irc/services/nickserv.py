"""NickServ: accounts and their nicks."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from papo.i18n import N_, find_language, known_languages
from papo.server.actions import always_on, lifecycle, lookup
from papo.server.actions.accounts import (
    accounts,
    app_passwords,
    authentication,
    certificates,
    email_address,
    passwords,
    recent_proof,
    second_factor,
)
from papo.server.actions.accounts.second_factor import SecondFactorRequired
from papo.server.auth.mail import ADDRESS
from papo.server.dialects.irc.login import log_in, log_in_to_new
from papo.server.dialects.irc.services.table import command, send_reply
from papo.server.world.errors import Code, Refused
from papo.server.world.masks import matches

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.records import Account

NICKSERV = "NickServ"


def reply(session: IrcSession, text: str, **values: object) -> None:
    """A notice from NickServ, in the user's language."""
    send_reply(session, NICKSERV, text, **values)


@command(NICKSERV, "REGISTER password [email]", N_("create an account named after your nick"))
async def register(session: IrcSession, words: list[str]) -> None:
    """As the REGISTER command of IRC, for clients without it."""
    me = session.me
    if me.account is not None:
        raise Refused(Code.ALREADY_AUTHENTICATED, me.account)
    email = words[1] if len(words) > 1 and words[1] != "*" else ""
    account = await accounts.register(
        session.chat, name=me.nick, email=email, password=words[0], uid=me.uid, address=session.link.address
    )
    if not account.verified:
        reply(
            session,
            N_("The account {name} is created. To verify it with the code sent to {email}: VERIFY {name} CODE"),
            name=account.name,
            email=email,
        )
        return
    reply(session, N_("The account {name} is created, and you are logged in"), name=account.name)
    log_in_to_new(session, account, "registration")


@command(NICKSERV, "IDENTIFY [account] password [code]", N_("log in to an account"))
async def identify(session: IrcSession, words: list[str]) -> None:
    """The account of the nick, if none is given. The code is for an account with a second factor."""
    name, password, *code = words if len(words) > 1 else (session.me.nick, words[0])
    try:
        account = await authentication.by_password(session.chat, name, password, session.link.address, session.device)
        how = app_passwords.how(account, password)
    except SecondFactorRequired as needed:
        if not code:
            raise
        account, how = await _by_code(session, needed.account, code[0]), "second factor"
    await log_in(session, account, how)
    reply(session, N_("You are now logged in as {name}"), name=account.name)


async def _by_code(session: IrcSession, account: Account, code: str) -> Account:
    """The account, if this is a code of its second factor. Raises Refused."""
    way = second_factor.way_of(code)
    address, device = session.link.address, session.device
    return await authentication.by_second_factor(session.chat, account, way, code, address, device=device)


@command(NICKSERV, "CONFIRM password [code]", N_("prove that it is you, before you change what only you should change"))
async def confirm(session: IrcSession, words: list[str]) -> None:
    """The proof holds on this connection, for ten minutes (`recent_proof`)."""
    account = lookup.account_of(session.chat, session.me)
    password = words[:-1] if account.has_second_factor and len(words) > 1 else words  # there may be spaces in it
    account = await authentication.by_main_password(
        session.chat, account.name, " ".join(password), session.link.address, session.device
    )
    if account.has_second_factor:
        if len(words) < 2:
            raise Refused(Code.CODE_REQUIRED)
        account = await _by_code(session, account, words[-1])
    recent_proof.note(session.chat, session, account)
    reply(session, N_("Confirmed for the next ten minutes, on this connection"))


@command(NICKSERV, "LOGOUT", N_("log out of your account"))
async def logout(session: IrcSession, words: list[str]) -> None:
    """The nick stays until its owner reclaims it."""
    del words
    lookup.account_of(session.chat, session.me)
    accounts.log_out(session.chat, session.me, session)
    session.login, session.proof = "", None
    always_on.update(session.chat, session.me)
    reply(session, N_("You are logged out"))


@command(NICKSERV, "VERIFY account code", N_("verify an account with the code sent by mail"))
async def verify(session: IrcSession, words: list[str]) -> None:
    """As the VERIFY command of IRC, for clients without it."""
    account = await authentication.by_code(session.chat, words[0], words[1], session.link.address)
    reply(session, N_("The account {name} is verified"), name=account.name)
    log_in_to_new(session, account, "code")


@command(NICKSERV, "INFO [account]", N_("show information about an account"))
async def info(session: IrcSession, words: list[str]) -> None:
    """All of it is for the owner and for operators of the server only."""
    account = lookup.get_account(session.chat, words[0]) if words else lookup.account_of(session.chat, session.me)
    is_owner = session.me.account_id == account.id or session.me.may("accounts")
    created = time.strftime("%Y-%m-%d", time.gmtime(account.created_at_ms / 1000))
    reply(session, N_("Account: {name}, created on {date}"), name=account.name, date=created)
    if not is_owner:
        return
    if account.nicks:
        reply(session, N_("Nicks: {nicks}"), nicks=", ".join(account.nicks))
    if account.email:
        reply(session, N_("Email address: {email}"), email=account.email)
    if account.suspended:
        reply(session, N_("Suspended: {reason}"), reason=account.suspended)
    if not account.verified:
        reply(session, N_("Not verified yet"))
    for record in session.chat.world.registry.channels.values():
        if record.founder == account.id:
            reply(session, N_("Founder of {channel}"), channel=record.name)


@command(NICKSERV, "PASSWD current new", N_("change your password"))
async def passwd(session: IrcSession, words: list[str]) -> None:
    """Needs the current one."""
    account = await passwords.change(session.chat, session, words[0], words[1])
    _reply_changed(session, account)


def _reply_changed(session: IrcSession, account: Account) -> None:
    reply(session, N_("Your password is changed, and all other sessions are ended"))
    if account.certificates:
        reply(
            session,
            N_("Certificates still log in to your account: {count} (CERT LIST)"),
            count=len(account.certificates),
        )
    if account.app_passwords:
        reply(
            session,
            N_("App passwords still log in to your account: {count} (APPPASS LIST)"),
            count=len(account.app_passwords),
        )
    if account.passkeys:
        reply(session, N_("Passkeys still log in to your account: {count} (PASSKEY LIST)"), count=len(account.passkeys))


@command(NICKSERV, "SENDPASS account", N_("get a code by mail to set a new password"))
async def sendpass(session: IrcSession, words: list[str]) -> None:
    """The answer is the same whether the account exists or not."""
    account = lookup.find_account(session.chat, words[0])
    if account is not None and _takes_code(account) and session.chat.config.mail.host:
        try:
            await accounts.send_code(session.chat, account)
        except Refused as refused:
            session.chat.log(f"SENDPASS {account.name}: {refused.code.name}")
    reply(
        session, N_("If the account has an email address, a code has been sent to it: RESETPASS account code password")
    )


def _takes_code(account: Account) -> bool:
    return bool(account.email) and account.verified and not account.email_unproved


@command(NICKSERV, "RESETPASS account code password", N_("set a new password with the code sent by mail"))
async def resetpass(session: IrcSession, words: list[str]) -> None:
    """A suspension stays."""
    _reply_changed(session, await passwords.reset(session.chat, session, words[0], words[1], words[2]))


@command(NICKSERV, "GROUP", N_("add your current nick to your account"))
async def group(session: IrcSession, words: list[str]) -> None:
    """Only the current one: it proves that it is theirs."""
    del words
    await accounts.group_nick(session.chat, session)
    reply(session, N_("The nick {nick} now belongs to your account"), nick=session.me.nick)


@command(NICKSERV, "UNGROUP nick", N_("release a nick of your account"))
async def ungroup(session: IrcSession, words: list[str]) -> None:
    """All but the account's name."""
    await accounts.ungroup_nick(session.chat, session, words[0])
    reply(session, N_("The nick {nick} is free"), nick=words[0])


@command(NICKSERV, "GHOST nick", N_("disconnect the user of a nick that belongs to your account"))
async def ghost(session: IrcSession, words: list[str]) -> None:
    """It is free then."""
    lifecycle.ghost(session.chat, session, words[0])
    reply(session, N_("{nick} is disconnected"), nick=words[0])


@command(NICKSERV, "VERIFYEMAIL code", N_("use a new email address, with the code that was sent to it"))
async def verifyemail(session: IrcSession, words: list[str]) -> None:
    """Completes SET EMAIL."""
    account = await email_address.verify(session.chat, session, words[0])
    reply(session, N_("{name} is now {value}"), name="EMAIL", value=account.email)


@command(NICKSERV, "CERT ADD|DEL|LIST [fingerprint]", N_("manage the certificates that log you in"))
async def cert(session: IrcSession, words: list[str]) -> None:
    """Without a fingerprint: the certificate of this connection, which is the only one to be added."""
    have = session.link.fingerprints
    fingerprint = words[1] if len(words) > 1 else (have[0] if have else "")
    match words[0].upper():
        case "LIST":
            account = lookup.account_of(session.chat, session.me)
            for known in account.certificates:
                reply(session, "{fingerprint}", fingerprint=known)
            reply(session, N_("{count} certificates"), count=len(account.certificates))
        case "ADD":
            await certificates.add(session.chat, session, fingerprint)
            reply(session, N_("This certificate now logs you in"))
        case "DEL":
            await certificates.remove(session.chat, session, fingerprint)
            reply(session, N_("This certificate no longer logs you in"))
        case _:
            reply(session, N_("Usage: {usage}"), usage="CERT ADD|DEL|LIST [fingerprint]")


SWITCHES = {"ENFORCE": "enforce", "AUTO-AWAY": "auto_away", "ALWAYS-ON": "always_on", "MULTICLIENT": "multiclient"}
ON, OFF = {"ON", "TRUE", "YES"}, {"OFF", "FALSE", "NO"}


@command(
    NICKSERV,
    "SET ENFORCE|ALWAYS-ON|AUTO-AWAY|MULTICLIENT|EMAIL|LANGUAGE value",
    N_(
        "reserve your nicks; stay when you disconnect; be shown as away then; let several clients share your nick; "
        "your email address; your language"
    ),
)
async def set_(session: IrcSession, words: list[str]) -> None:
    """One setting of the user's own account."""
    name, value = words[0].upper(), words[1]
    account = lookup.account_of(session.chat, session.me)
    if name in SWITCHES and value.upper() in ON | OFF:
        on = value.upper() in ON
        if name == "ALWAYS-ON":
            await accounts.set_always_on(session.chat, session, on=on)
        elif name == "ENFORCE":
            await accounts.set_enforced(session.chat, session, on=on)
        else:
            await accounts.change(session.chat, account, **{SWITCHES[name]: on})
    elif name == "EMAIL" and ADDRESS.fullmatch(value):
        if not await email_address.change(session.chat, session, value):
            reply(session, N_("A code was sent to {email}: VERIFYEMAIL code makes it your address"), email=value)
            return
    elif name == "LANGUAGE" and (value := find_language(value)):
        await accounts.change(session.chat, account, language=value)
        session.language = value
    else:
        reply(
            session,
            N_("Usage: {usage}"),
            usage="SET ENFORCE|ALWAYS-ON|AUTO-AWAY|MULTICLIENT ON|OFF, SET EMAIL address, SET LANGUAGE "
            + "|".join(known_languages()),
        )
        return
    reply(session, N_("{name} is now {value}"), name=name, value=value)


def code_for(account: Account) -> str:
    """The code that confirms DROP."""
    return hashlib.sha256(f"drop {account.id}".encode()).hexdigest()[:6]


@command(NICKSERV, "DROP account [code]", N_("delete an account permanently"))
async def drop(session: IrcSession, words: list[str]) -> None:
    """The user's own, or any as an operator of the server."""
    account = lookup.get_account(session.chat, words[0])
    accounts.check_owner(session.chat, session, account)
    if account.id != session.me.account_id:
        session.chat.audit(session.me, "DROP", account.name)
    if len(words) < 2 or words[1] != code_for(account):
        reply(
            session,
            N_("This cannot be undone. To confirm: DROP {name} {code}"),
            name=account.name,
            code=code_for(account),
        )
        return
    await accounts.drop(session.chat, session, account)
    reply(session, N_("The account {name} is deleted"), name=account.name)


@command(NICKSERV, "SAREGISTER account [password]", N_("create an account for another user"), power="accounts")
async def saregister(session: IrcSession, words: list[str]) -> None:
    """Without a password nobody can log in by password."""
    accounts.check_name(session.chat, words[0])
    await session.chat.audit_first(session.me, "SAREGISTER", words[0])
    account = await accounts.create(session.chat, name=words[0], password=words[1] if len(words) > 1 else "")
    reply(session, N_("The account {name} is created"), name=account.name)


@command(NICKSERV, "SAPASSWD account password", N_("set the password of an account"), power="accounts")
async def sapasswd(session: IrcSession, words: list[str]) -> None:
    """For an owner who has forgotten it."""
    account = lookup.get_account(session.chat, words[0])
    await session.chat.audit_first(session.me, "SAPASSWD", account.name)
    await passwords.set_by_operator(session.chat, session, account, words[1])
    reply(session, N_("The password of {name} is changed"), name=account.name)


@command(NICKSERV, "SAVERIFY account", N_("verify an account without its code"), power="accounts")
async def saverify(session: IrcSession, words: list[str]) -> None:
    """For an owner who gets no mail."""
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "SAVERIFY", account.name)
    await accounts.verify(session.chat, session, account)
    reply(session, N_("The account {name} is verified"), name=account.name)


@command(NICKSERV, "SUSPEND account [reason...]", N_("let nobody log in to an account"), power="accounts")
async def suspend(session: IrcSession, words: list[str]) -> None:
    """Disconnects the account's users."""
    account = lookup.get_account(session.chat, words[0])
    reason = " ".join(words[1:])
    session.chat.audit(session.me, "SUSPEND", f"{account.name} ({reason})")
    await accounts.suspend(session.chat, session, account, reason)
    reply(session, N_("The account {name} is suspended"), name=account.name)


@command(NICKSERV, "UNSUSPEND account", N_("let the owner of an account log in again"), power="accounts")
async def unsuspend(session: IrcSession, words: list[str]) -> None:
    """Ends a suspension."""
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "UNSUSPEND", account.name)
    await accounts.unsuspend(session.chat, session, account)
    reply(session, N_("The account {name} is no longer suspended"), name=account.name)


@command(NICKSERV, "RENAME account name", N_("rename an account"), power="accounts")
async def rename(session: IrcSession, words: list[str]) -> None:
    """Its channels, settings and history stay."""
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "RENAME", f"{account.name} {words[1]}")
    account = await accounts.rename(session.chat, session, account, words[1])
    reply(session, N_("The account is now called {name}"), name=account.name)


@command(NICKSERV, "LIST [mask]", N_("list accounts"), power="accounts")
async def list_(session: IrcSession, words: list[str]) -> None:
    """At most a hundred names."""
    mask = words[0] if words else "*"
    found = [account.name for account in session.chat.world.registry.accounts.values() if matches(mask, account.name)]
    for name in sorted(found)[:100]:
        reply(session, "{name}", name=name)
    reply(session, N_("{count} accounts"), count=len(found))
