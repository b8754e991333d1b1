"""The timeline of a conversation: rows, how they are laid out and painted, what keys and pointers do."""
