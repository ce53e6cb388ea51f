"""E-mails and alarms for people."""
