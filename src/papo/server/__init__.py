"""The chat server: users and channels, ordering of events, and every protocol it speaks."""
