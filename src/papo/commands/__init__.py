"""What the commands do, one file each; every import that a command alone needs is inside it."""
