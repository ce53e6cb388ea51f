"""What billing hears back, the same at both doors."""

from __future__ import annotations

from math import ceil
from typing import Any, NoReturn

from flask import abort, make_response

from app.domain.public_id import public_id
from app.usecases.receive_billing_event import Answer, Receipt

Body = dict[str, Any]
_STATUS = {Answer.CONFLICT: 409, Answer.INVALID: 422}


def answer(receipt: Receipt) -> tuple[Body, int]:
    """Put a receipt into the words of the public contract."""
    status = _STATUS.get(receipt.status, 202)
    if status == 202:
        return {
            "event_id": receipt.event_id,
            "status": receipt.status,
            "invoice_id": public_id(receipt.invoice_id) if receipt.invoice_id else None,
            **_credit_note(receipt),
        }, 202
    body, _ = refusal(status, receipt.message)
    return body | {"event_id": receipt.event_id, "errors": receipt.errors}, status


def _credit_note(receipt: Receipt) -> Body:
    """Name the credit note where the event was about one; other answers stay as they were."""
    known = receipt.credit_note_id
    return {"credit_note_id": public_id(known)} if known else {}


def refusal(status: int, sentence: str) -> tuple[Body, int]:
    """Refuse in the shape every error of the API has."""
    return {"code": status, "message": sentence}, status


def turn_down(status: int, sentence: str, retry_after: float | None = None) -> NoReturn:
    """Refuse from inside a described call, whose answer would else be put into its shape.

    retry_after: when it is worth asking again, seconds.
    """
    answer = make_response(*refusal(status, sentence))
    if retry_after is not None:
        answer.headers["Retry-After"] = str(max(1, ceil(retry_after)))
    abort(answer)
