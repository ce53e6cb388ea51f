"""What pages, API and commands show: selects only, nothing is changed here."""
