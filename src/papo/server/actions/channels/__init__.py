"""Channels: join and leave, moderate, register, invite."""
