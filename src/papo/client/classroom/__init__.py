"""The client side of the classroom dialects. No socket."""
