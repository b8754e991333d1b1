"""The client side of the classroom dialects: one room, no capabilities. No socket."""
