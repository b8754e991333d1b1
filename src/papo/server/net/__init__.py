"""Sockets: links, listeners, TLS, WebSocket, who may connect."""
