"""What an IRC client is sent without asking: events that are not simply encoded by its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.actions import metadata as metadata_actions
from papo.server.actions.accounts import security_notice
from papo.server.delivery.batch import Request, as_refused
from papo.server.delivery.session import Echo
from papo.server.dialects.irc import caps, metadata
from papo.server.dialects.irc.channel_lines import after_rename
from papo.server.dialects.irc.format import irc_format
from papo.server.dialects.irc.labeled_response import LabeledResponse, nested
from papo.server.dialects.irc.refusals import code_of, words
from papo.server.dialects.irc.replies import Replies, safe
from papo.server.world.events import MessageSent
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet
    from papo.server.delivery.ports import NotStored
    from papo.server.world.events import AccountNoticed, AnyEvent, ChannelRenamed, MetadataSet

ACCOUNT_NOTICE = "papo.chat/account-notice"
"""Tag of what NickServ says unasked of a change of the user's account."""
_NONE, _SHARED, _OWN = Echo  # looked up once: hot path


class Notifications(Replies):
    """Called by the fan-out when an event is delivered."""

    __slots__ = ("subs",)

    def __init__(self, chat: Chat, link: Outlet) -> None:
        super().__init__(chat, link)
        self.subs: tuple[str, ...] = ()
        """The metadata keys that the client has subscribed to."""

    @property
    def extended_monitor(self) -> bool:
        """IRCv3 extended-monitor."""
        return bool(self.bits & caps.EXTENDED_MONITOR)

    def echo(self, event: AnyEvent, context: object) -> Echo:
        """Messages only with echo-message, everything else always; in the labeled response if there is one."""
        if type(event) is MessageSent and not self.bits & caps.ECHO_MESSAGE:
            return _NONE
        return _OWN if isinstance(context, LabeledResponse) else _SHARED

    def acknowledge(self, event: AnyEvent, context: object) -> None:
        """Send the user's own copy, in the labeled response if there is one."""
        for line in self.format.lines(event):
            self._release(line, context)

    def refuse(self, event: AnyEvent, failed: NotStored, context: object) -> None:
        """Tell the user that a message could not be stored."""
        assert isinstance(event, MessageSent)
        if failed.unknown:
            refused = as_refused(failed)
            code, text = code_of(refused, ""), words(refused, self.translate)[1][-1]
        else:
            code = "TEMPORARILY_UNAVAILABLE"
            text = self.translate("Your message was not sent: the server cannot store it at the moment")
        line = f":{self.chat.config.server.name} FAIL {event.verb} {code} {event.target} :{text}"
        self._release(line, context)

    def refuse_request(self, request: Request, failed: NotStored, *, told: bool) -> None:
        """Tell the user, once, that nothing came of what they asked for."""
        if told:
            return
        refused = as_refused(failed, *([request.target] if request.target else []))
        _, params = words(refused, self.translate)
        server, text = self.chat.config.server.name, params[-1]
        if request.command == "AUTHENTICATE":
            line = f":{server} {n.ERR_SASLFAIL} {self.nick} :{text}"
        elif request.command.isupper():
            target = f"{safe(request.target)} " if request.target else ""
            code = code_of(refused, request.command)
            line = f":{server} FAIL {request.command} {code} {target}:{text}"
        else:  # a service
            line = f":{request.command}!{request.command}@{server} NOTICE {self.nick} :{text}"
        self._release(line, request.context)

    def online_changed(self, nick: str, source: str, *, online: bool) -> None:
        """IRCv3 monitor."""
        server = self.chat.config.server.name
        if online:
            self.write_line(f":{server} {n.RPL_MONONLINE} {self.nick} :{source}")
        else:
            self.write_line(f":{server} {n.RPL_MONOFFLINE} {self.nick} :{nick}")

    def account_noticed(self, event: AccountNoticed) -> None:
        """Tell the owner of the account, as NickServ, what was changed. Clients that ask for tags can tell it apart."""
        server = self.chat.config.server.name
        tags = f"@{ACCOUNT_NOTICE} " if self.bits & caps.MESSAGE_TAGS else ""
        for text in security_notice.worded(event, self.language or self.chat.config.server.language):
            self.write_line(f"{tags}:NickServ!NickServ@{server} NOTICE {self.nick} :{text}")

    def channel_renamed(self, event: ChannelRenamed, context: object) -> None:
        """IRCv3 channel-rename; a PART and a JOIN for clients without it."""
        lines = self.format.lines(event)
        if not lines and fold(event.name) != fold(event.new):
            lines = after_rename(self, event)
        for line in lines:
            self._release(line, context)

    def metadata_set(self, event: MetadataSet) -> None:
        """IRCv3 metadata: only the keys that the client has subscribed to."""
        hidden = event.key.startswith(metadata_actions.PRIVATE) and event.about != self.me.uid
        if event.key in self.subs and self.bits & caps.METADATA and not hidden:
            self.write_line(metadata.line(self, event.target, event.key, event.value))

    def batched(self, kind: str, nodes: tuple[str, str], concerned: list[AnyEvent]) -> None:
        """IRCv3 batch types netsplit and netjoin."""
        lines = [line for event in concerned for line in self.format.lines(event)]
        if not self.bits & caps.BATCH:
            for line in lines:
                self.write_line(line)
            return
        reference, server = self.chat.ids.uid(), self.chat.config.server.name
        self.write_line(f":{server} BATCH +{reference} {kind} {nodes[0]} {nodes[1]}")
        for line in lines:
            self.write_line(nested(line, reference))
        self.write_line(f":{server} BATCH -{reference}")

    def set_bits(self, bits: int) -> None:
        """Change the capabilities, and with them the format of everything that is delivered from now on."""
        self.bits = bits
        deaf = caps.DEAF if self.user is not None and "D" in self.user.modes else 0
        new = irc_format(bits | deaf, self.link.framing)
        self.chat.journal.defer(lambda form: self.chat.sessions.reformat(self, form), new)

    def _release(self, line: str, context: object) -> None:
        """Write a line, or add it to the labeled response that it answers."""
        if isinstance(context, LabeledResponse):
            context.add(line)
        else:
            self.write_line(line)
