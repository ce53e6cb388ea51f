"""Act as the bookkeeper inside QuickBooks: the same engines, marked as somebody else's work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulator import json_text
from simulator.quickbooks import other_money
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.faults import not_found
from simulator.quickbooks.operations import write
from simulator.quickbooks.sales import Origin
from simulator.quickbooks.vat_set_up import set_up_vat
from simulator.simulation import Simulation

ORIGIN = Origin(bookkeeper=True)


class Bookkeeper:
    """One company's bookkeeper; every act is one transaction and announces itself by webhook."""

    def __init__(self, simulation: Simulation, realm: str) -> None:
        self._simulation, self.realm = simulation, realm

    def books(self) -> Books:
        """Return the books now. Raise LookupError for an unknown company."""
        simulation = self._simulation
        books = Books(simulation.store, self.realm, simulation.clock.now(), simulation.switches)
        if not books.company:
            raise LookupError(f"no company {self.realm}")
        return books

    def write(self, kind: str, operation: str, body: Document) -> Document:
        """Create, update, void or delete without a SyncToken: a person always sees the latest."""
        with self._simulation.store.transaction():
            books = self.books()
            if body.get("Id") and operation != "create":
                current = books.get(kind, str(body["Id"]))
                if current is None:
                    raise not_found()
                body = {"SyncToken": current["SyncToken"], "sparse": True, **body}
            done = write(books, kind, operation, body, ORIGIN)
        self._simulation.sender.wake()
        return done

    def record_payment(
        self,
        customer: str,
        lines: list[tuple[str, Any]],
        used: list[tuple[str, Any]] | None = None,
        *,
        total: Any = None,
        **details: str,
    ) -> Document:
        """Record money over invoices, part or all; ``used`` credit memos count as money.

        A ``total`` above the sum stays unapplied. Details: ``ref``, ``date``, ``note``.
        """
        targets = [("Invoice", *line) for line in lines]
        targets += [("CreditMemo", *line) for line in used or []]
        covered = sum((Decimal(str(amount)) for _, amount in lines), Decimal(0))
        covered -= sum((Decimal(str(amount)) for _, amount in used or []), Decimal(0))
        body: Document = {
            "CustomerRef": {"value": customer},
            "TotalAmt": str(covered if total is None else total),
            "Line": [_line(*target) for target in targets],
        }
        names = {"ref": "PaymentRefNum", "date": "TxnDate", "note": "PrivateNote"}
        body |= {names[name]: value for name, value in details.items() if value}
        return self.write("Payment", "create", body)

    def deposit(self, payment: str) -> Document:
        with self._simulation.store.transaction():
            books = self.books()
            deposited = other_money.deposit_payment(books, books.get("Payment", payment) or _gone())
        self._simulation.sender.wake()
        return deposited

    def settle_otherwise(self, kind: str, invoice: str, amount: str) -> Document:
        """Write off by a ``JournalEntry`` or settle by a line of a ``Deposit``: no payment."""
        with self._simulation.store.transaction():
            done = other_money.settle_otherwise(self.books(), kind, invoice, Decimal(amount))
        self._simulation.sender.wake()
        return done

    def delete_other(self, kind: str, identifier: str) -> None:
        """Delete a journal entry or a deposit."""
        with self._simulation.store.transaction():
            other_money.delete_other(self.books(), kind, identifier)
        self._simulation.sender.wake()

    def refund(self, customer: str, amount: str, source: tuple[str, str]) -> Document:
        """Pay out a credit memo's credit or what a payment has unapplied; return that payment.

        ``source``: ``("CreditMemo", id)`` or ``("Payment", id)``.
        """
        with self._simulation.store.transaction():
            books = self.books()
            expense = other_money.pay_out(books, customer, Decimal(amount))
            line = _line("Expense", expense["Id"], amount)
            if source[0] == "Payment":
                payment = books.get(*source) or _gone()
                sent = {"Id": payment["Id"], "SyncToken": payment["SyncToken"], "sparse": True}
                lines = [{k: old[k] for k in ("Amount", "LinkedTxn")} for old in payment["Line"]]
                sent |= {"Line": [*lines, line]}
                done = write(books, "Payment", "update", sent, ORIGIN)
            else:
                used = _line(*source, amount)
                sent = {"CustomerRef": {"value": customer}, "TotalAmt": 0, "Line": [line, used]}
                done = write(books, "Payment", "create", sent, ORIGIN)
        self._simulation.sender.wake()
        return done

    def merge_customers(self, survivor: str, absorbed: str) -> None:
        """Merge one customer into another: its documents move, its Id dies, webhook ``merged``."""
        with self._simulation.store.transaction():
            books = self.books()
            kept, gone = books.get("Customer", survivor), books.get("Customer", absorbed)
            if kept is None or gone is None:
                raise not_found()
            for kind in ("Invoice", "CreditMemo", "RefundReceipt", "Payment"):
                for document in books.all(kind):
                    if document["CustomerRef"]["value"] == absorbed:
                        document["CustomerRef"] = {"value": survivor, "name": kept["DisplayName"]}
                        books.update(kind, document)
            books.store.execute(
                "UPDATE document SET deleted=1, updated=?"
                " WHERE realm=? AND kind='Customer' AND id=?",
                books.epoch, self.realm, absorbed,
            )  # fmt: skip
            books.announce("Customer", survivor, "merged", {"deletedid": absorbed})
        self._simulation.sender.wake()

    def merge_items(self, survivor: str, absorbed: str) -> None:
        """Merge one item into another: documents name the survivor, the absorbed Id dies."""
        with self._simulation.store.transaction():
            books = self.books()
            kept, gone = books.get("Item", survivor), books.get("Item", absorbed)
            if kept is None or gone is None:
                raise not_found()
            for kind in ("Invoice", "CreditMemo", "RefundReceipt"):
                for document in books.all(kind):
                    if _rename_item(document, absorbed, kept):
                        books.update(kind, document)
            books.delete("Item", gone)
        self._simulation.sender.wake()

    def set_company(self, changes: dict[str, Any]) -> None:
        """Change settings such as UsingSalesTax, BookCloseDate or CustomTxnNumbers."""
        with self._simulation.store.transaction():
            books = self.books()
            books.save_company(changes)
            set_up_vat(books)
        self._simulation.sender.wake()

    def overview(self) -> str:
        """Return the whole books with totals as JSON text, for people and tests."""
        books = self.books()
        lists = {
            name: f"[{','.join(books.texts(kind))}]"
            for name, kind in (
                ("customers", "Customer"),
                ("invoices", "Invoice"),
                ("credit_memos", "CreditMemo"),
                ("payments", "Payment"),
                ("refund_receipts", "RefundReceipt"),
                ("items", "Item"),
                ("attachments", "Attachable"),
            )
        }
        head = {"realm": self.realm, "company": books.company, "totals": _totals(books)}
        tail = ",".join(f'"{name}":{text}' for name, text in lists.items())
        return f"{json_text.dumps(head)[:-1]},{tail}}}"


def _line(kind: str, target: Any, amount: Any) -> Document:
    return {"Amount": str(amount), "LinkedTxn": [{"TxnId": str(target), "TxnType": kind}]}


def _gone() -> Document:
    raise not_found()


def _totals(books: Books) -> Document:
    return {
        "invoices": books.count("Invoice"),
        "invoiced": books.total("Invoice", "TotalAmt"),
        "open": books.total("Invoice", "Balance"),
        "payments": books.count("Payment"),
        "received": books.total("Payment", "TotalAmt"),
        "unapplied": books.total("Payment", "UnappliedAmt"),
        "credits_left": books.total("CreditMemo", "RemainingCredit"),
    }


def _rename_item(document: Document, absorbed: str, kept: Document) -> bool:
    """Let the lines that name one item name another; tell whether any did."""
    details = [line.get("SalesItemLineDetail", {}) for line in document["Line"]]
    named = [one for one in details if one.get("ItemRef", {}).get("value") == absorbed]
    for detail in named:
        detail["ItemRef"] = {"value": kept["Id"], "name": kept["FullyQualifiedName"]}
    return bool(named)
