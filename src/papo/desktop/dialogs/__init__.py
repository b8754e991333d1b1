"""Dialogs over the main window: connect, preferences, lists, prompts."""
