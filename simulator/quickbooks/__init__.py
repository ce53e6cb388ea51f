"""Simulated Intuit sign-in and QuickBooks Online V3, written from the vendor's published behaviour."""
