"""Link payments to what they settle; keep balances, links and SyncTokens in step (facts: 6.7)."""

from __future__ import annotations

from decimal import Decimal

from simulator.quickbooks import receivables
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.receivables import CREDITS, ENTITY

ZERO = Decimal(0)
Shares = dict[tuple[str, str], Decimal]


def applied(books: Books, txn_type: str, txn_id: str) -> Decimal:
    """Return how much of a transaction payments have settled."""
    rows = books.store.rows(
        "SELECT amount FROM application WHERE realm=? AND txn_type=? AND txn_id=?",
        books.realm, txn_type, txn_id,
    )  # fmt: skip
    return sum((Decimal(row["amount"]) for row in rows), ZERO)


def links(books: Books, txn_type: str, txn_id: str) -> list[Document]:
    """Return a transaction's ``LinkedTxn``: what is applied to it, payment or not."""
    rows = books.store.rows(
        "SELECT payment, kind FROM application JOIN document ON document.realm=application.realm"
        " AND document.id=payment AND kind IN ('Payment', 'JournalEntry', 'Deposit')"
        " WHERE application.realm=? AND txn_type=? AND txn_id=? ORDER BY CAST(payment AS INTEGER)",
        books.realm, txn_type, txn_id,
    )  # fmt: skip
    return [{"TxnId": row["payment"], "TxnType": row["kind"]} for row in rows]


def of_payment(books: Books, payment_id: str) -> Shares:
    """Return what a payment settles: (type, Id) to amount."""
    rows = books.store.rows(
        "SELECT txn_type, txn_id, amount FROM application"
        " WHERE realm=? AND payment=? ORDER BY rowid",
        books.realm, payment_id,
    )  # fmt: skip
    return {(row["txn_type"], row["txn_id"]): Decimal(row["amount"]) for row in rows}


def replace(
    books: Books, payment_id: str, wanted: Shares, but: tuple[str, str] | None = None
) -> None:
    """Make a payment settle exactly this, refreshing every transaction whose share changed.

    ``but`` names the one that its caller is writing anyway.
    """
    before = of_payment(books, payment_id)
    _store(books, payment_id, wanted)
    for target in [*wanted, *(target for target in before if target not in wanted)]:
        if before.get(target) != wanted.get(target) and target != but:
            refresh(books, *target)


def _store(books: Books, payment_id: str, shares: Shares) -> None:
    books.store.execute(
        "DELETE FROM application WHERE realm=? AND payment=?", books.realm, payment_id
    )
    for (txn_type, txn_id), amount in shares.items():
        books.store.execute(
            "INSERT INTO application VALUES (?, ?, ?, ?, ?)",
            books.realm, payment_id, txn_type, txn_id, str(amount),
        )  # fmt: skip


def refresh(books: Books, txn_type: str, txn_id: str) -> None:
    """Recompute what is open; the transaction gets a new SyncToken and LastUpdatedTime."""
    kind = ENTITY[txn_type]
    document = books.get(kind, txn_id)
    if document is None:
        return
    if "Balance" in document:
        open_amount = Decimal(document["TotalAmt"]) - Decimal(document.get("Deposit", 0))
        document["Balance"] = open_amount - applied(books, txn_type, txn_id)
    if txn_type == "CreditMemo":
        document["RemainingCredit"] = document["Balance"]
    document["LinkedTxn"] = links(books, txn_type, txn_id)
    announce = books.switches["webhook_side_effects"]
    books.update(kind, document, "updated" if announce else None)


def open_amount(books: Books, txn_type: str, document: Document) -> Decimal:
    """Return what of a transaction is neither applied nor used."""
    if "Balance" in document:
        return Decimal(document["Balance"])
    identifier = document["Id"]
    own = sum(of_payment(books, identifier).values(), ZERO)
    whole = receivables.amount(books, txn_type, document)
    return whole - own - applied(books, txn_type, identifier)


def unapply(books: Books, txn_type: str, txn_id: str) -> None:
    """Take a transaction off every payment; the money becomes the customer's credit."""
    for source in links(books, txn_type, txn_id):
        shares = of_payment(books, source["TxnId"])
        del shares[(txn_type, txn_id)]
        _rewrite(books, source, shares)


def trim(books: Books, txn_type: str, txn_id: str, limit: Decimal) -> Decimal:
    """Free what is applied beyond the limit, newest payment first; return what stays applied."""
    target = (txn_type, txn_id)
    excess = applied(books, txn_type, txn_id) - limit
    for source in reversed(links(books, txn_type, txn_id)):
        if excess <= 0:
            break
        shares = of_payment(books, source["TxnId"])
        cut = min(excess, shares[target])
        _cut(shares, target, cut)
        _rewrite(books, source, shares, but=target)
        excess -= cut
    return applied(books, txn_type, txn_id)


def _cut(shares: Shares, target: tuple[str, str], amount: Decimal) -> None:
    shares[target] -= amount
    if not shares[target]:
        del shares[target]


def _rewrite(
    books: Books, source: Document, shares: Shares, but: tuple[str, str] | None = None
) -> None:
    if source["TxnType"] != "Payment":
        replace(books, source["TxnId"], shares, but)
        return
    payment = books.require("Payment", source["TxnId"])
    shares = _covered(Decimal(payment["TotalAmt"]), shares)
    replace(books, payment["Id"], shares, but)
    payment["Line"] = payment_lines(books, shares, payment["Id"])
    payment["UnappliedAmt"] = unapplied(Decimal(payment["TotalAmt"]), shares)
    books.update("Payment", payment)


def _covered(total: Decimal, shares: Shares) -> Shares:
    """Free what the money and the credits left in a payment no longer cover, last line first."""
    short = -unapplied(total, shares)
    for target in [each for each in reversed(shares) if each[0] not in CREDITS]:
        if short <= 0:
            break
        cut = min(short, shares[target])
        _cut(shares, target, cut)
        short -= cut
    return shares


def unapplied(total: Decimal, shares: Shares) -> Decimal:
    """Return what is left of a payment: its total, less invoices and refunds, plus credits used."""
    for (txn_type, _), amount in shares.items():
        total += amount if txn_type in CREDITS else -amount
    return total


def payment_lines(books: Books, shares: Shares, payment_id: str | None) -> list[Document]:
    """Return a payment's lines as the service shows them, each with what it knows of its target."""
    own = of_payment(books, payment_id) if payment_id else {}
    return [
        _payment_line(books, target, amount, own.get(target, ZERO))
        for target, amount in shares.items()
    ]


def _payment_line(books: Books, target: tuple[str, str], amount: Decimal, own: Decimal) -> Document:
    document = books.require(ENTITY[target[0]], target[1])
    open_before = open_amount(books, target[0], document) + own
    known = {"txnId": target[1], "txnOpenBalance": f"{open_before:.2f}"}
    if document.get("DocNumber"):
        known["txnReferenceNumber"] = document["DocNumber"]
    return {
        "Amount": amount,
        "LinkedTxn": [{"TxnId": target[1], "TxnType": target[0]}],
        "LineEx": {"any": [_extension(name, value) for name, value in known.items()]},
    }


def _extension(name: str, value: str) -> Document:
    return {
        "name": "{http://schema.intuit.com/finance/v3}NameValue",
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "value": {"Name": name, "Value": value},
        "nil": False,
        "globalScope": True,
        "typeSubstituted": False,
    }
