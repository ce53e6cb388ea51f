"""The control API's part about the books: what a bookkeeper would do, and the tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from simulator import json_text
from simulator.quickbooks import broken
from simulator.quickbooks.bookkeeper import Bookkeeper
from simulator.quickbooks.seeds import seed_like
from simulator.simulation import Simulation

KINDS = {
    "invoices": "Invoice",
    "payments": "Payment",
    "credit-memos": "CreditMemo",
    "refund-receipts": "RefundReceipt",
    "customers": "Customer",
    "vendors": "Vendor",
    "employees": "Employee",
    "items": "Item",
    "accounts": "Account",
    "terms": "Term",
    "classes": "Class",
    "departments": "Department",
}
# What only the bookkeeper makes: see other_money.
OTHERS = {"journal-entries": "JournalEntry", "deposits": "Deposit"}
COMPANY_SETTINGS = (
    "CompanyName",
    "UsingSalesTax",
    "BookCloseDate",
    "CustomTxnNumbers",
    "MultiCurrencyEnabled",
    "AllowDiscount",
    "AutoApplyCredit",
    "PartnerTaxEnabled",
    "SubscriptionStatus",
    "AutomatedTaxCode",
    "ClassTrackingPerTxn",
    "ClassTrackingPerTxnLine",
    "TrackDepartments",
)


def sent_object() -> dict[str, Any]:
    """Return the request's JSON object, fractions as Decimal. Raise ValueError otherwise."""
    sent = json_text.loads(request.get_data() or b"{}")
    if not isinstance(sent, dict):
        raise ValueError("a JSON object is expected")
    return sent


def _companies(simulation: Simulation) -> Any:
    rows = simulation.store.rows("SELECT realm, settings FROM company ORDER BY rowid")
    return [{"realm": row["realm"], **json_text.loads(row["settings"])} for row in rows]


def _add_company(simulation: Simulation) -> Any:
    sent = sent_object()
    like, realm, name = (str(sent.get(field) or "") for field in ("like", "realm", "name"))
    if not (like and realm and name):
        raise ValueError("like, realm and name are expected")
    seed_like(simulation.store, simulation.switches, like, realm, name, simulation.clock.now())
    return Bookkeeper(simulation, realm).books().company


def _books(simulation: Simulation, realm: str) -> Any:
    return Bookkeeper(simulation, realm).overview()


def _settings(simulation: Simulation, realm: str) -> Any:
    changes = sent_object()
    unknown = set(changes) - set(COMPANY_SETTINGS)
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    bookkeeper = Bookkeeper(simulation, realm)
    bookkeeper.set_company(changes)
    return bookkeeper.books().company


def _record_payment(simulation: Simulation, realm: str) -> Any:
    sent = sent_object()
    lines, used = ([tuple(line) for line in sent.get(k) or []] for k in ("lines", "credits"))
    details = {k: sent[k] for k in ("total", "ref", "date", "note") if sent.get(k) is not None}
    customer = str(sent.get("customer") or "")
    if not customer:
        raise ValueError("customer is missing")
    return Bookkeeper(simulation, realm).record_payment(customer, lines, used, **details)


def _settle_otherwise(simulation: Simulation, realm: str) -> Any:
    sent = sent_object()
    kind = OTHERS.get(str(sent.get("by")))
    if kind is None:
        raise ValueError(f"by must be one of {', '.join(OTHERS)}")
    bookkeeper = Bookkeeper(simulation, realm)
    return bookkeeper.settle_otherwise(kind, str(sent["invoice"]), str(sent["amount"]))


def _refund(simulation: Simulation, realm: str) -> Any:
    sent = sent_object()
    kind = "CreditMemo" if sent.get("credit_memo") else "Payment"
    source = (kind, str(sent.get("credit_memo") or sent.get("payment")))
    bookkeeper = Bookkeeper(simulation, realm)
    return bookkeeper.refund(str(sent["customer"]), str(sent["amount"]), source)


