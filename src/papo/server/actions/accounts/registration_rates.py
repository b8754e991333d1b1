"""How many accounts may be made: from one network, and from all that nobody is known from.

One person with many networks can use up what all have together, but cannot close the door to people who come from where
somebody is known already (docs/decisions/0036).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.protocol.networks import Network, counted_as
from papo.protocol.proxy import is_trusted, plain_address
from papo.protocol.times import DAY_MS
from papo.server.world.errors import Code, Refused
from papo.server.world.records import Account

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat

WINDOW_S = 600
ALL = "all"
_OWN_NETWORKS = tuple(
    map(Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"))
)
"""Where only people of our own site are (RFC 1918, RFC 3927, RFC 4193, RFC 4291)."""


def count(chat: Chat, name: str, address: str) -> Callable[[Account], None]:
    """Count an account that is about to be made; `address` is its maker's, "" for a unix socket. Raises Refused.

    What is returned goes with the change that makes it (`Records.change`): nothing is counted if the store refuses it.
    """
    if not chat.config.limits.enabled:
        return lambda _: None
    now_s, made = chat.monotonic_s(), chat.registrations
    shares = _shares(address)
    for key, share in shares:
        if made.count(key, WINDOW_S, now_s) >= chat.config.limits.accounts_per_10min * share:
            raise Refused(
                Code.TEMPORARILY_UNAVAILABLE, name, "too many accounts were made from your address; try again later"
            )
    keys = [key for key, _ in shares]
    if not _is_known(chat, address):
        if made.count(ALL, WINDOW_S, now_s) >= chat.config.accounts.registrations_per_10min:
            raise Refused(Code.TEMPORARILY_UNAVAILABLE, name, "too many accounts are being created; try again later")
        keys.append(ALL)
    for key in keys:
        made.note(key, now_s)

    def stored(_: Account) -> None:
        for key in keys:
            chat.journal.undo.note(made.take_back, key, now_s)

    return stored


def _shares(address: str) -> tuple[tuple[str, int], ...]:
    """What the address is counted by; () for loopback and unix sockets."""
    try:
        ip = plain_address(address)
    except ValueError:
        return ()
    return () if ip.is_loopback else counted_as(ip)


def _is_known(chat: Chat, address: str) -> bool:
    """Whether it is in a network of our own, or somebody is signed in from there to an account older than a day."""
    shares = _shares(address)
    if not shares or is_trusted(address, _OWN_NETWORKS):
        return bool(shares)
    long_ago_ms, accounts = chat.now_ms() - DAY_MS, chat.world.registry.accounts
    for user in chat.world.users.values():
        account = accounts.get(user.account_id)
        if account is not None and account.created_at_ms < long_ago_ms and _shares(user.address)[:1] == shares[:1]:
            return True
    return False
