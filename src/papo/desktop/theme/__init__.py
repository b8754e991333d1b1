"""Colours, fonts, distances, icons and controls of the window."""
