"""Limits wrong guesses of passwords and codes without locking anybody out (docs/decisions/0037).

An attempt is counted before it is checked, and given back if it is right: many at once are no more than one after the
other. A device or network that the account was used from before has a count of its own for it, so guesses from
anywhere else, and at anybody else, never touch it. All times are `time.monotonic()` seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from papo.server.rate_limit import Rate, TokenBucket

KNOWN = 10
"""Wrong guesses that are free at one account from one device or network that it was used from before."""
NETWORK_S, DEVICE_S = 60.0, 360.0
"""Until one of those is given back. The name of a device may be guessed too (`ana@phone`), and by anybody anywhere."""
ACCOUNT_S = 1800.0
"""In which `Allowed.per_account` wrong guesses at an account, from all other networks together, are given back."""
PACE_S = 5.0
"""Between two guesses from a network at accounts that were never used from it, after `Allowed.per_network` of them."""
SITE_FACTOR = 4
"""As much as one IPv6 /64 has the /48 that it is in: one customer has up to 65,536 networks."""
MAX_WAIT_S = 15.0
"""Of an attempt for its turn; then it is refused."""
MAX_KEYS = 20_000
"""Of each kind."""
NETWORK, DEVICE = "k", "v"
"""First letters of marks made with a secret; no hexadecimal digits."""


class TooManyGuesses(Exception):
    """The attempt is not checked: there were too many before it."""


class Allowed(NamedTuple):
    """Wrong guesses that are free: the settings `limits.guesses_per_account` and `limits.guesses_per_address`."""

    per_account: int
    per_network: int
    network_s: float = NETWORK_S


class Target(NamedTuple):
    """What is guessed at, and from where."""

    kind: str
    """Of what `name` means: targets of one kind never make the throttle forget those of another."""
    name: str
    """Whose secret it is; "" for one that is nobody's, such as the server's password."""
    network: str
    known_by: tuple[str, ...] = ()
    """The device and the network by which it was proved before, as far as it was."""


class _Budget:
    """The guesses that are left for one key."""

    __slots__ = ("bucket", "rate", "returned", "turn", "under_way")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self.rate = rate
        self.bucket = TokenBucket(rate, now_s)
        self.under_way = 0
        """Attempts that are being checked: they may give back what they took."""
        self.returned = asyncio.Event()
        """Set when one of these has ended."""
        self.turn = asyncio.Lock()
        """Of the attempt that waits at the head of the queue."""

    def may_have_left(self, now_s: float) -> bool:
        """Whether there is a guess now, or will be if one that is under way is right."""
        if self.bucket.spend(self.rate, now_s):
            return self.under_way > 0
        self.bucket.give_back()
        return True


class Throttle:
    """Counts wrong guesses. `sleep` waits so many seconds."""

    def __init__(
        self, clock_s: Callable[[], float], sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self.sleep = sleep
        self.proved_from: set[tuple[str, str]] = set()
        """(secret that no account remembers, network) from which it was right since the start."""
        self._clock_s = clock_s
        self._budgets: dict[str, dict[tuple[str, str], _Budget]] = {}

    @contextlib.asynccontextmanager
    async def attempt(self, target: Target, allowed: Allowed) -> AsyncIterator[Callable[[], None]]:
        """Take a guess, when there is one; what is yielded gives it back. Raises TooManyGuesses."""
        taken: list[_Budget] = []
        right = False

        def give_back() -> None:
            nonlocal right
            right = True

        try:
            for budget, may_wait in self._budgets_of(target, allowed):
                await self._take(budget, may_wait=may_wait)
                taken.append(budget)
            yield give_back
        except TooManyGuesses:
            right = True  # what it took of the other budget was not used
            raise
        finally:
            for budget in taken:
                budget.under_way -= 1
                if right:
                    budget.bucket.give_back()
                budget.returned.set()

    def _budgets_of(self, target: Target, allowed: Allowed) -> list[tuple[_Budget, bool]]:
        """(budget, whether an attempt waits for it) of each that the attempt needs."""
        if target.known_by:
            return [(self._known_budget(target, allowed), False)]
        found = []
        if target.name:
            rate = Rate(allowed.per_account / ACCOUNT_S, allowed.per_account)
            found.append((self._budget(target.kind, target.name, "", rate), False))
        pace = Rate(1 / PACE_S, allowed.per_network)
        found.append((self._budget("network", "", target.network, pace), True))
        if ":" in target.network:
            wide = Rate(pace.per_s * SITE_FACTOR, pace.burst * SITE_FACTOR)
            found.append((self._budget("site", "", _site_of(target.network), wide), True))
        return found

    def _known_budget(self, target: Target, allowed: Allowed) -> _Budget:
        """The first that has a guess left: who uses up those of a device takes none of the owner's network."""
        known = []
        for mark in target.known_by:
            rate = Rate(1 / (DEVICE_S if mark[:1] == DEVICE else allowed.network_s), KNOWN)
            known.append(self._budget(f"known {target.kind}", target.name, mark, rate))
        now_s = self._clock_s()
        return next((budget for budget in known if budget.may_have_left(now_s)), known[-1])

    def _budget(self, kind: str, name: str, network: str, rate: Rate) -> _Budget:
        budgets = self._budgets.setdefault(kind, {})
        budget = budgets.get((name, network))
        if budget is None:
            while len(budgets) >= MAX_KEYS:
                del budgets[next(iter(budgets))]
            budget = budgets[name, network] = _Budget(rate, self._clock_s())
        budget.rate = rate
        return budget

    async def _take(self, budget: _Budget, *, may_wait: bool) -> None:
        """Take one guess. Attempts wait in a queue for those that are under way, which may be right. Raises."""
        until_s = self._clock_s() + MAX_WAIT_S
        async with budget.turn:
            while wait_s := budget.bucket.spend(budget.rate, self._clock_s()):
                if budget.under_way:
                    budget.returned.clear()
                    await budget.returned.wait()
                elif may_wait and self._clock_s() + wait_s <= until_s:
                    await self.sleep(wait_s)
                else:
                    raise TooManyGuesses
            budget.under_way += 1


def network_of(address: str) -> str:
    """The IPv4 address, or the /64 of an IPv6 address; "" for a Unix socket."""
    if not address:
        return ""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(ip_network((int(parsed) >> 64 << 64, 64))) if mapped is None else str(mapped)
    return str(parsed)


def _site_of(network: str) -> str:
    return str(ip_network(network).supernet(new_prefix=48))


def unkeyed_mark(account_id: str, address: str) -> str:
    """What accounts remembered a network by before 0.13: it counts until the account's next login, which drops it."""
    return hashlib.sha256(f"{account_id} {network_of(address)}".encode()).hexdigest()[:16]


def is_keyed(mark: str) -> bool:
    """Whether a mark is from `network_mark` or `device_mark`."""
    return mark[:1] in {NETWORK, DEVICE}


def network_mark(account_id: str, address: str, secret: bytes) -> str:
    """What an account remembers a network by: without the secret, nobody finds the address by trying all of them."""
    return NETWORK + hmac.digest(secret, f"{account_id} {network_of(address)}".encode(), "sha256").hex()[:20]


def device_mark(account_id: str, device: str, secret: bytes) -> str:
    """What an account remembers a device by, which clients name in `account@device`."""
    return DEVICE + hmac.digest(secret, f"{account_id} device {device}".encode(), "sha256").hex()[:20]
