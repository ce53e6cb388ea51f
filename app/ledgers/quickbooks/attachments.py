"""Attach a PDF to an invoice, and find what is attached to one.

QuickBooks: Attachable, POST /upload: multipart, free, and an item that was refused comes inside a
200. What is attached is found by a query on AttachableRef.EntityRef.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.push_plan import AttachmentPlan
from app.ledgers import exact_json
from app.ledgers.interface import Written
from app.ledgers.quickbooks import faults, queries, reader, text
from app.ledgers.quickbooks.client import Client

Document = Mapping[str, Any]

_PDF = "application/pdf"
PATH = "upload"


def upload_body(plan: AttachmentPlan) -> bytes:
    """Return the multipart body: what it is and where it belongs, then the file as it is.

    The first line is the boundary, made of what is sent, so that the same plan is the same bytes.
    """
    if not text.one_line(plan.name, text.FILE_NAME) == plan.name or not plan.name:
        raise ValueError(f"QuickBooks cannot keep the file name {plan.name!r}.")
    about = exact_json.dump(
        {
            "AttachableRef": [
                {
                    "EntityRef": {"type": "Invoice", "value": plan.invoice_ledger_id},
                    "IncludeOnSend": False,
                }
            ],
            "FileName": plan.name,
            "ContentType": _PDF,
        }
    )
    boundary = b"lb-" + hashlib.sha256(about + plan.content).hexdigest().encode()
    safe = plan.name.encode("ascii", "replace").replace(b'"', b"'").replace(b"\\", b"/")
    return b"\r\n".join(
        (
            b"--" + boundary,
            b'Content-Disposition: form-data; name="file_metadata_01"',
            b"Content-Type: application/json; charset=UTF-8",
            b"",
            about,
            b"--" + boundary,
            b'Content-Disposition: form-data; name="file_content_01"; filename="' + safe + b'"',
            b"Content-Type: " + _PDF.encode(),
            b"",
            plan.content,
            b"--" + boundary + b"--",
            b"",
        )
    )


def content_type(body: bytes) -> str:
    """Return the header that goes with a body of upload_body."""
    boundary = body.split(b"\r\n", 1)[0].removeprefix(b"--").decode("ascii")
    return f"multipart/form-data; boundary={boundary}"


def uploaded(answer: Document, client: Client) -> Document | None:
    """Return what was attached; None when the answer does not show it. Raises LedgerError."""
    found = reader.documents(answer, "AttachableResponse")
    if not found:
        return None
    fault = faults.fault_in(found[0])
    if fault is not None:
        raise client.refused(fault)
    document = found[0].get("Attachable")
    return document if isinstance(document, Mapping) and document.get("Id") else None


def attached_to(client: Client, invoice_id: str) -> Sequence[Document]:
    """Return what is attached to an invoice: one metered call."""
    statement = queries.select(
        "Attachable",
        "AttachableRef.EntityRef.Type = 'Invoice'",
        f"AttachableRef.EntityRef.value = {queries.literal(invoice_id)}",
    )
    return reader.documents(client.ask("attachment look-up", statement), "Attachable")


def written_attachment(
    document: Document, *, request_id: str | None, status: int | None
) -> Written:
    """Read an attachment as it was made or found."""
    return Written(
        ledger_id=str(document.get("Id") or ""),
        version=str(document.get("SyncToken") or ""),
        request_id=request_id,
        status=status,
        name=str(document.get("FileName") or ""),
        created_at=reader.created_at(document),
    )
