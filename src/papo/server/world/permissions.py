"""Who may do what in a channel: one function for each action. What no rule allows is refused."""

from __future__ import annotations

from collections.abc import Iterable

from papo.server.world.channel import Channel
from papo.server.world.errors import Code, Refused
from papo.server.world.masks import ACCOUNT, MUTE, matches
from papo.server.world.modes import FOUNDER, HALF_OPERATOR, OPERATOR, VOICE
from papo.server.world.user import User

POWERS = (
    "accounts", "audit", "ban", "channels", "hosts", "join", "kill", "modes", "relay", "reload", "see", "stop",
    "wallops",
)  # fmt: skip
"""What a role of operators may do; "admin" may do all of it."""
SERVER = "server"
"""The power that the server itself has and no role can: it may do everything in a channel without being in it."""


def is_banned(channel: Channel, user: User) -> bool:
    """Whether a ban matches the user and no exception does. Masks are matched against host and address alike."""
    bans = [mask for mask in channel.lists["b"] if not mask.startswith(MUTE)]
    if not bans or not _any_fits(bans, user):
        return False
    return not _any_fits([mask for mask in channel.lists["e"] if not mask.startswith(MUTE)], user)


def fits(mask: str, user: User) -> bool:
    """Whether a mask of a channel's lists matches the user; one for muting matches nobody here."""
    if mask.startswith(ACCOUNT):
        return _account_fits(mask[2:], user)
    return any(matches(mask, source) for source in user.sources)


def _any_fits(masks: Iterable[str], user: User) -> bool:
    return any(fits(mask, user) for mask in masks)


def _account_fits(mask: str, user: User) -> bool:
    """`a:name` (IRCv3 account-extban): users logged in to the account; `a:*`: every user with an account."""
    return user.account is not None and matches(mask, user.account)


def is_muted(channel: Channel, user: User) -> bool:
    """Whether an `m:` ban mutes the user and no exception matches."""
    muted = [mask[2:] for mask in channel.lists["b"] if mask.startswith(MUTE)]
    return bool(muted) and _any_fits(muted, user) and not _any_fits(_without_prefix(channel.lists["e"]), user)


def _without_prefix(masks: Iterable[str]) -> list[str]:
    """An exception for muting may be written with or without `m:`."""
    return [mask.removeprefix(MUTE) for mask in masks]


def check_join(channel: Channel, user: User, key: str, *, invited: bool = False) -> None:
    """Raises Refused if the user may not join.

    An INVITE by an operator overrides bans and all modes but z; another one overrides nothing (as in InspIRCd, where
    it overrides all, an INVITE needs an operator; in ircd-hybrid it overrides mode i alone).

    Args:
        channel: The channel.
        user: Who wants to join.
        key: The key they gave; "" for none.
        invited: They have an invitation link, which replaces key and INVITE, and does not override a ban.
    """
    modes = channel.modes
    check_secure(channel, user)
    if user.uid in channel.invited:
        return
    if is_banned(channel, user):
        raise Refused(Code.BANNED, channel.name)
    if "i" in modes and not invited and not _any_fits(channel.lists["I"], user):
        raise Refused(Code.INVITE_ONLY, channel.name)
    if "R" in modes and user.account is None:
        raise Refused(Code.NEED_ACCOUNT, channel.name)
    if "k" in modes and not invited and key != modes["k"]:
        raise Refused(Code.BAD_KEY, channel.name)
    limit = modes.get("l")
    if limit is not None and len(channel.members) >= int(limit):
        raise Refused(Code.CHANNEL_FULL, channel.name)


def check_secure(channel: Channel, user: User) -> None:
    """Raises Refused if the channel is for TLS only, and one of the user's connections is without."""
    if "z" in channel.modes and not user.secure:
        raise Refused(Code.NEED_SECURE, channel.name)


