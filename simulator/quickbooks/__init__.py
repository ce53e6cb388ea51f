"""Simulated Intuit sign-in and QuickBooks Online V3, written from published behaviour."""
