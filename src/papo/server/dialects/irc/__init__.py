"""IRC as modern.ircdocs.horse and the IRCv3 documents describe it."""
