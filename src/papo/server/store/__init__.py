"""The ports of storage on one machine: `Store` on SQLite, `Files` and `Secrets` on folders."""
