"""PASSKEY: the passkeys of one's own account (decision 44). Logging in with one is the SASL mechanism PAPO-PASSKEY.

PASSKEY CHALLENGE :name    a batch of lines PASSKEY CHALLENGE base64: JSON for `navigator.credentials.create`
PASSKEY ADD base64         its answer as JSON, in lines as of AUTHENTICATE; after the last: PASSKEY ADD id :name
PASSKEY LIST               a batch of lines PASSKEY LIST id host made used network :name
PASSKEY DEL id             PASSKEY DEL id
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from papo.protocol.sasl import chunks
from papo.server.actions import lookup
from papo.server.actions.accounts import credentials, passkeys
from papo.server.dialects.irc.pending_factor import PendingFactor, PendingPasskey
from papo.server.dialects.irc.sasl import Chunks, TooLong
from papo.server.dialects.irc.server_batch import send_batch
from papo.server.dialects.irc.verb import verb
from papo.server.dialects.irc.verbs.second_factor import uses
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.records import Account

BATCH = "papo.chat/passkey"


@verb("PASSKEY", params=1)
def passkey(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """PASSKEY CHALLENGE name | ADD base64 | LIST | DEL id: the passkeys of your account."""
    account = lookup.account_of(session.chat, session.me)
    subcommand, *params = line.params
    match subcommand.upper(), params:
        case "LIST", []:
            server = session.chat.config.server.name
            lines = [
                f":{server} PASSKEY LIST {credentials.id_of(each)} {each.rp_id} {uses(each)} :{each.name}"
                for each in account.passkeys
            ]
            send_batch(session, BATCH, lines)
        case "CHALLENGE", [name]:
            _challenge(session, account, name)
        case "ADD", [chunk]:
            return _add(session, account, chunk)
        case "DEL", [passkey_id]:
            return _revoke(session, account, passkey_id)
        case _:
            session.fail("PASSKEY", "INVALID_PARAMS", subcommand, session.translate("Unknown subcommand"))
    return None


def _challenge(session: IrcSession, account: Account, name: str) -> None:
    asked = passkeys.challenge(session.chat, session.link.origin)
    options = passkeys.options_to_add(session.chat, session, account, asked)
    session.factor = session.factor or PendingFactor()
    session.factor.passkey = PendingPasskey(asked, name, Chunks())
    server = session.chat.config.server.name
    send_batch(session, BATCH, [f":{server} PASSKEY CHALLENGE {chunk}" for chunk in chunks(options)])


async def _add(session: IrcSession, account: Account, chunk: str) -> None:
    factor = session.factor
    if factor is None or factor.passkey is None:
        raise Refused(Code.NO_ENROLMENT)
    pending = factor.passkey
    try:
        message = pending.chunks.add(chunk)
    except (TooLong, Refused):
        factor.passkey = None
        raise Refused(Code.BAD_PASSKEY) from None
    if message is None:
        return
    factor.passkey = None  # one answer for one challenge, right or wrong
    made = await passkeys.add(session.chat, session, account, pending.asked, name=pending.name, message=message)
    server = session.chat.config.server.name
    session.send(f":{server} PASSKEY ADD {credentials.id_of(made)} :{made.name}")


async def _revoke(session: IrcSession, account: Account, passkey_id: str) -> None:
    await passkeys.revoke(session.chat, session, account, passkey_id)
    session.send(f":{session.chat.config.server.name} PASSKEY DEL {passkey_id}")
