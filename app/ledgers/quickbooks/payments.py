"""Read payments, and what else moves money between a customer and their invoices.

QuickBooks: Payment, RefundReceipt. A line of a payment links one document: invoices are paid by
it, credit memos and journal entries count as money in it, and by an expense or a check linked to
it money goes back to the customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from app.domain.crediting import Application
from app.domain.payments import PaymentKind
from app.domain.reading import BookKind
from app.ledgers.book import paid_out_id
from app.ledgers.interface import LedgerPayment, Settlement
from app.ledgers.quickbooks.reader import (
    Document,
    amount,
    day,
    documents,
    is_deleted,
    is_voided,
    ref,
    text,
    updated_at,
)

# What a line of a payment that gives money back is linked to.
_PAID_OUT = ("expense", "check", "creditcardcredit")


def payment_of(document: Document) -> LedgerPayment:
    """Read a payment, or the stub of a deleted one.

    A payment of zero with lines applies a credit: its invoice lines are settlements all the same.
    """
    parts = application_of(document)
    settled = parts.invoices
    refunded = sum((share for kind, _, share in _shares(document) if kind in _PAID_OUT), Decimal(0))
    received = amount(document.get("TotalAmt"))
    of_nothing = received == 0
    kind = PaymentKind.PAYMENT
    if of_nothing and (settled or refunded):
        kind = PaymentKind.CREDIT if settled else PaymentKind.REFUND
    return LedgerPayment(
        ledger_id=text(document.get("Id")) or "",
        version=text(document.get("SyncToken")) or "",
        customer_ledger_id=ref(document, "CustomerRef"),
        received_on=day(document.get("TxnDate")),
        currency=ref(document, "CurrencyRef"),
        amount=refunded if kind == PaymentKind.REFUND else received,
        unapplied=amount(document.get("UnappliedAmt")),
        reference=text(document.get("PaymentRefNum")),
        settlements=tuple(Settlement(invoice, settled[invoice]) for invoice in settled),
        voided=is_voided(document),
        deleted=is_deleted(document),
        updated_at=updated_at(document),
        kind=kind,
        credits=parts.credits,
    )


def money_of(document: Document) -> tuple[LedgerPayment, ...]:
    """Read a payment, and each refund out of what it had unapplied.

    QuickBooks: Payment; such a refund is an expense or a check that a line is linked to. Its day is
    not told here, so it has the payment's.
    """
    payment = payment_of(document)
    if payment.kind != PaymentKind.PAYMENT or payment.deleted:
        return (payment,)
    shares: dict[str, Decimal] = {}
    for kind, target, share in _shares(document):
        if kind in _PAID_OUT:
            shares[target] = shares.get(target, Decimal(0)) + share
    refunds = (
        replace(
            payment,
            ledger_id=paid_out_id(payment.ledger_id, target),
            amount=share,
            unapplied=Decimal(0),
            settlements=(),
            kind=PaymentKind.REFUND,
            paid_out_of=payment.ledger_id,
            credits={},
        )
        for target, share in shares.items()
    )
    return (payment, *refunds)


def refunds_of(document: Document) -> tuple[LedgerPayment, ...]:
    """Read a refund receipt as the pages of payments are read."""
    return (refund_of(document),)


def refund_of(document: Document) -> LedgerPayment:
    """Read a refund receipt, or the stub of a deleted one: it is linked to no invoice."""
    return LedgerPayment(
        ledger_id=text(document.get("Id")) or "",
        version=text(document.get("SyncToken")) or "",
        customer_ledger_id=ref(document, "CustomerRef"),
        received_on=day(document.get("TxnDate")),
        currency=ref(document, "CurrencyRef"),
        amount=amount(document.get("TotalAmt")),
        unapplied=Decimal(0),
        reference=text(document.get("PaymentRefNum")) or text(document.get("DocNumber")),
        settlements=(),
        voided=is_voided(document),
        deleted=is_deleted(document),
        updated_at=updated_at(document),
        kind=PaymentKind.REFUND,
        book=BookKind.REFUND,
    )


def application_of(document: Document) -> Application:
    """Read what a payment takes from credit memos and puts on invoices."""
    parts: dict[str, dict[str, Decimal]] = {"creditmemo": {}, "invoice": {}}
    for kind, target, share in _shares(document):
        if kind in parts:
            parts[kind][target] = parts[kind].get(target, Decimal(0)) + share
    return Application(
        ledger_id=text(document.get("Id")) or "",
        version=text(document.get("SyncToken")) or "",
        marker=text(document.get("PrivateNote")),
        credits=parts["creditmemo"],
        invoices=parts["invoice"],
    )


def _shares(document: Document) -> Iterator[tuple[str, str, Decimal]]:
    """Yield kind, id and amount of what each line is linked to.

    QuickBooks: Payment; a line links one document. Were there several, which share of the amount is
    whose would be a guess, so none is taken: the invoice's own balance still tells the truth.
    """
    for line in documents(document, "Line"):
        links = documents(line, "LinkedTxn")
        target = text(links[0].get("TxnId")) if len(links) == 1 else None
        if target:
            yield str(links[0].get("TxnType", "")).lower(), target, amount(line.get("Amount"))
