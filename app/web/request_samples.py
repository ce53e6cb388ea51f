"""A signed request to copy: what shows within a minute that billing's address and secret fit."""

from __future__ import annotations

from string import Template

# Nothing is done about it: it shows that address, secret and clock fit.
_TEST = Template("""\
URL='$url'
SECRET='$secret'
BODY='{"type": "connection.test", "data": {}}'
ID="evt_test_$$(date +%s)"; AT=$$(date +%s)
KEY=$$(printf %s "$${SECRET#whsec_}" | base64 -d | od -An -tx1 -v | tr -d ' \\n')
SIGNATURE=$$(printf %s "$$ID.$$AT.$$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$$KEY" -binary | base64)
curl -i "$$URL" -H 'Content-Type: application/json' -H "webhook-id: $$ID" -H "webhook-timestamp: $$AT" -H "webhook-signature: v1,$$SIGNATURE" --data-binary "$$BODY"
""")  # noqa: E501

# Stands where nobody can show the secret any more.
UNKNOWN_SECRET = "whsec_…"  # noqa: S105


def signed_test(url: str, secret: str) -> str:
    """Return shell lines that send a signed event about which nothing is done."""
    return _TEST.substitute(url=url, secret=secret or UNKNOWN_SECRET)
