"""Read QuickBooks' JSON into our values. Everything may be missing: it leaves out what is empty.

Unknown fields are passed over; QuickBooks adds new ones without a new version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.customer import Details
from app.ledgers.interface import (
    LedgerCustomer,
    LedgerInvoice,
    Written,
)
from app.ledgers.quickbooks.contents import content_of

Document = Mapping[str, Any]

# What QuickBooks puts behind the name of a customer made inactive.
INACTIVE_MARK = " (deleted)"
# Characters at the end of a tax number that answers show: XXXXX12345.
TAX_SHOWN = 5


def invoice_of(document: Document, *, credit: bool = False) -> LedgerInvoice:
    """Read an invoice, a credit memo (credit) or the stub of a deleted one."""
    return LedgerInvoice(
        ledger_id=text(document.get("Id")) or "",
        version=text(document.get("SyncToken")) or "",
        number=text(document.get("DocNumber")),
        customer_ledger_id=ref(document, "CustomerRef"),
        customer_name=text(_inside(document, "CustomerRef").get("name")),
        issue_date=day(document.get("TxnDate")),
        due_date=day(document.get("DueDate")),
        currency=ref(document, "CurrencyRef"),
        total=amount(document.get("TotalAmt")),
        tax_total=amount(_inside(document, "TxnTaxDetail").get("TotalTax")),
        balance=_balance(document, credit),
        marker=text(document.get("PrivateNote")),
        voided=is_voided(document),
        deleted=is_deleted(document),
        updated_at=updated_at(document),
        credit=credit,
        sold=tuple(_sold(document.get("Line"))),
    )


def _sold(lines: Any) -> Iterator[tuple[str, str]]:
    """Read what each line calls the item it sells, those inside of a bundle too."""
    for line in lines if isinstance(lines, list) else ():
        if not isinstance(line, Mapping):
            continue
        yield from _sold(_inside(line, "GroupLineDetail").get("Line"))
        item = ref(_inside(line, "SalesItemLineDetail"), "ItemRef")
        called = text(line.get("Description"))
        if item and called:
            yield called, item


def customer_of(document: Document, answers: str | None = None) -> LedgerCustomer:
    """Read a customer."""
    name, active = text(document.get("DisplayName")) or "", document.get("Active") is not False
    plain = name if active else name.removesuffix(INACTIVE_MARK)
    return LedgerCustomer(
        ledger_id=text(document.get("Id")) or "",
        name=name,
        active=active,
        currency=ref(document, "CurrencyRef"),
        email=text(_inside(document, "PrimaryEmailAddr").get("Address")),
        version=text(document.get("SyncToken")),
        deleted=is_deleted(document),
        answers=answers,
        plain_name=plain,
        parent_id=ref(document, "ParentRef"),
        balance=amount(document.get("Balance")),
        details=_details(document, plain),
        marker=text(document.get("Notes")),
    )


def _details(document: Document, name: str) -> Details:
    tax_number = text(document.get("PrimaryTaxIdentifier"))
    return Details(
        name=name or None,
        email=text(_inside(document, "PrimaryEmailAddr").get("Address")),
        phone=text(_inside(document, "PrimaryPhone").get("FreeFormNumber")),
        tax_number=tax_number[-TAX_SHOWN:] if tax_number else None,
        address=address_of(_inside(document, "BillAddr")),
    )


_ADDRESS = (
    ("line1", "Line1"),
    ("line2", "Line2"),
    ("city", "City"),
    ("region", "CountrySubDivisionCode"),
    ("postcode", "PostalCode"),
    ("country", "Country"),
)


def address_of(document: Document) -> dict[str, str]:
    """Read an address by billing's names for its parts; what is empty is left out."""
    read = ((ours, text(document.get(theirs))) for ours, theirs in _ADDRESS)
    return {ours: value for ours, value in read if value}


def written_of(
    document: Document, *, request_id: str | None = None, status: int | None = None
) -> Written:
    """Read what was booked: an invoice or a credit memo."""
    read = invoice_of(document)
    return Written(
        ledger_id=read.ledger_id,
        version=read.version,
        request_id=request_id,
        status=status,
        number=read.number,
        name=read.customer_name,
        customer_ledger_id=read.customer_ledger_id,
        currency=read.currency,
        total=read.total,
        tax_total=read.tax_total,
        balance=read.balance,
        marker=read.marker,
        voided=read.voided,
        deleted=read.deleted,
        content=content_of(document),
    )


def written_credit(
    document: Document, *, request_id: str | None = None, status: int | None = None
) -> Written:
    """Read what was booked of a credit memo; its balance is what is not used yet."""
    written = written_of(document, request_id=request_id, status=status)
    return replace(written, balance=_balance(document, credit=True))


def written_application(
    document: Document, *, request_id: str | None = None, status: int | None = None
) -> Written:
    """Read the payment of nothing that uses a credit memo.

    It has no money of its own: a total is what somebody put into it since.
    """
    written = written_of(document, request_id=request_id, status=status)
    return replace(written, total=written.total or None, tax_total=None, balance=None)


def written_customer(
    document: Document, *, request_id: str | None = None, status: int | None = None
) -> Written:
    """Read a customer as something written: its marker is in the notes, inactive counts as void."""
    read = customer_of(document)
    return Written(
        ledger_id=read.ledger_id,
        version=read.version or "",
        request_id=request_id,
        status=status,
        name=read.name,
        currency=read.currency,
        marker=text(document.get("Notes")),
        voided=not read.active,
    )


def is_voided(document: Document) -> bool:
    """Tell a voided document: QuickBooks keeps it with a total of zero and says so in its note.

    The attribute status is in the schema, but recorded answers do not have it.
    """
    if str(document.get("status", "")).lower() == "voided":
        return True
    note = text(document.get("PrivateNote")) or ""
    return note.lower().startswith("voided") and amount(document.get("TotalAmt")) == 0


def is_deleted(document: Document) -> bool:
    """Tell the stub that change data capture sends for a deleted document."""
    return str(document.get("status", "")).lower() == "deleted"


def updated_at(document: Document) -> datetime | None:
    """Read when the document last changed."""
    return moment(_inside(document, "MetaData").get("LastUpdatedTime"))


def created_at(document: Document) -> datetime | None:
    """Read when the document came into being."""
    return moment(_inside(document, "MetaData").get("CreateTime"))


def moment(value: object) -> datetime | None:
    """Read a time with its offset, as precise as it may be; None without an offset."""
    try:
        read = datetime.fromisoformat(str(value))
        return read.astimezone(UTC) if read.tzinfo is not None else None
    except (ValueError, OverflowError):  # the first day of the first year, east of Greenwich
        return None


def amount(value: object) -> Decimal:
    """Read a number, also a quoted one; what is missing is zero."""
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return read if read.is_finite() else Decimal(0)


def documents(answer: Mapping[str, Any], entity: str) -> Sequence[Document]:
    """Return the documents of one entity in a QueryResponse; none when the key is missing."""
    found = answer.get(entity)
    if not isinstance(found, list):
        return ()
    return [one for one in found if isinstance(one, Mapping)]


def _balance(document: Document, credit: bool) -> Decimal:
    if credit and "RemainingCredit" in document:
        return amount(document["RemainingCredit"])
    return amount(document.get("Balance"))


def _inside(document: Document, name: str) -> Document:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def ref(document: Document, name: str) -> str | None:
    """Read the id a reference names."""
    return text(_inside(document, name).get("value"))


def text(value: object) -> str | None:
    """Read a text; an empty one is none."""
    return None if value is None or value == "" else str(value)


def day(value: object) -> date | None:
    """Read a date, whatever stands behind it."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
