"""Rows of ours as the values the domain decides about."""

from __future__ import annotations

from app.domain import invoice as domain
from app.models import Customer, Invoice, InvoiceLine


def to_domain(invoice: Invoice) -> domain.Invoice:
    """Return an invoice in its newest revision as a value."""
    return domain.Invoice(
        external_id=invoice.external_id,
        number=invoice.number,
        revision=invoice.revision,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        currency=invoice.currency,
        prices=invoice.prices,
        customer=to_customer(invoice.customer),
        lines=tuple(_to_line(line) for line in invoice.lines),
        subtotal=invoice.subtotal,
        tax_total=invoice.tax_total,
        total=invoice.total,
        memo=invoice.memo,
        reference=invoice.reference,
        department_code=invoice.department_code,
        terms_code=invoice.terms_code,
        exchange_rate=invoice.exchange_rate,
    )


def to_customer(customer: Customer) -> domain.Customer:
    """Return a customer as a value."""
    return domain.Customer(
        external_id=customer.external_id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        tax_number=customer.tax_number,
        address=customer.address,
    )


def _to_line(line: InvoiceLine) -> domain.Line:
    return domain.Line(
        position=line.position,
        external_id=line.external_id,
        description=line.description,
        service_code=line.service_code,
        tax_code=line.tax_code,
        tax_rate=line.tax_rate,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount_percent=line.discount_percent,
        amount=line.amount,
        tax_amount=line.tax_amount,
        service_date=line.service_date,
        class_code=line.class_code,
    )
