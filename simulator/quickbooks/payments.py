"""Record, change, void and delete payments (facts: quickbooks 6.7)."""

from __future__ import annotations

from decimal import Decimal

from simulator.quickbooks import applications, other_money, receivables
from simulator.quickbooks.applications import Shares
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.company import currency_reference
from simulator.quickbooks.faults import Fault, business, not_found, required, unknown_reference
from simulator.quickbooks.lines import half_up
from simulator.quickbooks.periods import require_open_period
from simulator.quickbooks.sales import Origin, current, is_voided, voided_note

_KEPT_BY_FULL_UPDATE = ("TxnDate", "CurrencyRef", "DepositToAccountRef")


def create_payment(books: Books, sent: Document, origin: Origin) -> Document:
    """Book money received, applied to the transactions its lines name; the rest is credit."""
    for name in ("CustomerRef", "TotalAmt"):
        if name not in sent:
            raise required(name)
    sent = {"TxnDate": books.today().isoformat(), **sent}
    require_open_period(books, sent["TxnDate"])
    shares = _shares(books, sent, None)
    fields = _fields(books, sent, shares)
    payment = books.insert("Payment", fields)
    applications.replace(books, payment["Id"], shares)
    return payment


def update_payment(books: Books, sent: Document, origin: Origin, sparse: bool) -> Document:
    """Change a payment; lines sent are the whole truth, targets left out are unapplied."""
    before = current(books, "Payment", sent["Id"], sent.get("SyncToken"))
    _require_not_deposited(books, before)
    if not sparse:
        for name in ("CustomerRef", "TotalAmt"):
            if name not in sent:
                raise required(name)
    merged: Document = {name: before[name] for name in (before if sparse else _KEPT_BY_FULL_UPDATE)}
    merged |= {key: value for key, value in sent.items() if key != "SyncToken"}
    require_open_period(books, before["TxnDate"])
    require_open_period(books, merged["TxnDate"])
    shares = _shares(books, merged, before)
    after = {**_identity(before), **_fields(books, merged, shares)}
    if (
        _without_extras(after) == _without_extras(before)
        and books.switches["noop_transaction_update"] == "keeps"
    ):
        return before
    applications.replace(books, before["Id"], shares)
    return books.update("Payment", after)


def void_payment(books: Books, sent: Document, origin: Origin) -> Document:
    """Zero a payment and give its invoices their balance back."""
    payment = current(books, "Payment", sent["Id"], sent.get("SyncToken"))
    if is_voided(payment):
        return payment
    _require_not_deposited(books, payment)
    require_open_period(books, payment["TxnDate"])
    applications.replace(books, payment["Id"], {})
    payment["TotalAmt"] = payment["UnappliedAmt"] = Decimal(0)
    payment["Line"] = []
    payment["PrivateNote"] = voided_note(payment.get("PrivateNote"))
    return books.update("Payment", payment, "void")


def delete_payment(books: Books, sent: Document, origin: Origin) -> Document:
    """Delete a payment; afterwards only change data and webhooks tell of it."""
    payment = current(books, "Payment", sent["Id"], sent.get("SyncToken"))
    _require_not_deposited(books, payment)
    require_open_period(books, payment["TxnDate"])
    applications.replace(books, payment["Id"], {})
    books.delete("Payment", payment)
    return {"domain": "QBO", "status": "Deleted", "Id": payment["Id"]}


def _require_not_deposited(books: Books, payment: Document) -> None:
    if other_money.is_deposited(books, payment["Id"]):
        raise Fault(
            "6540", "The transaction has been deposited. Delete it from the deposit first.", ""
        )


def _identity(document: Document) -> Document:
    return {key: document[key] for key in ("domain", "sparse", "Id", "SyncToken", "MetaData")}


def _without_extras(payment: Document) -> Document:
    plain = {
        key: value for key, value in payment.items() if key not in ("SyncToken", "MetaData", "Line")
    }
    plain["Line"] = [(line["Amount"], line["LinkedTxn"]) for line in payment["Line"]]
    return plain


