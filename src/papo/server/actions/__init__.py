"""What a user can do, whatever their client speaks: permission first, then one event."""
