"""The core of every client of Papo's, and a library for yours: IRC and the classroom dialects without a screen.

Nothing in here but `connection`, `nearby` and `files` touches a network, and nothing knows a screen: bytes go into a
`Network`, and what is to be seen stands in its `Buffer`s. A few lines are a program:

    >>> from papo.client.address import read_address
    >>> from papo.client.state.network import Network
    >>> from papo.client.session.session import Person
    >>> network = Network(read_address("irc://localhost"), Person("ana"), rooms=["#geral"])
    >>> sent = []
    >>> network.opened(sent.append)
    >>> sent[0]
    'CAP LS 302'

`Connection(network).start()` does that with a socket and asyncio, and comes back when it breaks. `papo.client.bot` is
the shortest way to a program that answers; docs/client.md tells the rest.
"""
