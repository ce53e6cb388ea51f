"""A golden company in the database: connected, its lists read, everything mapped."""

from __future__ import annotations

from decimal import Decimal

from app.domain.states import TARGET_OF, MappingKind
from app.extensions import db
from app.models import (
    CatalogueRow,
    Connection,
    CustomerLink,
    Mapping,
    Push,
    SalesDocument,
    Workspace,
)
from app.usecases.receive_billing_event import receive
from tests.golden.cases import NOW, Case, Company


def connect(company: Company, number: int) -> Connection:
    """Make a workspace that is connected to a company; commits."""
    country, currency = company.facts["country"], company.facts["home_currency"]
    workspace = Workspace(slug=company.name, name=company.name, country=country, currency=currency)
    db.session.add(workspace)
    db.session.flush()
    connection = company.connection(
        workspace_id=workspace.id, company_id=str(number), company_read_at=NOW
    )
    db.session.add(connection)
    db.session.flush()
    shared = {"workspace_id": workspace.id, "connection_id": connection.id}
    for kind, codes in company.mappings.items():
        target = TARGET_OF[MappingKind(kind)]
        for ledger_id in set(codes.values()):
            entry = {"kind": target, "ledger_id": ledger_id, "name": ledger_id, "active": True}
            rate = company.rates.get(ledger_id) if kind == MappingKind.TAX_CODE else None
            percent = None if rate is None else Decimal(rate)
            db.session.add(CatalogueRow(**shared, **entry, rate=percent, details={}))
        for code, ledger_id in codes.items():
            mapped = {"kind": kind, "code": code, "ledger_id": ledger_id, "ledger_name": ledger_id}
            db.session.add(Mapping(**shared, **mapped, set_by="Priya Nair", set_at=NOW))
    db.session.commit()
    return connection


def bill(case: Case, connection: Connection) -> SalesDocument | None:
    """Let billing say an event and link its customer; None where the door refused it; commits."""
    receipt = receive(
        connection.workspace_id, case.event, f"evt_{case.name}", b"{}", "127.0.0.1", NOW
    )
    document_id = receipt.invoice_id or receipt.credit_note_id
    if document_id is None:
        return None
    invoice = db.session.get_one(SalesDocument, document_id)
    known = {"connection_id": connection.id, "customer_id": invoice.customer_id}
    if db.session.query(CustomerLink).filter_by(**known).first() is None:
        link = CustomerLink(
            **known,
            workspace_id=connection.workspace_id,
            ledger_id=case.company.customers.get(invoice.currency, "0"),
            ledger_name=invoice.customer.name,
            how="found",
        )
        db.session.add(link)
    db.session.commit()
    return invoice


def push_of(invoice: SalesDocument) -> Push:
    """Return the push of a document."""
    return (
        db.session.query(Push).filter_by(document_kind=invoice.kind, document_id=invoice.id).one()
    )
