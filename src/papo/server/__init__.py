"""The chat server: who is here, in which order things happen, and every way to reach it."""
