"""Sign and verify as Standard Webhooks says: on the raw bytes, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

# Standard Webhooks: how far sender's and receiver's clocks may be apart, seconds, both ways.
TOLERANCE = 5 * 60
_PREFIX = "whsec_"


class BadSignature(Exception):
    """Raised with a sentence for whoever is writing the sending side."""


def verify(raw: bytes, headers: Mapping[str, str], secrets: Iterable[str], now: datetime) -> str:
    """Return the event id of a body that one of the secrets signed lately; raises BadSignature.

    headers: names in small letters.
    Standard Webhooks: "Verifying webhooks".
    """
    event_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "")
    if not (event_id and stamp and signatures):
        raise BadSignature(
            "The headers webhook-id, webhook-timestamp and webhook-signature are needed."
        )
    _refuse_untimely(stamp, now)
    given = _signatures(signatures)
    signed = f"{event_id}.{stamp}.".encode() + raw
    # Every secret against every signature: how long it takes tells nothing of which one fits.
    fits = [
        hmac.compare_digest(_sign(secret, signed), signature)
        for secret in secrets
        for signature in given
    ]
    if not any(fits):
        raise BadSignature("No signature is by a secret of this workspace.")
    return event_id


def signature_headers(
    raw: bytes, event_id: str, secrets: Iterable[str], now: datetime
) -> dict[str, str]:
    """Return the headers that tell a body is ours; each secret signs, while two are in use.

    Standard Webhooks: "Webhook metadata", "Signature scheme".
    """
    stamp = str(int(now.timestamp()))
    signed = f"{event_id}.{stamp}.".encode() + raw
    signatures = [base64.b64encode(_sign(secret, signed)).decode() for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def key_of(secret: str) -> bytes:
    """Return the bytes a whsec_ secret stands for; raises ValueError when it is not base64."""
    encoded = secret.removeprefix(_PREFIX)
    padded = encoded + "=" * (-len(encoded) % 4)
    return base64.b64decode(padded, validate=True)


def _sign(secret: str, signed: bytes) -> bytes:
    return hmac.new(key_of(secret), signed, hashlib.sha256).digest()


def _refuse_untimely(stamp: str, now: datetime) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadSignature("webhook-timestamp must be whole seconds since 1970.")
    age = now.timestamp() - int(stamp)
    if age > TOLERANCE:
        raise BadSignature(f"webhook-timestamp is {int(age)} seconds old; 300 are tolerated.")
    if age < -TOLERANCE:
        raise BadSignature(
            f"webhook-timestamp is {int(-age)} seconds in the future; 300 are tolerated."
        )


def _signatures(header: str) -> list[bytes]:
    """Decode the v1 signatures of the header, which may hold several while secrets rotate."""
    decoded = []
    for one in header.split(" ")[:20]:
        version, _, encoded = one.partition(",")
        if version != "v1":
            continue
        try:
            decoded.append(base64.b64decode(encoded, validate=True))
        except (binascii.Error, ValueError):
            continue
    return decoded
