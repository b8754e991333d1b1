"""NickServ, ChanServ, HostServ and HistServ: thin wordings over the same actions as everything else."""

from papo.server.dialects.irc.services import chanserv, histserv, hostserv, nickserv
from papo.server.dialects.irc.services.table import ABOUT, ask, is_service, name_of, source_of

__all__ = ["ABOUT", "ask", "chanserv", "histserv", "hostserv", "is_service", "name_of", "nickserv", "source_of"]
