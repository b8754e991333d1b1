"""Colours, icons, fonts and distances, and the controls that use them everywhere."""
