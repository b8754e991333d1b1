"""The window: a client for the desktop on `papo.client`, drawn with Qt.

What is true (`Network`, `Buffer`) belongs to the thread of the window. `worker` runs an event loop in another thread
for whatever waits: connections, files, servers nearby, the system's keyring. `networks` holds the servers, `window` the
parts of the screen; `rows` and `heights` know no Qt.
"""
