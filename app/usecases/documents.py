"""Keep the PDFs that belong to invoices, and say what became of each."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update

from app import queue
from app.billing.fetch_document import check_pdf
from app.domain.problem import Problem
from app.domain.states import FileState
from app.extensions import db
from app.ledgers.interface import LedgerKind
from app.models import Invoice, InvoiceDocument, Push
from app.usecases.audit import audit

_LONGEST_NAME = 150  # characters, ".pdf" and a number to tell two apart included
_KEPT_OUT = str.maketrans(dict.fromkeys('/\\:*?"<>|', "-"))

_MEANS = "The invoice itself is in {ledger} as it should be. Only its PDF is missing there."


def want_document(invoice: Invoice, url: str, name: str | None, now: datetime) -> None:
    """Have the document at an address attached once the invoice is booked; no commit.

    The same address again is the same document; another one is attached beside it.
    """
    same = select(InvoiceDocument.id).where(
        InvoiceDocument.invoice_id == invoice.id, InvoiceDocument.url == url
    )
    if db.session.scalar(same) is None:
        db.session.add(
            InvoiceDocument(
                workspace_id=invoice.workspace_id,
                invoice_id=invoice.id,
                name=_free_name(invoice, name),
                url=url,
                due_at=now,
            )
        )
        db.session.flush()


def put_document(
    invoice_id: int, content: bytes, name: str | None, actor: str, now: datetime
) -> InvoiceDocument:
    """Keep a PDF that was handed over, to be attached once the invoice is booked; commits.

    The same bytes again are the same document. Raises NotFetched for what is no PDF or too large.
    """
    check_pdf(content)
    invoice = db.session.get_one(Invoice, invoice_id, with_for_update=True)
    digest = hashlib.sha256(content).hexdigest()
    found = db.session.scalar(
        select(InvoiceDocument).where(
            InvoiceDocument.invoice_id == invoice.id, InvoiceDocument.sha256 == digest
        )
    )
    if found is None:
        found = InvoiceDocument(
            workspace_id=invoice.workspace_id,
            invoice_id=invoice.id,
            name=_free_name(invoice, name),
            sha256=digest,
            content=content,
            due_at=now,
        )
        db.session.add(found)
        audit(
            invoice.workspace_id,
            actor,
            "document.put",
            f"invoice:{invoice.id}",
            number=invoice.number,
            name=found.name,
        )
    connection_id = invoice.connection_id
    db.session.commit()
    if connection_id is not None:
        queue.wake(connection_id, "attach")
    return found


def _free_name(invoice: Invoice, name: str | None) -> str:
    """Return a file name that no other document of the invoice has."""
    plain = " ".join((name or invoice.number).translate(_KEPT_OUT).split())
    stem = plain[:-4] if plain.lower().endswith(".pdf") else plain
    stem = stem[: _LONGEST_NAME - 10].strip(" .") or "invoice"
    taken = {
        one.casefold()
        for one in db.session.scalars(
            select(InvoiceDocument.name).where(InvoiceDocument.invoice_id == invoice.id)
        )
    }
    found, number = f"{stem}.pdf", 1
    while found.casefold() in taken:
        number += 1
        found = f"{stem} ({number}).pdf"
    return found


def try_again(document_id: int, actor: str, user_id: int | None, now: datetime) -> bool:
    """Try once more what was not attached; tells whether there was anything to try; commits."""
    document = db.session.get(InvoiceDocument, document_id, with_for_update=True)
    if document is None or document.state != FileState.FAILED:
        db.session.rollback()
        return False
    document.state, document.due_at = FileState.WANTED, now
    document.attempts, document.problem = 0, None
    connection_id = document.invoice.connection_id
    audit(
        document.workspace_id,
        actor,
        "document.retry",
        f"invoice:{document.invoice_id}",
        user_id=user_id,
        name=document.name,
    )
    db.session.commit()
    if connection_id is not None:
        queue.wake(connection_id, "attach")
    return True


def documents_wait(connection_id: int) -> bool:
    """Tell whether invoices of a company have documents that are still to come; no transaction."""
    waits = (
        select(InvoiceDocument.id)
        .join(Invoice, Invoice.id == InvoiceDocument.invoice_id)
        .where(InvoiceDocument.state == FileState.WANTED, Invoice.connection_id == connection_id)
    )
    found = db.session.scalar(waits.limit(1)) is not None
    db.session.commit()
    return found


def attached(push: Push, ledger_id: str, now: datetime) -> None:
    """Note that the ledger has it; the body, a file of megabytes, goes; the caller commits."""
    document = db.session.get_one(InvoiceDocument, push.document_id)
    document.state, document.problem = FileState.ATTACHED, None
    document.attached_at, document.ledger_id = now, ledger_id
    push.body = None


def want_again(invoice_id: int, now: datetime) -> None:
    """Attach to a new document what was attached to the one before it; the caller commits."""
    db.session.execute(
        update(InvoiceDocument)
        .where(
            InvoiceDocument.invoice_id == invoice_id, InvoiceDocument.state == FileState.ATTACHED
        )
        .values(state=FileState.WANTED, due_at=now, attached_at=None, ledger_id=None)
        .execution_options(synchronize_session=False)
    )


def not_attached(document: InvoiceDocument, problem: Problem) -> None:
    """Note why it is not there; a person may try again; the caller commits."""
    document.state = FileState.FAILED
    document.problem = problem.as_json()


def upload_problem(push: Push, problem: Problem, kind: LedgerKind, *, final: bool) -> Problem:
    """Say what a refused upload means; final: it is not tried again by itself; no commit."""
    told = replace(
        file_problem(problem.code, problem.title, kind.provider.name),
        ledger_message=problem.ledger_message,
        ledger_request_id=problem.ledger_request_id,
    )
    if final:
        not_attached(db.session.get_one(InvoiceDocument, push.document_id), told)
    return told


def file_problem(code: str, title: str, ledger: str) -> Problem:
    """Say why a document is not in the ledger."""
    return Problem(
        code=code,
        title=title,
        means=_MEANS.format(ledger=ledger),
        what_to_do=f"Try again, or attach it in {ledger} by hand.",
    )
