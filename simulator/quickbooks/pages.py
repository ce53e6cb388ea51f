"""Show the books to a person who plays the bookkeeper; no JavaScript needed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from simulator import json_text
from simulator.quickbooks import sale_form
from simulator.quickbooks.attachments import attached_to
from simulator.quickbooks.bookkeeper import Bookkeeper
from simulator.quickbooks.books import Books, Document
from simulator.quickbooks.faults import Fault
from simulator.quickbooks.lines import half_up
from simulator.quickbooks.sales import is_voided
from simulator.simulation import Simulation

ROWS = 50
DONE = {
    "paid": "Payment recorded.",
    "booked": "Saved.",
    "saved": "Changes saved.",
    "void": "Voided.",
    "delete": "Deleted.",
    "settings": "Company settings saved.",
    "disconnected": "Every app is disconnected; its tokens are dead.",
}
View = Callable[..., Any]


def blueprint(simulation: Simulation) -> Blueprint:
    """Return the bookkeeper's pages."""
    pages = Blueprint("books", __name__)
    pages.add_app_template_filter(_money, "money")
    pages.add_app_template_test(is_voided, "voided")
    pages.register_error_handler(Fault, _refused)
    pages.register_error_handler(LookupError, _missing)
    pages.register_error_handler(InvalidOperation, _not_a_number)
    for methods, path, name, view in _ROUTES:
        pages.add_url_rule(path, name, _bind(view, simulation), methods=[methods])
    return pages


def _bind(view: View, simulation: Simulation) -> View:
    return lambda **parts: view(simulation, **parts)


def _money(value: Any, currency: str = "") -> str:
    sign = {"GBP": "£", "USD": "$", "EUR": "€"}.get(currency, f"{currency} " if currency else "")
    amount = Decimal(str(value))
    return f"{'-' if amount < 0 else ''}{sign}{abs(amount):,.2f}"


def _refused(fault: Fault) -> tuple[str, int]:
    return render_template("refused.html", fault=fault, back=request.referrer), 400


def _not_a_number(error: InvalidOperation) -> tuple[str, int]:
    return _refused(Fault("2080", "An amount must be a number such as 120.00."))


def _missing(error: LookupError) -> tuple[str, int]:
    return render_template("refused.html", fault=None, back="/"), 404


def _page(template: str, books: Books, **values: Any) -> str:
    done = DONE.get(request.args.get("done", ""))
    return render_template(template, realm=books.realm, company=books.company, done=done, **values)


def _home(simulation: Simulation) -> str:
    rows = simulation.store.rows(
        "SELECT realm, settings, (SELECT COUNT(*) FROM document WHERE realm=company.realm"
        " AND kind='Invoice' AND deleted=0) AS invoices, (SELECT COUNT(*) FROM document"
        " WHERE realm=company.realm AND kind='Payment' AND deleted=0) AS payments"
        " FROM company ORDER BY rowid"
    )
    companies = [(row, json_text.loads(row["settings"])) for row in rows]
    return render_template("companies.html", companies=companies)


def _books(simulation: Simulation, realm: str) -> str:
    books = Bookkeeper(simulation, realm).books()
    page = max(request.args.get("page", 1, type=int), 1)
    kinds = ("Invoice", "Payment", "CreditMemo", "RefundReceipt")
    lists = {kind: _latest(books, kind, page) for kind in kinds}
    customers = sorted(books.all("Customer"), key=lambda c: str(c["DisplayName"]).casefold())
    return _page("books.html", books, lists=lists, customers=customers, page=page, rows=ROWS)


def _latest(books: Books, kind: str, page: int) -> list[Document]:
    rows = books.store.rows(
        "SELECT body FROM document WHERE realm=? AND kind=? AND deleted=0"
        " ORDER BY number DESC LIMIT ? OFFSET ?",
        books.realm, kind, ROWS, (page - 1) * ROWS,
    )  # fmt: skip
    return [json_text.loads(row["body"]) for row in rows]


def _settings(simulation: Simulation, realm: str) -> BaseResponse:
    form = request.form
    Bookkeeper(simulation, realm).set_company(
        {
            "UsingSalesTax": "UsingSalesTax" in form,
            "CustomTxnNumbers": "CustomTxnNumbers" in form,
            "AutoApplyCredit": "AutoApplyCredit" in form,
            "BookCloseDate": form.get("BookCloseDate") or None,
        }
    )
    return _back("books.books", realm=realm, done="settings")


def _disconnect(simulation: Simulation, realm: str) -> BaseResponse:
    """Disconnect every app, as the owner can under "My apps"."""
    simulation.tokens.revoke_realm(realm)
    return _back("books.books", realm=realm, done="disconnected")


def _back(endpoint: str, **parts: Any) -> BaseResponse:
    return redirect(url_for(endpoint, **parts), code=303)


# One document

_KINDS = sale_form.KINDS | {"payments": "Payment"}
_TEMPLATES = dict.fromkeys(sale_form.WORDS, "sale.html") | {"Payment": "payment.html"}


