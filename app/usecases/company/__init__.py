"""Calling one company: its turn, its pace, its lists, and the alarms about it."""
