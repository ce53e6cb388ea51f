"""What billing's services, codes and terms are called in a ledger."""