def _document(simulation: Simulation, realm: str, kinds: str, identifier: str) -> str:
    books = Bookkeeper(simulation, realm).books()
    kind = _KINDS.get(kinds) or abort(404)
    document = books.require(kind, identifier)
    targets = {
        link["TxnId"]: books.get(link["TxnType"], link["TxnId"])
        for holder in (document, *document.get("Line", []))
        for link in holder.get("LinkedTxn", [])
    }
    return _page(
        _TEMPLATES[kind],
        books,
        kinds=kinds,
        kind=kind,
        document=document,
        targets=targets,
        files=attached_to(books, kind, identifier),
    )


def _act(simulation: Simulation, realm: str, kinds: str, identifier: str, act: str) -> BaseResponse:
    kind = _KINDS.get(kinds) or abort(404)
    if act not in ("void", "delete"):
        abort(404)
    Bookkeeper(simulation, realm).write(kind, act, {"Id": identifier})
    if act == "delete":
        return _back("books.books", realm=realm, done="delete")
    return _back("books.document", realm=realm, kinds=kinds, identifier=identifier, done="void")


def _edit(simulation: Simulation, realm: str, kinds: str, identifier: str) -> BaseResponse:
    """Change date, memo and line amounts; a changed amount drops its quantity and price."""
    bookkeeper = Bookkeeper(simulation, realm)
    kind = _KINDS.get(kinds) or abort(404)
    document = bookkeeper.books().require(kind, identifier)
    names = ("TxnDate", "DueDate", "PrivateNote", "PaymentRefNum", "DocNumber")
    changes: Document = {name: request.form[name] for name in names if name in request.form}
    if kind != "Payment":
        lines, changed = _edited_lines(document)
        if changed:
            changes["Line"] = lines
    bookkeeper.write(kind, "update", {"Id": identifier, **changes})
    return _back("books.document", realm=realm, kinds=kinds, identifier=identifier, done="saved")


def _edited_lines(document: Document) -> tuple[list[Document], bool]:
    lines, changed = [], False
    for line in document["Line"]:
        wanted = request.form.get(f"amount-{line.get('Id')}")
        if line["DetailType"] == "SubTotalLineDetail":
            continue
        if wanted and Decimal(wanted) != line.get("Amount"):
            changed = True
            line["Amount"] = half_up(Decimal(wanted))
            for name in ("Qty", "UnitPrice", "TaxInclusiveAmt"):
                line.get("SalesItemLineDetail", {}).pop(name, None)
        lines.append(line)
    return lines, changed


# Recording a payment


def _payment_form(simulation: Simulation, realm: str, customer: str) -> str:
    books = Bookkeeper(simulation, realm).books()
    person = books.require("Customer", customer)
    invoices = [sale for sale in _open(books, "Invoice", customer) if sale["Balance"]]
    credits_left = [memo for memo in _open(books, "CreditMemo", customer) if memo["Balance"]]
    chosen = request.args.get("invoice")
    return _page(
        "payment_form.html", books, customer=person, invoices=invoices, memos=credits_left,
        chosen=chosen, today=books.today().isoformat(),
    )  # fmt: skip


def _open(books: Books, kind: str, customer: str) -> list[Document]:
    rows = books.store.rows(
        "SELECT body FROM document WHERE realm=? AND kind=? AND customer=? AND deleted=0"
        " ORDER BY txn_date, number",
        books.realm, kind, customer,
    )  # fmt: skip
    return [json_text.loads(row["body"]) for row in rows]


def _record(simulation: Simulation, realm: str, customer: str) -> BaseResponse:
    form = request.form
    lines = _amounts("invoice-")
    details = {name: form.get(name, "") for name in ("ref", "date", "note")}
    payment = Bookkeeper(simulation, realm).record_payment(
        customer, lines, _amounts("credit-"), total=form.get("total") or None, **details
    )
    return _back(
        "books.document", realm=realm, kinds="payments", identifier=payment["Id"], done="paid"
    )


def _amounts(prefix: str) -> list[tuple[str, str]]:
    return [
        (name.removeprefix(prefix), value)
        for name, value in request.form.items()
        if name.startswith(prefix) and value and Decimal(value)
    ]


_ROUTES: list[tuple[str, str, str, View]] = [
    ("GET", "/", "home", _home),
    ("GET", "/books/<realm>", "books", _books),
    ("POST", "/books/<realm>/settings", "settings", _settings),
    ("POST", "/books/<realm>/disconnect", "disconnect", _disconnect),
    ("GET", "/books/<realm>/customers/<customer>/pay", "payment_form", _payment_form),
    ("POST", "/books/<realm>/customers/<customer>/pay", "record", _record),
    ("GET", "/books/<realm>/new/<kinds>", "new_sale", sale_form.show),
    ("POST", "/books/<realm>/new/<kinds>", "record_sale", sale_form.record),
    ("GET", "/books/<realm>/<kinds>/<identifier>", "document", _document),
    ("POST", "/books/<realm>/<kinds>/<identifier>", "edit", _edit),
    ("POST", "/books/<realm>/<kinds>/<identifier>/<act>", "act", _act),
]
