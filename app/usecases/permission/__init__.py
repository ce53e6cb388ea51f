"""The permission to call a company: given, renewed, stored, ended."""
