"""The daily comparison of both books, and what is decided about a difference."""
