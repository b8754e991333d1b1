"""Sockets: links, listeners, TLS, WebSocket, admission."""
