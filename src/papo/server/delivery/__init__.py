"""In which order, and to whom: the journal, the fan-out, and the ports to the outside."""
