"""Reading a ledger's book back: notices, pulls, history, the mirror, and what it settles."""
