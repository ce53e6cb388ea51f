"""The billing application's side: its signature, its bodies, the sentences it hears back."""
