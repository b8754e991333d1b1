"""`papo demo`: a server and two clients, each in its own terminal, and the web page."""
