"""Modal screens over the chat: forms, lists to choose from, texts to read."""
