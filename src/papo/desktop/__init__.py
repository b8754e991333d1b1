"""`papo desktop`: a client with a window, painted with Qt.

The state (`Network`, `Buffer`) belongs to the thread of the window. `worker` runs an event loop in another thread for
everything that waits: connections, files, servers nearby, the system's keyring. `networks` holds the networks, `window`
connects what is on the screen to what it does.
"""
