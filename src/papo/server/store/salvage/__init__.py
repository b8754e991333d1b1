"""Brings out of a damaged database what can be read. The file itself is only read, and never by SQLite."""
