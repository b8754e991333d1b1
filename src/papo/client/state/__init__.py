"""What a client knows of a server: its conversations, their messages, their people. Filled by a session."""
