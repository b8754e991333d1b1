"""Backups: one archive of everything a data folder holds, written, checked and put back."""
