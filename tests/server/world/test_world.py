"""The channel state as a machine: people come, go, moderate and talk at random; a simple model says what must be so."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from memory_server import MemoryServer

PEOPLE = ["ana", "bia", "cris", "davi"]
CHANNELS = ["#um", "#dois"]
who = st.sampled_from(PEOPLE)
where = st.sampled_from(CHANNELS)


class Channels(RuleBasedStateMachine):
    """Four people, two channels, one model: members in order, with or without `o`."""

    def __init__(self) -> None:
        super().__init__()
        self.server = MemoryServer()
        self.members: dict[str, dict[str, bool]] = {name: {} for name in CHANNELS}
        self.banned: dict[str, set[str]] = {name: set() for name in CHANNELS}
        self.closed: set[str] = set()
        """Channels with +i."""
        self.said = 0
        for nick in PEOPLE:
            self.server.register(nick)

    def leave(self, nick: str, channel: str) -> None:
        """In the model: who leaves last takes the channel's modes along."""
        self.members[channel].pop(nick, None)
        if not self.members[channel]:
            self.banned[channel].clear()
            self.closed.discard(channel)

    @rule(nick=who, channel=where)
    def join(self, nick: str, channel: str) -> None:
        """In, unless banned or not invited; the first one is operator."""
        self.server.send(nick, f"JOIN {channel}")
        inside = self.members[channel]
        if nick not in inside and nick not in self.banned[channel] and channel not in self.closed:
            inside[nick] = not inside

    @rule(nick=who, channel=where)
    def part(self, nick: str, channel: str) -> None:
        """Out."""
        self.server.send(nick, f"PART {channel} :fui")
        self.leave(nick, channel)

    @rule(nick=who, channel=where, victim=who)
    def kick(self, nick: str, channel: str, victim: str) -> None:
        """Operators put people out."""
        self.server.send(nick, f"KICK {channel} {victim}")
        if self.members[channel].get(nick) and victim in self.members[channel]:
            self.leave(victim, channel)

    @rule(nick=who, channel=where, other=who, sign=st.sampled_from("+-"))
    def op(self, nick: str, channel: str, other: str, sign: str) -> None:
        """Operators make operators, and everybody may give it up."""
        self.server.send(nick, f"MODE {channel} {sign}o {other}")
        inside = self.members[channel]
        if other in inside and (inside.get(nick) or (nick == other and sign == "-")):
            inside[other] = sign == "+"

    @rule(nick=who, channel=where, other=who, sign=st.sampled_from("+-"))
    def ban(self, nick: str, channel: str, other: str, sign: str) -> None:
        """By nick."""
        self.server.send(nick, f"MODE {channel} {sign}b {other}!*@*")
        if self.members[channel].get(nick):
            (self.banned[channel].add if sign == "+" else self.banned[channel].discard)(other)

    @rule(nick=who, channel=where, sign=st.sampled_from("+-"))
    def close(self, nick: str, channel: str, sign: str) -> None:
        """Invite only."""
        self.server.send(nick, f"MODE {channel} {sign}i")
        if self.members[channel].get(nick):
            (self.closed.add if sign == "+" else self.closed.discard)(channel)

    @rule(nick=who, channel=where)
    def say(self, nick: str, channel: str) -> None:
        """Everybody else in the channel hears it once; nobody outside does."""
        for person in PEOPLE:
            self.server.received(person)
        self.said += 1
        self.server.send(nick, f"PRIVMSG {channel} :palavra {self.said}")
        inside = self.members[channel]
        speaks = nick in inside and (inside[nick] or nick not in self.banned[channel])
        for person in PEOPLE:
            heard = sum(f":palavra {self.said}" in line for line in self.server.received(person))
            assert heard == (speaks and person in inside and person != nick), (person, nick, channel)

    @rule(nick=who)
    def come_back(self, nick: str) -> None:
        """Quit and connect again."""
        self.server.send(nick, "QUIT")
        for channel in CHANNELS:
            if nick in self.members[channel]:
                self.leave(nick, channel)
        self.server.register(nick)

    @invariant()
    def the_world_is_as_the_model_says(self) -> None:
        """Membership, operators, and that people and channels agree."""
        world = self.server.chat.world
        for name in CHANNELS:
            channel = world.channel(name)
            found = {} if channel is None else {world.users[uid].nick: "o" in p for uid, p in channel.members.items()}
            assert found == self.members[name]
        for user in world.users.values():
            assert {key for key in CHANNELS if user.nick in self.members[key]} == set(user.channels)
        assert len(world.nicks) == len(world.users) == len(PEOPLE)

    @invariant()
    def listeners_are_the_members(self) -> None:
        """Who hears a channel is who is in it."""
        channels = self.server.chat.sessions.channels
        for name in CHANNELS:
            links = {link for group in channels.get(name, {}).values() for link in group}
            assert links == {self.server.clients[nick].link for nick in self.members[name]}


Channels.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestChannels = Channels.TestCase
