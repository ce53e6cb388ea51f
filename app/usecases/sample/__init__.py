"""Send the sample invoice, take it out of a sandbox again, remove it without a trace in figures."""
