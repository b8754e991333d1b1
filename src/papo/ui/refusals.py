"""Why a server did not let the user in, and what to ask the user for. The codes are numerics, or the session's own."""

from __future__ import annotations

from typing import Literal, TypeAlias

from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.session.registration import SECOND_FACTOR
from papo.client.state.network import Network
from papo.i18n import _
from papo.protocol import numerics as n

Prompt: TypeAlias = Literal["", "nick", "account", "guest", "server password", "certificate", "code"]
"""What a dialog asks for: another nick, another account and password, consent to go on as a guest, the server's own
password, trust in a certificate, a code of the second factor; "" if no answer would help.
"""
PROMPTS: dict[str, Prompt] = {
    n.ERR_NONICKNAMEGIVEN: "nick",
    n.ERR_ERRONEUSNICKNAME: "nick",
    n.ERR_NICKNAMEINUSE: "nick",
    n.ERR_NICKCOLLISION: "nick",
    n.ERR_BANNICKCHANGE: "nick",
    n.ERR_NICKLOCKED: "account",
    n.ERR_SASLFAIL: "account",
    n.ERR_SASLTOOLONG: "account",
    "sasl": "guest",
    n.ERR_PASSWDMISMATCH: "server password",
    "certificate": "certificate",
    SECOND_FACTOR: "code",
}


def prompt_for(code: str) -> Prompt:
    """What to ask the user for."""
    return PROMPTS.get(code, "")


def sentence(network: Network, code: str, text: str) -> str:
    """The refusal in the user's language; the server's own text if it says more."""
    if isinstance(network, ClassroomNetwork):
        return text
    match code:
        case n.ERR_NICKNAMEINUSE | n.ERR_NICKCOLLISION:
            return _("This nick is taken. Choose another.")
        case n.ERR_NONICKNAMEGIVEN | n.ERR_ERRONEUSNICKNAME:
            return _("A nick may not begin with a digit and may not contain spaces or characters such as # and @.")
        case n.ERR_PASSWDMISMATCH:
            return _("The server's password is wrong.")
        case n.ERR_YOUREBANNEDCREEP:
            return _("You are banned from this server: {text}").format(text=text)
        case n.ERR_SASLFAIL:
            return _("The account or the password is wrong.")
    return text


def suggested_nick(network: Network, code: str) -> str:
    """The nick to begin with when asking for another one."""
    return f"{network.wanted_nick}2" if code in {n.ERR_NICKNAMEINUSE, n.ERR_NICKCOLLISION} else network.wanted_nick


def certificate_question(host: str, *, changed: bool) -> str:
    """What to consider before trusting a certificate that no trusted authority has signed."""
    if changed:
        return _(
            "The certificate of {host} is not the one you trusted before. Somebody may be intercepting the connection: "
            "trust it only if you know why it changed."
        ).format(host=host)
    return _(
        "The certificate of {host} is not signed by a trusted authority. Trust it only if the operator shows the same "
        "fingerprint."
    ).format(host=host)


def fingerprint_lines(fingerprint: str) -> list[str]:
    """A SHA-256 in hex as `openssl x509 -fingerprint` writes it, on two lines of 16 bytes."""
    pairs = [fingerprint[at : at + 2].upper() for at in range(0, len(fingerprint), 2)]
    return [":".join(pairs[at : at + 16]) for at in range(0, len(pairs), 16)]
