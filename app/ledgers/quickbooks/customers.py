"""Put a customer into QuickBooks' words, and look for people there.

QuickBooks: Customer. A display name is used once among customers, suppliers and employees (6240);
inactive ones keep theirs with a mark behind it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.customer import Details, name_key
from app.domain.invoice import Customer
from app.domain.push_plan import CustomerPlan
from app.ledgers import exact_json
from app.ledgers.interface import LedgerCustomer, NameHolder
from app.ledgers.quickbooks import queries, reader, text
from app.ledgers.quickbooks.client import Client
from app.ledgers.quickbooks.payloads import address

Document = dict[str, Any]

_UNITED_STATES = "US"
# Characters of a tax number that answers show; the rest is masked.
_TAX_SHOWN = reader.TAX_SHOWN
# Longer ones are left out: how long they may be is documented nowhere, and half a number is none.
_TAX_LONGEST = 20
# Whose names are taken, and what people call them.
_KINDS = (("Customer", "customer"), ("Vendor", "supplier"), ("Employee", "employee"))
# Customers shown of those a person looks for.
_SOME = 20


def customer_body(plan: CustomerPlan) -> bytes:
    """Return the body that creates a customer. Raises ValueError with a sentence."""
    document: Document = {"DisplayName": _display_name(plan)}
    for name in ("email", "phone", "tax_number", "address"):
        document |= _field(name, plan)
    if plan.parent_ledger_id is not None:
        document |= {
            "ParentRef": {"value": plan.parent_ledger_id},
            "Job": True,
            "BillWithParent": False,  # what they owe stays theirs
        }
    if plan.currency:
        document["CurrencyRef"] = {"value": plan.currency}
    document["Notes"] = text.many_lines(plan.marker, text.CUSTOMER_NOTES)
    return exact_json.dump(document)


def customer_change_body(plan: CustomerPlan) -> bytes:
    """Return the body that changes some fields of a customer. Raises ValueError with a sentence.

    Sparse: what bookkeepers added stays. An empty text would be taken for one not sent.
    """
    document: Document = {"Id": plan.ledger_id, "SyncToken": plan.version, "sparse": True}
    if plan.activate:
        return exact_json.dump(document | {"Active": True, "DisplayName": _display_name(plan)})
    if "name" in plan.fields:
        document["DisplayName"] = _display_name(plan)
    for name in ("email", "phone", "tax_number", "address"):
        if name in plan.fields:
            document |= _field(name, plan)
    return exact_json.dump(document)


def _display_name(plan: CustomerPlan) -> str:
    wanted = plan.name or plan.customer.name
    kept = text.plain_name(wanted)
    if not kept:
        raise ValueError("The customer has no name that QuickBooks could keep.")
    if len(kept) > text.NAME:
        raise ValueError(f"QuickBooks keeps no name of more than {text.NAME} characters.")
    if plan.name is not None and kept != plan.name:
        raise ValueError(f"QuickBooks would keep this name as “{kept}”. Type it that way.")
    return kept


def _field(name: str, plan: CustomerPlan) -> Document:
    """Return one of billing's fields in QuickBooks' words; nothing where there is nothing to say.

    The tax number is one of the schema outside the United States only.
    """
    customer = plan.customer
    value: object
    match name:
        case "email":
            value = text.email(customer.email)
            return {"PrimaryEmailAddr": {"Address": value}} if value else {}
        case "phone":
            value = _phone(customer)
            return {"PrimaryPhone": {"FreeFormNumber": value}} if value else {}
        case "tax_number":
            value = _tax_number(customer) if plan.country != _UNITED_STATES else None
            return {"PrimaryTaxIdentifier": value} if value else {}
    value = address(customer.address or {})
    return {"BillAddr": value} if value else {}


def _phone(customer: Customer) -> str | None:
    phone = text.one_line(customer.phone, text.PHONE)
    return phone if phone and phone[-1] != "…" else None  # half a number is no number


def _tax_number(customer: Customer) -> str | None:
    number = text.one_line(customer.tax_number, 2 * _TAX_LONGEST)
    return number if 0 < len(number) <= _TAX_LONGEST else None


def kept_of(customer: Customer, name: str | None = None) -> Details:
    """Return what QuickBooks would keep of a customer, spelt as it answers."""
    tax_number = _tax_number(customer)
    return Details(
        name=text.plain_name(name or customer.name) or None,
        email=text.email(customer.email),
        phone=_phone(customer),
        tax_number=tax_number[-_TAX_SHOWN:] if tax_number else None,
        address=reader.address_of(address(customer.address or {})),
    )


def read_customer(client: Client, ledger_id: str) -> LedgerCustomer | None:
    """Read one customer; Gone is raised by the client for one that is not there."""
    answer = client.read("customer read", f"customer/{ledger_id}")
    document = answer.get("Customer")
    if not isinstance(document, Mapping) or reader.is_deleted(document):
        return None
    return reader.customer_of(document)


def find_customers(client: Client, typed: str) -> Sequence[LedgerCustomer]:
    """Find customers by a part of their name, or by their whole e-mail address."""
    wanted = text.plain_name(typed).replace("%", " ").strip()
    if not wanted:
        return ()
    part = f"DisplayName LIKE {queries.literal(f'%{wanted}%')}"
    if "@" in wanted:
        part = f"PrimaryEmailAddr = {queries.literal(wanted)}"
    statement = queries.select("Customer", part, queries.ANY_ACTIVE, rows=_SOME)
    found = reader.documents(client.ask("customer search", statement), "Customer")
    return [reader.customer_of(document) for document in found]


def name_holders(client: Client, name: str) -> Sequence[NameHolder]:
    """Find who has a name, among all three kinds that share theirs."""
    wanted = text.plain_name(name)
    if not wanted or len(wanted) > text.NAME:
        return ()
    condition = queries.any_of("DisplayName", spellings(wanted))
    found = []
    for entity, kind in _KINDS:
        statement = queries.select(entity, condition, queries.ANY_ACTIVE)
        answer = client.ask(f"{kind} look-up", statement)
        for document in reader.documents(answer, entity):
            one = reader.customer_of(document)
            found.append(NameHolder(kind, one.ledger_id, one.name, one.active))
    return found


def spellings(name: str) -> Sequence[str]:
    """Return how a name may stand in the list: as it is, or with the mark of an inactive one.

    Whether letter case and Unicode forms count in a query is not certain beyond ASCII, where a
    customer not found would be made twice.
    """
    forms = [name]
    if not name.isascii():
        forms += [name.upper(), name.lower(), name.title(), unicodedata.normalize("NFD", name)]
    return [f"{form}{mark}" for form in dict.fromkeys(forms) for mark in ("", reader.INACTIVE_MARK)]


def answers(document: Mapping[str, Any], asked: Mapping[str, str]) -> str | None:
    """Return which of the names asked for a customer answers to, inactive or not."""
    name = name_key(str(document.get("DisplayName") or ""))
    return asked.get(name) or asked.get(name.removesuffix(reader.INACTIVE_MARK))
