"""What is true now, and what happened. No bytes, sockets, SQL or clock; nothing else of papo."""
