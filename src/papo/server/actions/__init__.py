"""What a person can do, whatever program they use: permission first, then one event."""
