"""Link payments to what they settle; keep balances, links and SyncTokens in step (facts: 6.7)."""

from __future__ import annotations

from decimal import Decimal

from simulator.quickbooks.books import Books, Document

ZERO = Decimal(0)
SETTLED = ("Invoice", "CreditMemo")


def applied(books: Books, txn_type: str, txn_id: str) -> Decimal:
    """Return how much of a transaction payments have settled."""
    rows = books.store.rows(
        "SELECT amount FROM application WHERE realm=? AND txn_type=? AND txn_id=?",
        books.realm, txn_type, txn_id,
    )  # fmt: skip
    return sum((Decimal(row["amount"]) for row in rows), ZERO)


def links(books: Books, txn_type: str, txn_id: str) -> list[Document]:
    """Return a transaction's ``LinkedTxn``: the payments applied to it."""
    rows = books.store.rows(
        "SELECT payment FROM application WHERE realm=? AND txn_type=? AND txn_id=?"
        " ORDER BY CAST(payment AS INTEGER)",
        books.realm, txn_type, txn_id,
    )  # fmt: skip
    return [{"TxnId": row["payment"], "TxnType": "Payment"} for row in rows]


def of_payment(books: Books, payment_id: str) -> dict[tuple[str, str], Decimal]:
    """Return what a payment settles: (type, Id) to amount."""
    rows = books.store.rows(
        "SELECT txn_type, txn_id, amount FROM application"
        " WHERE realm=? AND payment=? ORDER BY rowid",
        books.realm, payment_id,
    )  # fmt: skip
    return {(row["txn_type"], row["txn_id"]): Decimal(row["amount"]) for row in rows}


def replace(books: Books, payment_id: str, wanted: dict[tuple[str, str], Decimal]) -> None:
    """Make a payment settle exactly this, refreshing every transaction whose share changed."""
    before = of_payment(books, payment_id)
    _store(books, payment_id, wanted)
    for target in [*wanted, *(target for target in before if target not in wanted)]:
        if before.get(target) != wanted.get(target):
            refresh(books, *target)


def _store(books: Books, payment_id: str, shares: dict[tuple[str, str], Decimal]) -> None:
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
    document = books.get(txn_type, txn_id)
    if document is None:
        return
    open_amount = Decimal(document["TotalAmt"]) - Decimal(document.get("Deposit", 0))
    document["Balance"] = open_amount - applied(books, txn_type, txn_id)
    if txn_type == "CreditMemo":
        document["RemainingCredit"] = document["Balance"]
    document["LinkedTxn"] = links(books, txn_type, txn_id)
    announce = books.switches["webhook_side_effects"]
    books.update(txn_type, document, "updated" if announce else None)


def unapply(books: Books, txn_type: str, txn_id: str) -> None:
    """Take a transaction off every payment; the money becomes the customer's credit."""
    for payment_id in _payments(books, txn_type, txn_id):
        shares = of_payment(books, payment_id)
        del shares[(txn_type, txn_id)]
        _rewrite(books, payment_id, shares)


def trim(books: Books, txn_type: str, txn_id: str, limit: Decimal) -> Decimal:
    """Free what is applied beyond the limit, newest payment first; return what stays applied."""
    excess = applied(books, txn_type, txn_id) - limit
    for payment_id in reversed(_payments(books, txn_type, txn_id)):
        if excess <= 0:
            break
        shares = of_payment(books, payment_id)
        cut = min(excess, shares[(txn_type, txn_id)])
        shares[(txn_type, txn_id)] -= cut
        if not shares[(txn_type, txn_id)]:
            del shares[(txn_type, txn_id)]
        _rewrite(books, payment_id, shares, refreshed=False)
        excess -= cut
    return applied(books, txn_type, txn_id)


def _payments(books: Books, txn_type: str, txn_id: str) -> list[str]:
    return [link["TxnId"] for link in links(books, txn_type, txn_id)]


def _rewrite(
    books: Books, payment_id: str, shares: dict[tuple[str, str], Decimal], refreshed: bool = True
) -> None:
    payment = books.require("Payment", payment_id)
    if refreshed:
        replace(books, payment_id, shares)
    else:
        _store(books, payment_id, shares)
    payment["Line"] = payment_lines(books, shares, payment_id)
    payment["UnappliedAmt"] = unapplied(Decimal(payment["TotalAmt"]), shares)
    books.update("Payment", payment)


def unapplied(total: Decimal, shares: dict[tuple[str, str], Decimal]) -> Decimal:
    """Return what is left of a payment: its total, less invoices, plus credits used."""
    for (txn_type, _), amount in shares.items():
        total += amount if txn_type == "CreditMemo" else -amount
    return total


def payment_lines(
    books: Books, shares: dict[tuple[str, str], Decimal], payment_id: str | None
) -> list[Document]:
    """Return a payment's lines as the service shows them, each with what it knows of its target."""
    own = of_payment(books, payment_id) if payment_id else {}
    return [
        _payment_line(books, target, amount, own.get(target, ZERO))
        for target, amount in shares.items()
    ]


def _payment_line(books: Books, target: tuple[str, str], amount: Decimal, own: Decimal) -> Document:
    document = books.get(*target) or {}
    open_before = Decimal(document.get("Balance", 0)) + own
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
