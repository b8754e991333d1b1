"""`papo chat`: a client for the terminal with Textual, and one that prints lines (`line_mode`)."""
