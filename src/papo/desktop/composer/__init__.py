"""Writing a message: the field, completions, emoji, files."""
