"""Decide, without I/O and without a clock: what to send, what is missing, what drifted."""