def _create(simulation: Simulation, realm: str, kinds: str) -> Any:
    return Bookkeeper(simulation, realm).write(_kind(kinds), "create", sent_object())


def _edit(simulation: Simulation, realm: str, kinds: str, identifier: str) -> Any:
    bookkeeper = Bookkeeper(simulation, realm)
    edited = bookkeeper.write(_kind(kinds), "update", sent_object() | {"Id": identifier})
    broken.mend(bookkeeper.books(), _kind(kinds), identifier)
    return edited


def _act(simulation: Simulation, realm: str, kinds: str, identifier: str, act: str) -> Any:
    bookkeeper = Bookkeeper(simulation, realm)
    if act == "deposit" and kinds == "payments":
        return bookkeeper.deposit(identifier)
    if act == "delete" and kinds in OTHERS:
        bookkeeper.delete_other(OTHERS[kinds], identifier)
        return {"ok": True}
    if act == "break":
        broken.break_record(bookkeeper.books(), _kind(kinds), identifier)
        return {"ok": True}
    if act not in ("void", "delete"):
        raise LookupError(f"unknown act {act}")
    return bookkeeper.write(_kind(kinds), act, {"Id": identifier})


def _merge(simulation: Simulation, realm: str) -> Any:
    sent = sent_object()
    Bookkeeper(simulation, realm).merge_customers(str(sent["survivor"]), str(sent["absorbed"]))
    return {"ok": True}


def _merge_items(simulation: Simulation, realm: str) -> Any:
    sent = sent_object()
    Bookkeeper(simulation, realm).merge_items(str(sent["survivor"]), str(sent["absorbed"]))
    return {"ok": True}


def _kind(kinds: str) -> str:
    if kinds not in KINDS:
        raise LookupError(f"unknown kind {kinds}")
    return KINDS[kinds]


# Tokens and clients


def _issue(simulation: Simulation, realm: str) -> Any:
    Bookkeeper(simulation, realm).books()
    client = str(sent_object().get("client_id") or simulation.settings.client_id)
    return simulation.tokens.grant(realm, client, simulation.clock.now()).document(hard=True)


def _end_tokens(simulation: Simulation, realm: str, act: str) -> Any:
    acts = {
        "expire": simulation.tokens.expire_access,
        "revoke": simulation.tokens.revoke_realm,
        "rotate": simulation.tokens.rotate_refresh,
    }
    if act not in acts:
        raise LookupError(f"unknown act {act}")
    acts[act](realm)
    return {"ok": True}


def _set_client(simulation: Simulation) -> Any:
    sent = sent_object()
    known = dict(simulation.store.setting("clients", {})) | {str(sent["id"]): str(sent["secret"])}
    simulation.store.set_setting("clients", known)
    return {"clients": sorted(simulation.clients())}


def _set_redirects(simulation: Simulation) -> Any:
    simulation.store.set_setting("redirect_uris", list(sent_object()["uris"]))
    return {"uris": simulation.store.setting("redirect_uris", [])}


ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("GET", "/companies", _companies),
    ("POST", "/companies", _add_company),
    ("GET", "/books/<realm>", _books),
    ("PATCH", "/books/<realm>/company", _settings),
    ("POST", "/books/<realm>/record-payment", _record_payment),
    ("POST", "/books/<realm>/settle-otherwise", _settle_otherwise),
    ("POST", "/books/<realm>/refund", _refund),
    ("POST", "/books/<realm>/merge-customers", _merge),
    ("POST", "/books/<realm>/merge-items", _merge_items),
    ("POST", "/books/<realm>/<kinds>", _create),
    ("PATCH", "/books/<realm>/<kinds>/<identifier>", _edit),
    ("POST", "/books/<realm>/<kinds>/<identifier>/<act>", _act),
    ("POST", "/tokens/<realm>/issue", _issue),
    ("POST", "/tokens/<realm>/<act>", _end_tokens),
    ("PUT", "/clients", _set_client),
    ("PUT", "/redirect-uris", _set_redirects),
]
