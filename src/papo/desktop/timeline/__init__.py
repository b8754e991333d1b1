"""The messages of one conversation: laid out, drawn, scrolled, selected."""
