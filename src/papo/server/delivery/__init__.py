"""Ordering and routing of events: the journal, the fan-out, and the ports to the outside."""
