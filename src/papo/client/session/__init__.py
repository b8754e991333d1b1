"""A connection to an IRC server as the protocol has it: registration, capabilities, batches, SASL. Sans I/O."""
