"""The message field and what helps to fill it: completion, emoji, uploads."""
