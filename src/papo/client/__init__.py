"""The core of Papo's clients and a library for bots: IRC and the classroom dialects, without a screen.

Only `connection`, `discovery` and `files` use a network. Bytes go into a `Network`; its `Buffer`s hold what the user
sees:

    >>> from papo.client.address import read_address
    >>> from papo.client.identity import Identity
    >>> from papo.client.state.irc_network import IrcNetwork
    >>> network = IrcNetwork(read_address("irc://localhost"), Identity("ana"), rooms=["#geral"])
    >>> sent = []
    >>> network.opened(sent.append)
    >>> sent[0]
    'CAP LS 302'

`ServerConnection(network).start()` does the same over a socket, and reconnects. For a bot, start with
`papo.client.bot`. See docs/client.md.
"""
