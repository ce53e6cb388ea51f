"""Which customer of a ledger one of billing's is."""
