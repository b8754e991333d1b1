"""Random histories of valid events: a snapshot taken anywhere rebuilds the world, and goes on as the world does."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pictures import picture, rebuilt, sent_elsewhere

from papo.server.world import events
from papo.server.world.channel import Channel
from papo.server.world.events import AnyEvent
from papo.server.world.modes import CHANNEL_FLAGS, LIST_MODES, PREFIX_MODES
from papo.server.world.names import fold
from papo.server.world.records import Account, AnyRecord, Ban, ChannelRecord, Invitation, Presence, Profile, place_of
from papo.server.world.user import User
from papo.server.world.world import World

NODES = ("papo.one", "papo.two")
WORDS = st.sampled_from(["", "a", "Ação", "x" * 40])
CHANNELS = st.sampled_from(["#Um", "#Dois"])
PICK = st.integers(min_value=0, max_value=1_000)


class Histories(RuleBasedStateMachine):
    """One world, and a second that began with a snapshot of it and has been sent every event since."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.second = World()
        self.numbers = itertools.count(1)

    # --- the events of a history

    def apply(self, event: AnyEvent) -> None:
        """In both worlds."""
        self.world.apply(event)
        for each in sent_elsewhere([event]):
            self.second.apply(each)

    def stamp(self, user: User | None = None) -> dict[str, Any]:
        """What every event has."""
        number = next(self.numbers)
        return {
            "uid": user.uid if user else "",
            "source": user.source if user else NODES[0],
            "at_ms": number,
            "msgid": f"m{number}",
            "account": user.account if user else None,
        }

    def user(self, pick: int) -> User:
        """Someone who is there."""
        return list(self.world.users.values())[pick % len(self.world.users)]

    def channel(self, pick: int) -> Channel:
        """A channel that is there."""
        return list(self.world.channels.values())[pick % len(self.world.channels)]

    def quit_event(self, user: User) -> events.UserQuit:
        """As `actions` makes it."""
        scopes = tuple(self.world.channels[key].history_scope for key in user.channels)
        return events.UserQuit(**self.stamp(user), reason="", channels=user.channels, history_scopes=scopes)

    # --- users

    @rule(node=st.integers(0, 1), secure=st.booleans())
    def connect(self, node: int, *, secure: bool) -> None:
        """A new user, with a nick of their own."""
        number = next(self.numbers)
        stamp = {**self.stamp(), "uid": f"u{number}", "source": f"Nick{number}!u@h"}
        self.apply(
            events.UserConnected(
                **stamp,
                nick=f"Nick{number}",
                username="u",
                host="h",
                realname="R",
                address="::1",
                secure=secure,
                node=NODES[node],
                dialect="nick" if secure else "irc",
                cloak="c" if secure else "",
                sessions=number % 2,
            )
        )

    @precondition(lambda self: self.world.users)
    @rule(pick=PICK, kind=st.sampled_from(["quit", "attach", "detach", "on", "off", "rename", "recase"]))
    def come_and_go(self, pick: int, kind: str) -> None:
        """Connections, and the nick."""
        user = self.user(pick)
        if kind == "quit":
            self.apply(self.quit_event(user))
        elif kind in {"attach", "detach"}:
            made = events.SessionAttached if kind == "attach" else events.SessionDetached
            self.apply(made(**self.stamp(user), node=NODES[pick % 2], secure=bool(pick % 3)))
        elif kind in {"on", "off"}:
            self.apply(events.AlwaysOnSet(**self.stamp(user), on=kind == "on"))
        else:
            nick = user.nick.swapcase() if kind == "recase" else f"Outro{next(self.numbers)}"
            scopes = (0,) * len(user.channels)
            self.apply(events.Renamed(**self.stamp(user), nick=nick, channels=user.channels, history_scopes=scopes))

    @precondition(lambda self: self.world.users)
    @rule(pick=PICK, word=WORDS)
    def say_about_oneself(self, pick: int, word: str) -> None:
        """Away, real name, host, metadata, and a message."""
        user = self.user(pick)
        self.apply(events.AwaySet(**self.stamp(user), message=word or None, channels=user.channels))
        self.apply(events.RealnameSet(**self.stamp(user), realname=word, channels=user.channels))
        self.apply(events.HostSet(**self.stamp(user), username="u", host=word or "h", channels=user.channels))
        self.apply(
            events.MetadataSet(
                **self.stamp(user), channel=None, target=user.nick, about=user.uid, key="url", value=word or None
            )
        )
        conversation = f"{user.identity} {user.identity}"
        self.apply(
            events.MessageSent(
                **self.stamp(user), verb="PRIVMSG", target=user.nick, channel=None, conversation=conversation, text=word
            )
        )

    @precondition(lambda self: self.world.users)
    @rule(
        pick=PICK,
        changes=st.lists(st.tuples(st.sampled_from("+-"), st.sampled_from("BDRiow")), max_size=4),
        operator=st.booleans(),
    )
    def set_user_modes(self, pick: int, changes: list[tuple[str, str]], *, operator: bool) -> None:
        """Operators of the server included."""
        user = self.user(pick)
        more: dict[str, Any] = {"operator": "chefe", "powers": ("ban", "see"), "snomask": "c"} if operator else {}
        if operator:
            changes = [*changes, ("+", "o")]
        self.apply(events.UserModesSet(**self.stamp(user), changes=tuple(changes), **more))

    @precondition(lambda self: self.world.users)
    @rule(pick=PICK, other=PICK, read=CHANNELS, account=st.integers(min_value=0, max_value=3))
    def log_in(self, pick: int, other: int, read: str, account: int) -> None:
        """Or out; read markers and permissions to write besides."""
        user = self.user(pick)
        self.apply(events.MarkerSet(**self.stamp(user), identity=user.identity, target=read, read_at_ms=other))
        now = f"Conta{account}" if account else None
        self.apply(events.LoggedIn(**self.stamp(user), now=now, now_id=f"id{account}" if account else ""))
        self.apply(events.Accepted(**self.stamp(user), other=self.user(other).uid, on=bool(account)))

    # --- channels

    @precondition(lambda self: self.world.users)
    @rule(pick=PICK, name=CHANNELS, prefix=st.sampled_from(["", "", "o", "qo"]), delayed=st.booleans())
    def join(self, pick: int, name: str, prefix: str, *, delayed: bool) -> None:
        """A user who is not a member; whoever comes next may be hidden."""
        user, key = self.user(pick), fold(name)
        if key not in user.channels:
            self.apply(events.Joined(**self.stamp(user), channel=key, name=name, realname="", prefix=prefix))
        if delayed:
            delay = (("+", "D", None),)
            self.apply(events.ModesChanged(**self.stamp(), channel=key, name=name, changes=delay))

    @precondition(lambda self: self.world.users and self.world.channels)
    @rule(pick=PICK, channel=PICK, kind=st.sampled_from(["part", "kick", "invite", "reveal", "topic"]))
    def come_to_a_channel(self, pick: int, channel: int, kind: str) -> None:
        """A member leaves, or something is done in the channel."""
        user, place = self.user(pick), self.channel(channel)
        where: dict[str, Any] = {"channel": place.key, "name": place.name}
        if kind == "topic":
            self.apply(events.TopicSet(**self.stamp(user), **where, topic=f"tema {pick}"))
        elif kind == "invite":
            self.apply(events.Invited(**self.stamp(), **where, guest_uid=user.uid, guest=user.nick))
        elif user.uid in place.members and kind == "part":
            self.apply(events.Parted(**self.stamp(user), **where))
        elif user.uid in place.members and kind == "kick":
            self.apply(events.Kicked(**self.stamp(), **where, victim_uid=user.uid, victim=user.nick, reason=""))
        elif user.uid in place.hidden:
            self.apply(events.JoinRevealed(**self.stamp(user), **where, realname=""))

    @precondition(lambda self: self.world.channels)
    @rule(
        channel=PICK,
        member=PICK,
        sign=st.sampled_from("+-"),
        letter=st.sampled_from("Pimpk" + LIST_MODES + PREFIX_MODES),
        word=WORDS,
    )
    def change_modes(self, channel: int, member: int, sign: str, letter: str, word: str) -> None:
        """Flags, parameters, lists and ranks."""
        place = self.channel(channel)
        uids = list(place.members)
        uid = uids[member % len(uids)] if uids and letter in PREFIX_MODES else None
        has_parameter = letter not in CHANNEL_FLAGS
        self.apply(
            events.ModesChanged(
                **self.stamp(),
                channel=place.key,
                name=place.name,
                changes=((sign, letter, word if has_parameter else None),),
                targets=(uid,),
            )
        )

    @precondition(lambda self: self.world.channels)
    @rule(channel=PICK, name=CHANNELS, word=WORDS)
    def rename_channel(self, channel: int, name: str, word: str) -> None:
        """To a name that is free, or to its own in other letters; its metadata besides."""
        place = self.channel(channel)
        self.apply(
            events.MetadataSet(**self.stamp(), channel=place.key, target=place.name, key="url", value=word or None)
        )
        if fold(name) == place.key or fold(name) not in self.world.channels:
            self.apply(events.ChannelRenamed(**self.stamp(), channel=place.key, name=place.name, new=name.swapcase()))

    # --- the network

    @rule(
        record=st.one_of(
            st.builds(
                lambda n, nick, cert: Account(
                    id=f"id{n}",
                    name=f"Conta{n}",
                    created_at_ms=1,
                    nicks=(f"{nick}{n}",) if nick else (),
                    certificates=(f"{cert}{n}",) if cert else (),
                    issuer="i",
                    subject=f"s{n}" if cert else "",
                ),
                st.integers(1, 3),
                WORDS,
                WORDS,
            ),
            st.builds(
                lambda name, owner: ChannelRecord(key=fold(name), name=name, created_at_ms=1, founder=owner),
                CHANNELS,
                st.sampled_from(["", "id1", "id2"]),
            ),
            st.builds(lambda mask: Ban(kind="mask", mask=mask, reason="", by="c", at_ms=1), WORDS),
            st.builds(lambda n: Presence(account=f"id{n}", nick="x", username="x", realname="x"), st.integers(1, 3)),
            st.builds(lambda n, word: Profile(account=f"id{n}", values={"url": word}), st.integers(1, 3), WORDS),
            st.builds(lambda code: Invitation(code=code, channel="#um", history_scope=0, by="x", until_ms=1), WORDS),
        ),
        keep=st.booleans(),
    )
    def change_record(self, record: AnyRecord, *, keep: bool) -> None:
        """A record of any kind is kept or dropped."""
        if keep:
            self.apply(events.RecordStored(**self.stamp(), record=record))
        else:
            kind, key = place_of(record)
            self.apply(events.RecordDeleted(**self.stamp(), kind=kind, key=key))

    @precondition(lambda self: self.world.users)
    @rule(name=CHANNELS)
    def lose_a_node(self, name: str) -> None:
        """All its users quit at once; another's are in a channel again."""
        gone = [user for user in self.world.users.values() if user.node == NODES[0]][:2]
        self.apply(events.NodeLost(**self.stamp(), nodes=NODES, departed=tuple(self.quit_event(each) for each in gone)))
        key = fold(name)
        back = [user for user in self.world.users.values() if key not in user.channels][:2]
        joined = tuple(events.Joined(**self.stamp(each), channel=key, name=name, realname="") for each in back)
        self.apply(events.NodeBack(**self.stamp(), nodes=NODES, joined=joined))

    # --- what must be so

    @rule()
    def start_a_second_process(self) -> None:
        """From a snapshot of the moment."""
        self.second = rebuilt(self.world.snapshot())

    @rule()
    def apply_a_snapshot_to_its_own_world(self) -> None:
        """It changes nothing there."""
        before = picture(self.second)
        for event in sent_elsewhere(self.world.snapshot()):
            self.second.apply(event)
        assert picture(self.second) == before

    @invariant()
    def both_worlds_are_equal(self) -> None:
        """And so is one that begins now."""
        expected = picture(self.world)
        assert picture(self.second) == expected
        assert picture(rebuilt(self.world.snapshot())) == expected


Histories.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestHistories = Histories.TestCase
