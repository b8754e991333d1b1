"""`nick`: asks `NICK`; UTF-8; tells who comes, not who leaves."""

from __future__ import annotations

from papo.server.dialects.greeted import Greeted
from papo.server.dialects.words import Words


class Nick(Greeted):
    """One nick client."""

    __slots__ = ()

    dialect = "nick"
    words = Words(joined="{nick} conectou ao servidor!\n")
    connected = "Conectado ao Servidor\n"
