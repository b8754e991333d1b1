"""What one connection to an IRC server is: lines, registration, capabilities, batches, SASL. No socket."""
