"""Signed requests to copy: what shows within a minute that billing's address and secret fit."""

from __future__ import annotations

from datetime import date
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

_INVOICE = Template("""\
import base64, hashlib, hmac, json, time, urllib.request

URL = "$url"
SECRET = "$secret"

invoice = {
    "id": "sample-1", "number": "SAMPLE-1", "revision": 1,
    "issue_date": "$today", "due_date": "$today", "currency": "$currency", "prices": "tax_exclusive",
    "customer": {"id": "sample-customer", "name": "Sample Customer Ltd"},
    "lines": [{"id": "1", "description": "One sample service", "quantity": "1", "unit_price": "10.00",
               "service": {"code": "SAMPLE", "name": "Sample service"},
               "tax_code": {"code": "VAT20", "name": "VAT Standard 20%", "rate": "20"},
               "amount": "10.00", "tax_amount": "2.00"}],
    "subtotal": "10.00", "tax_total": "2.00", "total": "12.00",
}
body = json.dumps({"type": "invoice.finalised", "data": invoice}).encode()
event, at = "evt_sample-1_1", str(int(time.time()))
key = base64.b64decode(SECRET.removeprefix("whsec_"))
sign = hmac.new(key, f"{event}.{at}.".encode() + body, hashlib.sha256).digest()
headers = {
    "content-type": "application/json", "webhook-id": event, "webhook-timestamp": at,
    "webhook-signature": "v1," + base64.b64encode(sign).decode(),
}
print(urllib.request.urlopen(urllib.request.Request(URL, body, headers)).read().decode())
""")  # noqa: E501

# Stands where nobody can show the secret any more.
UNKNOWN_SECRET = "whsec_…"  # noqa: S105


def signed_test(url: str, secret: str) -> str:
    """Return shell lines that send a signed event about which nothing is done."""
    return _TEST.substitute(url=url, secret=secret or UNKNOWN_SECRET)


def sample_invoice(url: str, secret: str, today: date, currency: str) -> str:
    """Return a Python program, standard library only, that finalises an invoice of 12.00."""
    values = {"today": today.isoformat(), "currency": currency}
    return _INVOICE.substitute(url=url, secret=secret or UNKNOWN_SECRET, **values)


def in_terminal(program: str) -> str:
    """Return a Python program as one command to be pasted into a terminal."""
    return f"python3 - <<'EOF'\n{program}EOF\n"
