"""Accounts: create and change them, prove who owns them, log in."""
