"""One file for each thing the product does; transactions begin and end here."""