def _shares(books: Books, wanted: Document, before: Document | None) -> Shares:
    """Read the lines. Raise 2500, 610, 620 or a business fault for what cannot be applied."""
    own = applications.of_payment(books, before["Id"]) if before else {}
    shares: Shares = {}
    total = half_up(Decimal(wanted["TotalAmt"]))
    if total < 0:
        raise Fault("2140", f"Invalid Amount. Supplied value:{total}", "TotalAmt")
    for line in wanted.get("Line", []):
        target = _target(line)
        amount = half_up(Decimal(line.get("Amount", 0)))
        if amount <= 0:
            raise Fault("2140", f"Invalid Amount. Supplied value:{amount}", "Line.Amount")
        shares[target] = shares.get(target, Decimal(0)) + amount
    for target, amount in shares.items():
        _require_open(books, wanted, target, amount, own.get(target, Decimal(0)))
    if applications.unapplied(total, shares) < 0:
        raise business("The amount applied is more than the amount received plus the credits used.")
    return shares


def _target(line: Document) -> tuple[str, str]:
    linked = line.get("LinkedTxn", [])
    if not linked:
        raise required("LinkedTxn")
    if len(linked) > 1:
        raise business("A payment line can be linked to one transaction only.")
    kind, identifier = linked[0].get("TxnType"), linked[0].get("TxnId")
    if not kind or not identifier:
        raise required("TxnId" if kind else "TxnType")
    if kind not in receivables.ENTITY:
        raise unknown_reference(f"Transactions element id {identifier} of type {kind} not found")
    return kind, identifier


def _require_open(
    books: Books, wanted: Document, target: tuple[str, str], amount: Decimal, own: Decimal
) -> None:
    document = books.get(receivables.ENTITY[target[0]], target[1])
    if document is None:
        raise not_found()
    owner = receivables.customer_of(document)
    if owner is None or not _same_family(books, owner, wanted["CustomerRef"]["value"]):
        raise Fault(
            "620",
            "Transaction cannot be linked : it belongs to another customer.",
            "Line.LinkedTxn",
        )
    open_amount = applications.open_amount(books, target[0], document) + own
    if open_amount <= 0:
        raise Fault(
            "620", "Transaction cannot be linked : it is voided or already paid.", "Line.LinkedTxn"
        )
    if amount > open_amount:
        detail = (
            f"The amount {amount} is more than the open balance {open_amount} of the transaction."
        )
        if books.switches["over_application"] == "620":
            raise Fault("620", f"Transaction cannot be linked : {detail}", "Line.LinkedTxn")
        raise business(detail)


def _same_family(books: Books, owner: str, payer: str) -> bool:
    while owner != payer:
        customer = books.get("Customer", owner)
        if not customer or "ParentRef" not in customer:
            return False
        owner = customer["ParentRef"]["value"]
    return True


def _fields(books: Books, wanted: Document, shares: Shares) -> Document:
    customer = books.get("Customer", wanted["CustomerRef"]["value"])
    if customer is None:
        raise unknown_reference(f"Names element id {wanted['CustomerRef']['value']} not found")
    total = half_up(Decimal(wanted["TotalAmt"]))
    fields: Document = {"CustomerRef": {"value": customer["Id"], "name": customer["DisplayName"]}}
    fields["DepositToAccountRef"] = wanted.get(
        "DepositToAccountRef", {"value": books.company["UndepositedFunds"]}
    )
    if books.get("Account", fields["DepositToAccountRef"]["value"]) is None:
        raise unknown_reference(
            f"Accounts element id {fields['DepositToAccountRef']['value']} not found"
        )
    for name in ("PaymentMethodRef", "PaymentRefNum"):
        if name in wanted:
            fields[name] = wanted[name]
    fields["TotalAmt"] = total
    fields["UnappliedAmt"] = applications.unapplied(total, shares)
    fields["ProcessPayment"] = False
    fields["TxnDate"] = wanted["TxnDate"]
    fields["CurrencyRef"] = currency_reference(customer["CurrencyRef"]["value"])
    for name in ("ExchangeRate", "PrivateNote", "ProjectRef"):
        if name in wanted:
            fields[name] = wanted[name]
    fields["LinkedTxn"] = []
    fields["Line"] = applications.payment_lines(books, shares, wanted.get("Id"))
    return fields
