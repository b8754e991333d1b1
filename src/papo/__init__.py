"""Papo, a chat server to run yourself."""

__version__ = "0.1.0"
