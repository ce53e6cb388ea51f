"""Telling billing: what happened, to whom, until it is heard."""