def check_speak(channel: Channel, user: User) -> None:
    """Raises Refused if the user may not speak. Hot path: a member of a usual channel passes in three look-ups."""
    prefix = channel.members.get(user.uid)
    modes = channel.modes
    if prefix is None:
        if user.may(SERVER):
            return
        if "n" in modes or "s" in modes or "i" in modes or "k" in modes or ("z" in modes and not user.secure):
            raise Refused(Code.CANNOT_SEND, channel.name, "you are not in the channel")
        prefix = ""
    if prefix:
        return
    if "m" in modes:
        raise Refused(Code.CANNOT_SEND, channel.name, "only people with voice may speak here (+m)")
    if "M" in modes and user.account is None:
        raise Refused(Code.CANNOT_SEND, channel.name, "only people with an account may speak here (+M)")
    if channel.lists["b"] and (is_banned(channel, user) or is_muted(channel, user)):
        raise Refused(Code.CANNOT_SEND, channel.name, "you are banned or muted (+b)")


def check_rank(channel: Channel, user: User, least: int) -> None:
    """Raises Refused if the user is not in the channel, or their rank is below `least`."""
    if user.may(SERVER):
        return
    if user.uid not in channel.members:
        raise Refused(Code.NOT_ON_CHANNEL, channel.name)
    if channel.rank(user.uid) < least:
        raise Refused(Code.NEED_CHANNEL_OPERATOR, channel.name)


def check_kick(channel: Channel, user: User, victim: User) -> None:
    """Raises Refused unless the user is a half-operator or more, and not below the victim."""
    check_rank(channel, user, HALF_OPERATOR)
    if user.may(SERVER):
        return
    mine, theirs = channel.rank(user.uid), channel.rank(victim.uid)
    if theirs > mine or (mine == HALF_OPERATOR and theirs == HALF_OPERATOR):
        raise Refused(Code.NEED_HIGHER_RANK, channel.name)
    if "Q" in channel.modes:
        raise Refused(Code.NO_KICK, channel.name)


def check_topic(channel: Channel, user: User) -> None:
    """Raises Refused unless the user is a member, and with mode t a half-operator or more."""
    check_rank(channel, user, HALF_OPERATOR if "t" in channel.modes else 0)


def check_invite(channel: Channel, user: User) -> None:
    """Raises Refused unless the user is a member, and of an invite-only channel an operator."""
    check_rank(channel, user, OPERATOR if "i" in channel.modes else 0)
    if "V" in channel.modes:
        raise Refused(Code.NO_INVITE, channel.name)


def rank_for_links(channel: Channel) -> int:
    """The least rank of who may make invitation links; more than there is if nobody may.

    A link gives no more than an INVITE of its maker: past a key only an operator's lets anybody, and past mode i as
    well, unless mode A says that members may.
    """
    modes = channel.modes
    if "V" in modes:
        return FOUNDER + 1
    if "k" in modes:
        return OPERATOR
    if "A" in modes:
        return 0
    return OPERATOR if "i" in modes else HALF_OPERATOR


def check_link(channel: Channel, user: User) -> None:
    """Raises Refused unless the user may make an invitation link: half-operators and more, with mode A any member."""
    if "V" in channel.modes and user.uid in channel.members:
        raise Refused(Code.NO_INVITE, channel.name)
    check_rank(channel, user, rank_for_links(channel))


def manages_links(channel: Channel, user: User) -> bool:
    """Whether the user may see and revoke the links that others have made."""
    owns = bool(channel.founder) and channel.founder == user.account_id
    return owns or user.may("channels") or channel.rank(user.uid) >= HALF_OPERATOR


def check_rename(channel: Channel, user: User) -> None:
    """Raises Refused if the channel forbids it, or if the user is banned there and would evade the ban."""
    if channel.rank(user.uid) >= VOICE:
        return
    if "N" in channel.modes or is_banned(channel, user):
        raise Refused(Code.NO_RENAME, channel.name)


def sees_channel(channel: Channel, user: User) -> bool:
    """Whether the user may know that the channel exists."""
    return user.uid in channel.members or user.may("see") or not ("s" in channel.modes or "p" in channel.modes)


def sees_member(channel: Channel, viewer: User, uid: str) -> bool:
    """Whether the viewer may see that a user is a member (modes u and D)."""
    if uid == viewer.uid or viewer.may("see"):
        return True
    rank = channel.rank(viewer.uid)
    if uid in channel.hidden and rank < HALF_OPERATOR:
        return False
    return "u" not in channel.modes or rank >= HALF_OPERATOR or channel.rank(uid) >= HALF_OPERATOR
