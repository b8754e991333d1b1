"""The terminal client: Textual widgets around `papo.client`."""
