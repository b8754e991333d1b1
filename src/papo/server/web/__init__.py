"""The HTTP side: pages, files, previews, invitations, health. The chat itself goes over WebSocket."""
