"""`nick-ascii`: asks `NICK`; everything it sends is ASCII, since its clients end at anything else."""

from __future__ import annotations

from papo.server.dialects.greeted import Greeted
from papo.server.dialects.words import Words


class NickAscii(Greeted):
    """One nick-ascii client."""

    __slots__ = ()

    dialect = "nick-ascii"
    words = Words(joined="{nick} entrou!", left="{nick} left!", dropped="{nick} left!", ascii_only=True)
    connected = "Conectado ao servidor!"
