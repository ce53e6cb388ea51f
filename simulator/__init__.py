"""Simulated ledgers on loopback, for the demo and the tests: a program of its own."""
