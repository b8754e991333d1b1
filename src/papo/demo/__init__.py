"""`papo demo`: a server and two clients, each in a terminal of its own, and the web page. `play` is the whole of it."""
