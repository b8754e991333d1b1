"""What lasts: the port `Store` on SQLite."""
