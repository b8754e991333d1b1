"""The log of failed proofs: one line each, for people and for fail2ban (contrib/fail2ban)."""

from __future__ import annotations

import json
import logging
from collections import Counter

from papo.server.auth.throttle import network_of
from papo.server.rate_limit import KeyedBuckets, SlidingWindow, TokenBucket, per_minute

PER_ADDRESS = per_minute(20)
"""Lines about one IPv4 address or IPv6 /64: more than any rule for banning it needs."""
IN_ALL = per_minute(600)
NAME_LENGTH = 80
AGAIN_S = 3600.0

log = logging.getLogger(__name__)


class FailedProofs:
    """Counts failed proofs, and writes them to the log as far as its limits allow."""

    def __init__(self, now_s: float) -> None:
        self.counts: Counter[str] = Counter()
        """How many there were of each kind."""
        self._networks = KeyedBuckets()
        self._in_all = TokenBucket(IN_ALL, now_s)
        self._left_out = 0
        self._tried = SlidingWindow(max_times=1)

    def note(  # noqa: PLR0917 -- what there is to say of a proof
        self, kind: str, address: str, name: str, why: str, now_s: float, tried: str = ""
    ) -> None:
        """A proof has failed.

        Args:
            kind: Of the proof, such as `password`.
            address: Of the client; "" for a Unix socket.
            name: Whose proof it should have been: a name that exists here, never what the client sent, which may be a
                password in the wrong place; "" for none.
            why: Some words of ours.
            now_s: Monotonic seconds.
            tried: A digest of what was tried, if the same again within an hour is no other guess: a class that opens a
                dead link together is not an attack; "" if every attempt counts.
        """
        if tried and not self._tried.allow((kind, address, tried), 1, AGAIN_S, now_s):
            return
        self.counts[kind] += 1
        if self._networks.spend(network_of(address), PER_ADDRESS, now_s) or self._in_all.spend(IN_ALL, now_s):
            self._left_out += 1
            return
        if self._left_out:
            log.warning("failed proofs that were not logged, for there were too many: %d", self._left_out)
            self._left_out = 0
        whose = f"for {quoted(name)}" if name else "for nobody here"
        log.warning("failed proof from %s: %s %s: %s", address or "unix", kind, whose, why)


def quoted(name: str) -> str:
    """A name in quotes and in ASCII: nothing in it can end the quotes or the line."""
    return json.dumps(name[:NAME_LENGTH]).replace("\x7f", "\\u007f")
