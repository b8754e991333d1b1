"""What is known of a user, as pairs of a label and a value for a person to read."""

from __future__ import annotations

from papo.client.session.answers import Answer
from papo.client.state.message import one_line
from papo.client.state.user_info import UserInfo
from papo.client.text.markup import plain
from papo.i18n import _
from papo.protocol import numerics as n
from papo.protocol.irc import Line
from papo.ui.times import clock, long_date

Fact = tuple[str, str]
"""A label, "" for a sentence that needs none, and what it says."""


def facts(info: UserInfo | None, answer: Answer) -> list[Fact]:
    """What the state and the answer to WHOIS know, each label once."""
    found = known_facts(info)
    labels = {label for label, _value in found if label}
    for line in answer:
        found += [fact for fact in _facts_of(line) if fact[0] not in labels]
    return found


def known_facts(info: UserInfo | None) -> list[Fact]:
    """What is known without asking the server."""
    found = []
    if info is not None and info.account:
        found.append((_("Account"), plain(info.account)))
    if info is not None and info.away:
        found.append((_("Away"), one_line(info.away_text) or "…"))
    return found


def _facts_of(line: Line) -> list[Fact]:
    if not line.command.isdecimal() or line.command == n.RPL_ENDOFWHOIS:
        return []
    words = [plain(word) for word in line.params[2:]]
    match line.command, words:
        case n.RPL_WHOISUSER, [user, host, _star, realname, *_rest]:
            return [(_("Name"), realname), (_("Address"), f"{user}@{host}")]
        case n.RPL_WHOISSERVER, [server, *_rest]:
            return [(_("Server"), server)]
        case n.RPL_WHOISIDLE, [idle, since, *_rest] if _is_number(idle) and _is_number(since):
            at_ms = int(since) * 1000
            hours, minutes = divmod(int(idle) // 60, 60)
            return [
                (_("Online since"), f"{long_date(at_ms)} {clock(at_ms)}"),
                (_("Idle for"), _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)),
            ]
        case n.RPL_WHOISCHANNELS, [channels, *_rest]:
            return [(_("Channels"), channels)]
        case n.RPL_WHOISACCOUNT, [account, *_rest]:
            return [(_("Account"), account)]
        case n.RPL_AWAY, [text, *_rest]:
            return [(_("Away"), text)]
    return [("", " ".join(words))] if words else []


def _is_number(word: str) -> bool:
    return word.isdecimal() and len(word) < 11
