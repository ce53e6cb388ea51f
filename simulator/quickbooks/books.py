"""Read and write one company's documents inside the store's current transaction."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from simulator import json_text
from simulator.clock import nanoseconds, pacific_seconds
from simulator.store import Store
from simulator.switches import Switches

Document = dict[str, Any]
TRANSACTIONS = (
    "Invoice",
    "CreditMemo",
    "Payment",
    "RefundReceipt",
    "JournalEntry",
    "Deposit",
    "Purchase",
)
NAMED = (
    "Customer",
    "Vendor",
    "Employee",
    "Item",
    "Account",
    "Term",
    "Class",
    "Department",
    "TaxCode",
    "TaxRate",
    "TaxAgency",
)
# What a transaction adds to its customer's balance.
_OPEN_AMOUNT = {
    "Invoice": ("Balance", 1),
    "CreditMemo": ("RemainingCredit", -1),
    "Payment": ("UnappliedAmt", -1),
}
_SILENT = (
    "TaxCode",
    "TaxRate",
    "TaxAgency",
    "CompanyInfo",
    "Attachable",
)  # no webhook exists for these


class Books:
    """One company at one moment; every change lands in the caller's transaction."""

    def __init__(self, store: Store, realm: str, now: datetime, switches: Switches) -> None:
        self.store, self.realm, self.now, self.switches = store, realm, now, switches
        self.epoch = int(now.timestamp())
        row = store.row("SELECT settings FROM company WHERE realm=?", realm)
        self.company: dict[str, Any] = json.loads(row["settings"]) if row else {}

    @property
    def united_states(self) -> bool:
        return bool(self.company["Country"] == "US")

    @property
    def charges_tax(self) -> bool:
        return bool(self.company["UsingSalesTax"])

    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.company["TimeZone"])).date()

    def save_company(self, changes: dict[str, Any]) -> None:
        """Change settings and announce the preferences as updated."""
        self.company.update(changes)
        self.company["SyncToken"] = str(int(self.company.get("SyncToken", "0")) + 1)
        self.company["PreferencesUpdated"] = self.epoch
        self.store.execute(
            "UPDATE company SET settings=? WHERE realm=?", json.dumps(self.company), self.realm
        )
        self.announce("Preferences", "1", "updated")

    # Reading

    def get(self, kind: str, identifier: str) -> Document | None:
        """Return a document that was not deleted, inactive ones included."""
        row = self.store.row(
            "SELECT body FROM document WHERE realm=? AND kind=? AND id=? AND deleted=0",
            self.realm, kind, identifier,
        )  # fmt: skip
        return json_text.loads(row["body"]) if row else None

    def require(self, kind: str, identifier: str) -> Document:
        """Return a document that must be there. Raise LookupError when it is not."""
        document = self.get(kind, identifier)
        if document is None:
            raise LookupError(f"{kind} {identifier} is missing from the books")
        return document

    def is_gone(self, kind: str, identifier: str) -> bool:
        """Tell whether a document was there once: merged into another, or deleted."""
        return bool(
            self.store.row(
                "SELECT 1 FROM document WHERE realm=? AND kind=? AND id=? AND deleted=1",
                self.realm, kind, identifier,
            )
        )  # fmt: skip

    def text(self, kind: str, identifier: str) -> str | None:
        """Return the stored wire text, unparsed."""
        row = self.store.row(
            "SELECT body FROM document WHERE realm=? AND kind=? AND id=? AND deleted=0",
            self.realm, kind, identifier,
        )  # fmt: skip
        return row["body"] if row else None

    def named(self, kind: str, name: str) -> Document | None:
        """Return the document of that name, letter case ignored."""
        row = self.store.row(
            "SELECT body FROM document WHERE realm=? AND kind=? AND name=? AND deleted=0",
            self.realm, kind, name,
        )  # fmt: skip
        return json_text.loads(row["body"]) if row else None

    def numbered(self, kind: str, doc_number: str) -> str | None:
        """Return the Id of the transaction that has this DocNumber."""
        row = self.store.row(
            "SELECT id FROM document WHERE realm=? AND kind=? AND doc_number=? AND deleted=0",
            self.realm, kind, doc_number,
        )  # fmt: skip
        return row["id"] if row else None

    def all(self, kind: str) -> list[Document]:
        return [json_text.loads(text) for text in self.texts(kind)]

    def texts(self, kind: str) -> list[str]:
        """Return the wire text of every document that was not deleted, oldest first."""
        rows = self.store.rows(
            "SELECT body FROM document WHERE realm=? AND kind=? AND deleted=0 ORDER BY number",
            self.realm, kind,
        )  # fmt: skip
        return [row["body"] for row in rows]

    def count(self, kind: str) -> int:
        row = self.store.one(
            "SELECT COUNT(*) AS n FROM document WHERE realm=? AND kind=? AND deleted=0",
            self.realm, kind,
        )  # fmt: skip
        return int(row["n"])

    def total(self, kind: str, name: str) -> Decimal:
        """Add up one amount over all documents; in whole pennies, so that nothing is lost."""
        row = self.store.one(
            "SELECT TOTAL(CAST(ROUND(json_extract(body, ?) * 100) AS INTEGER)) AS pennies"
            " FROM document WHERE realm=? AND kind=? AND deleted=0",
            f"$.{name}", self.realm, kind,
        )  # fmt: skip
        return Decimal(int(row["pennies"])).scaleb(-2)

    # Writing

    def next_id(self, kind: str) -> str:
        """Take the next Id; all transactions share one sequence."""
        name = "Transaction" if kind in TRANSACTIONS else kind
        row = self.store.one(
            "INSERT INTO sequence VALUES (?, ?, 1) ON CONFLICT (realm, name)"
            " DO UPDATE SET last = last + 1 RETURNING last",
            self.realm, name,
        )  # fmt: skip
        return str(row["last"])

    def insert(self, kind: str, fields: Document, identifier: str | None = None) -> Document:
        """Store a new document with Id, SyncToken 0 and its times; announce it."""
        document: Document = {
            "domain": "QBO",
            "sparse": False,
            "Id": identifier or self.next_id(kind),
            "SyncToken": "0",
            "MetaData": self._times(pacific_seconds(self.epoch)),
            **fields,
        }
        self.store_document(kind, document)
        self._shift_balance(kind, None, document)
        self.announce(kind, document["Id"], "created")
        return document

    def update(self, kind: str, document: Document, verb: str | None = "updated") -> Document:
        """Store a changed document: SyncToken + 1, new LastUpdatedTime, announced with the verb."""
        before = self.require(kind, document["Id"])
        document["SyncToken"] = str(int(before["SyncToken"]) + 1)
        document["MetaData"] = self._times(before["MetaData"]["CreateTime"])
        self.store_document(kind, document)
        self._shift_balance(kind, before, document)
        if verb:
            self.announce(kind, document["Id"], verb)
        return document

    def delete(self, kind: str, document: Document) -> None:
        """Delete for good: queries, reads and updates no longer see it, CDC shows a stub."""
        self.store.execute(
            "UPDATE document SET deleted=1, updated=?, doc_number=NULL"
            " WHERE realm=? AND kind=? AND id=?",
            self.epoch, self.realm, kind, document["Id"],
        )  # fmt: skip
        self._shift_balance(kind, document, None)
        self.announce(kind, document["Id"], "deleted")

    def announce(self, kind: str, identifier: str, verb: str, data: Document | None = None) -> None:
        """Queue a webhook event in the same transaction as its cause."""
        if kind in _SILENT:
            return
        state = "lost" if self.switches["webhook_delivery"] == "lost" else "waiting"
        self.store.execute(
            "INSERT INTO event (id, realm, entity, entity_id, verb, time, data, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            str(uuid.uuid4()), self.realm, kind, identifier, verb,
            nanoseconds(self.now), json.dumps(data or {}), state,
        )  # fmt: skip

    def _times(self, created: str) -> dict[str, str]:
        return {"CreateTime": created, "LastUpdatedTime": pacific_seconds(self.epoch)}

    def store_document(self, kind: str, document: Document) -> None:
        """Write a document as it is, with the columns that queries look up."""
        created = int(datetime.fromisoformat(document["MetaData"]["CreateTime"]).timestamp())
        identifier = document["Id"]
        self.store.execute(
            "INSERT OR REPLACE INTO document VALUES (?,?,?,?,?,?,0,?,?,?,?,?,?)",
            self.realm, kind, identifier, int(identifier) if identifier.isdigit() else 0,
            created, self.epoch, int(document.get("Active", True)),
            document.get("DisplayName") or document.get("Name"), document.get("DocNumber"),
            (document.get("CustomerRef") or {}).get("value"), document.get("TxnDate"),
            json_text.dumps(document),
        )  # fmt: skip

    def _shift_balance(self, kind: str, before: Document | None, after: Document | None) -> None:
        """Carry a transaction's open amount to its customer, who changes without a new SyncToken.

        Recorded: after a new invoice the customer had a new LastUpdatedTime and the old SyncToken.
        """
        for document, sign in ((before, -1), (after, 1)):
            if kind in _OPEN_AMOUNT and document:
                field, direction = _OPEN_AMOUNT[kind]
                amount = sign * direction * Decimal(document.get(field, 0))
                if amount:
                    self._add_to_customer(document["CustomerRef"]["value"], amount)

    def _add_to_customer(self, identifier: str, amount: Decimal) -> None:
        customer = self.get("Customer", identifier)
        own = True
        while customer:
            if own:
                customer["Balance"] += amount
            customer["BalanceWithJobs"] += amount
            customer["MetaData"]["LastUpdatedTime"] = pacific_seconds(self.epoch)
            self.store_document("Customer", customer)
            parent = customer.get("ParentRef")
            customer, own = (self.get("Customer", parent["value"]) if parent else None), False

    def due(self, term_id: str | None, txn_date: date) -> date:
        """Return the due date by the terms; without any, 30 days (as the recorded company did)."""
        term = self.get("Term", term_id) if term_id else None
        return txn_date + timedelta(days=int(term.get("DueDays", 0)) if term else 30)
