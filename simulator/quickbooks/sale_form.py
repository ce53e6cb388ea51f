"""Let the person who plays the bookkeeper type a new sale: one line, as most are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from simulator.quickbooks.bookkeeper import Bookkeeper
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.lines import half_up
from simulator.simulation import Simulation

KINDS = {"invoices": "Invoice", "credit-memos": "CreditMemo", "refund-receipts": "RefundReceipt"}
WORDS = {"Invoice": "invoice", "CreditMemo": "credit memo", "RefundReceipt": "refund receipt"}
# A company of the United States has two words instead of its tax codes (facts: quickbooks 6.2).
_AMERICAN = ({"Id": "NON", "Name": "Not taxable"}, {"Id": "TAX", "Name": "Taxable"})


def show(simulation: Simulation, realm: str, kinds: str) -> str:
    """Show an empty form; a customer may be chosen by the address."""
    kind = KINDS.get(kinds) or abort(404)
    books = Bookkeeper(simulation, realm).books()
    lists = {name: _usable(books, name) for name in ("Customer", "Item", "TaxCode")}
    if books.company["Country"] == "US":
        lists["TaxCode"] = list(_AMERICAN)
    return render_template(
        "sale_form.html",
        realm=realm,
        company=books.company,
        kind=kind,
        word=WORDS[kind],
        lists=lists,
        chosen=request.args.get("customer"),
        today=books.today().isoformat(),
    )


def _usable(books: Books, kind: str) -> list[Document]:
    rows = [row for row in books.all(kind) if row.get("Active", True)]
    if kind == "Item":
        rows = [row for row in rows if row.get("Type") != "Category"]
    return sorted(rows, key=lambda row: str(row.get("DisplayName") or row["Name"]).casefold())


def record(simulation: Simulation, realm: str, kinds: str) -> BaseResponse:
    """Book what was typed, as QuickBooks would, and show it."""
    kind = KINDS.get(kinds) or abort(404)
    bookkeeper = Bookkeeper(simulation, realm)
    done = bookkeeper.write(kind, "create", _typed(bookkeeper.books(), kind))
    address = url_for(
        "books.document", realm=realm, kinds=kinds, identifier=done["Id"], done="booked"
    )
    return redirect(address, code=303)


def _typed(books: Books, kind: str) -> Document:
    form = request.form
    amount = half_up(Decimal(form.get("amount") or "0"))
    names = {"ItemRef": "item", "TaxCodeRef": "tax"}
    detail: Document = {name: {"value": form[typed]} for name, typed in names.items()}
    line = {
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "Description": form.get("description", ""),
        "SalesItemLineDetail": detail,
    }
    body: dict[str, Any] = {"CustomerRef": {"value": form["customer"]}, "Line": [line]}
    texts = {"DocNumber": "number", "TxnDate": "date", "PrivateNote": "note"}
    body |= {name: form[typed] for name, typed in texts.items() if form.get(typed)}
    customer = books.require("Customer", form["customer"])
    if "CurrencyRef" in customer:  # the form there is in the customer's currency, nobody types it
        body["CurrencyRef"] = {"value": customer["CurrencyRef"]["value"]}
    if books.company["Country"] != "US":
        body["GlobalTaxCalculation"] = "TaxExcluded"
    if kind == "RefundReceipt":
        body["DepositToAccountRef"] = {"value": _bank(books)}
    return body


def _bank(books: Books) -> str:
    """Return the account money is given back from: QuickBooks wants one for a refund receipt."""
    banks = [row for row in books.all("Account") if row.get("AccountType") == "Bank"]
    return str(banks[0]["Id"]) if banks else ""
