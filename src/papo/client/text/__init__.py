"""What users write and read: markup, emoji, completion. Knows no server and no screen."""
