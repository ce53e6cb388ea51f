"""What the README claims, measured again: python -m benchmarks, or make bench."""
