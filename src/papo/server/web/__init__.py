"""What a browser asks for over HTTP: pages, files, previews, health. The chat itself goes over WebSocket."""
