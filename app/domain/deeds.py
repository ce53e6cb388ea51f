"""What every entry of the audit says in plain words: one table, code to words.

A word in braces is taken from the entry's detail; {about} is the name of what it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from app.domain.verdict import KIND_WORDS
from app.domain.wording import format_money
from app.domain.written_days import with_days_written

KINDS: Mapping[str, str] = {
    "mappings": "Mappings",
    "documents": "Invoices and credit notes",
    "customers": "Customers",
    "connections": "Connections",
    "checks": "Reconciliation",
    "events": "Events and notices",
    "access": "People and access",
    "workspace": "Workspace",
}


class Deed(NamedTuple):
    """How a deed is told: which kind it is of, and a sentence without the one who did it."""

    kind: str
    words: str


class Fact(NamedTuple):
    """One line of what a deed changed; before is None where only the present is kept."""

    label: str
    before: str | None
    after: str


DEEDS: Mapping[str, Deed] = {
    "mapping.save": Deed("mappings", "Mapped {code} to {ledger_name}"),
    "mapping.import": Deed("mappings", "Mapped {code} to {ledger_name}, from a file"),
    "mapping.undo": Deed("mappings", "Undid the mapping of {code} to {ledger_name}"),
    "item.create": Deed("mappings", "Had the item “{name}” created for {code}"),
    "invoice.revise": Deed("documents", "Changed {about}: revision {revision}"),
    "invoice.void": Deed("documents", "Voided {about}"),
    "invoice.push_now": Deed("documents", "Pushed {number} now"),
    "invoice.push_first": Deed("documents", "Pushed {number} before the others"),
    "invoice.retry": Deed("documents", "Tried {number} again"),
    "invoice.push_all": Deed("documents", "Had {matched} invoices of a list pushed"),
    "invoice.stop_push_all": Deed("documents", "Stopped a list after {looked_at} of {matched}"),
    "invoice.hold": Deed("documents", "Held {number} back"),
    "invoice.never_push": Deed("documents", "Opted {number} out: do not push"),
    "invoice.allow_push": Deed("documents", "Allowed {number} to be pushed again"),
    "invoice.book_ledger_tax": Deed("documents", "Had {number} booked with the ledger’s tax"),
    "invoice.use_billing": Deed("documents", "Chose billing’s version of {number}"),
    "invoice.keep_ledger": Deed("documents", "Kept the ledger’s version of {number}"),
    "invoice.link_there": Deed("documents", "Linked {number} to one that was there already"),
    "invoice.push_another": Deed("documents", "Said that {number} is another one, and pushed it"),
    "invoice.take_back_delete": Deed("documents", "Took {number} back: to be deleted"),
    "invoice.take_back_void": Deed("documents", "Took {number} back: to be voided"),
    "document.put": Deed("documents", "Handed over “{name}” for {about}"),
    "document.retry": Deed("documents", "Had “{name}” of {about} attached again"),
    "sample.send": Deed("documents", "Sent the sample invoice"),
    "sample.void": Deed("documents", "Voided the sample invoice"),
    "sample.remove": Deed("documents", "Removed the sample invoice"),
    "run.undo": Deed("documents", "Undid a run of {documents} documents"),
    "customer.link": Deed("customers", "Linked {about} to {name}"),
    "customer.create_as": Deed("customers", "Had {about} created as “{name}”"),
    "customer.activate": Deed("customers", "Had {name} made active for {about}"),
    "customer.undo_choice": Deed("customers", "Took back the choice made for {about}"),
    "customer.send_changes": Deed("customers", "Sent what changed about {about}"),
    "customer.pause_alert": Deed("customers", "Let an alert about {about} rest"),
    "customer.resume_alert": Deed("customers", "Let an alert about {about} ring again"),
    "customer.merged_there": Deed("customers", "Followed {about}, merged with another there"),
    "connection.connect": Deed("connections", "Connected {company}"),
    "connection.start_date": Deed("connections", "Let {about} begin on {starts_on}"),
    "connection.try_one": Deed("connections", "Tried {number} first in {about}"),
    "connection.go_live": Deed("connections", "Switched pushing to {about} on"),
    "connection.settings": Deed("connections", "Changed the settings of {about}"),
    "connection.recipients": Deed("connections", "Changed who is e-mailed about {about}"),
    "connection.test_mail": Deed("connections", "Sent a test e-mail about {about}"),
    "connection.paused": Deed("connections", "Paused pushing to {about}"),
    "connection.active": Deed("connections", "Resumed pushing to {about}"),
    "connection.broken": Deed("connections", "Saw the permission for {about} end"),
    "connection.disconnect": Deed("connections", "Disconnected {about}"),
    "drift.accept": Deed("checks", "Left the difference of {number} as it is"),
    "drift.undo": Deed("checks", "Took back leaving the difference of {number} as it is"),
    "event_endpoint.add": Deed("events", "Added {host} for events"),
    "event_endpoint.change": Deed("events", "Changed what is sent to {host}"),
    "event_endpoint.new_secret": Deed("events", "Made a new signing secret for {host}"),
    "event_endpoint.end_old_secret": Deed("events", "Ended the old signing secret of {host}"),
    "event_endpoint.on": Deed("events", "Switched events to {host} on"),
    "event_endpoint.off": Deed("events", "Switched events to {host} off"),
    "event_endpoint.remove": Deed("events", "Removed {host}: no events go there any more"),
    "event.leave": Deed("events", "Left events of {about} unsent"),
    "event.send_again": Deed("events", "Had events sent to {about} again"),
    "notices.replayed": Deed("events", "Replayed notices of {about}"),
    "user.create": Deed("access", "Let {about} in"),
    "user.change": Deed("access", "Changed what {about} may do"),
    "user.password": Deed("access", "Changed their own password"),
    "user.sign_out": Deed("access", "Signed out everywhere"),
    "user.reset_password": Deed("access", "Gave {about} a new password"),
    "api_key.create": Deed("access", "Made the API key {about}"),
    "api_key.revoke": Deed("access", "Revoked the API key {about}"),
    "hook_secret.create": Deed("access", "Made a signing secret for billing’s hook"),
    "hook_secret.revoke": Deed("access", "Revoked a signing secret of billing’s hook"),
    "workspace.create": Deed("workspace", "Made this workspace"),
    "workspace.settings": Deed("workspace", "Changed the workspace’s settings"),
    "workspace.recipients": Deed("workspace", "Changed who is e-mailed about the whole workspace"),
    "own_app.bring": Deed("access", "Brought the workspace’s own {vendor} app, {client_id}"),
    "own_app.secret": Deed("access", "Replaced the client secret of the {vendor} app {client_id}"),
    "own_app.verifier": Deed("access", "Set a verifier token of the {vendor} app {client_id}"),
    "own_app.end_verifier": Deed(
        "access", "Ended the old verifier token of the {vendor} app {client_id}"
    ),
    "own_app.take_out": Deed("access", "Took the {vendor} app {client_id} out of use"),
}

_LABELS: Mapping[str, str] = {
    "account": "Account",
    "alarm": "Alarms go to",
    "alert": "Alert",
    "bodies": "Notices’ bodies",
    "calls_per_minute": "Calls a minute",
    "check": "The daily check goes to",
    "client_id": "Client ID",
    "closed_period_policy": "In a closed period",
    "code": "Billing’s code",
    "company": "Company",
    "confirmed": "Another rate or kind was confirmed",
    "currency": "Currency",
    "customer_changes": "When a customer changes",
    "default_income_account_name": "Default income account",
    "disabled": "Shut out",
    "disconnect": "“Disconnected” goes to",
    "documents": "Documents",
    "duplicates": "Typed in already",
    "entity": "Company it belongs to",
    "event": "Event number",
    "expiry": "“Ends soon” goes to",
    "history_from": "Books read from",
    "host": "Address",
    "how": "How",
    "in_flight": "Writes at a time",
    "income_account": "Income account",
    "kind": "About",
    "ledger_id": "ID in the ledger",
    "ledger_name": "In the ledger",
    "long_numbers": "Long numbers",
    "looked_at": "Looked at",
    "matched": "In the list",
    "merges": "Merges followed",
    "mode": "When finalised",
    "name": "Name",
    "notices": "Notices",
    "number": "Number",
    "ours": "In billing",
    "push_mode": "When finalised",
    "reason": "Reason",
    "reconcile_hour": "Hour of the daily check",
    "reconcile_mail": "E-mail after the daily check",
    "recipients": "Sent to",
    "review_recurring": "Recurring invoices wait for review",
    "role": "Role",
    "run": "Run",
    "since": "From",
    "slug": "Name in addresses",
    "starts_on": "Start date",
    "stored": "Taken in",
    "tax_rounding": "Tax is rounded",
    "theirs": "In the ledger",
    "time_zone": "Time zone",
    "total": "Total",
    "unread": "Not readable",
    "until": "Up to",
    "vendor": "Registered at",
}
# What only we need: numbers of rows, and what another line says already.
_SILENT = {"bulk_push", "connection_id", "before", "changed", "deed", "wanted"}
_SILENT |= {"default_income_account_id"}
# What is told by its name where that was kept too.
_NAMED = {"ledger_id": "ledger_name", "currency": "total"}
_VALUES: Mapping[tuple[str, str], str] = {
    ("push_mode", "auto"): "Push it straight away",
    ("push_mode", "review"): "Hold it for review",
    ("mode", "auto"): "Push it straight away",
    ("mode", "review"): "Hold it for review",
    ("closed_period_policy", "hold"): "Keep it here",
    ("closed_period_policy", "next_open_day"): "Book it on the next open day",
    ("tax_rounding", "rate"): "Per rate",
    ("tax_rounding", "line"): "Per line",
    ("long_numbers", "refuse"): "Do not send it",
    ("long_numbers", "shorten"): "Shorten the number",
    ("customer_changes", "never"): "Leave the ledger as it is",
    ("customer_changes", "always"): "Send the change",
    ("duplicates", "ask"): "Ask",
    ("duplicates", "link"): "Link the two",
    ("duplicates", "skip"): "Do not push it",
    ("reconcile_mail", "daily"): "Every day",
    ("reconcile_mail", "difference"): "Only when something differs",
    ("reconcile_mail", "never"): "Never",
    ("role", "owner"): "Owner",
    ("role", "finance"): "Finance",
    ("role", "viewer"): "Viewer",
    ("kind", "service"): "Service",
    ("kind", "tax_code"): "Tax code",
    ("kind", "class"): "Class",
    ("kind", "department"): "Department",
    ("kind", "payment_terms"): "Payment terms",
    **{
        ("kind", kind): words.format(ledger="the ledger") for kind, (words, _) in KIND_WORDS.items()
    },
    ("how", "void"): "Voided",
    ("how", "delete"): "Deleted",
}
_NOTHING = "nothing"


class _Kept(dict[str, str]):
    """What an entry kept; an older one may lack a word."""

    def __missing__(self, key: str) -> str:
        return "something"


def deed_of(action: str) -> Deed:
    """Return how a deed is told; of one that this release does not know, its code."""
    return DEEDS.get(action) or Deed("workspace", f"Did something else ({action})")


def deed_words(action: str, detail: Mapping[str, Any] | None, about: str, code: str = "") -> str:
    """Return the sentence of one entry.

    about: the name of what it is about. code: what billing calls the code in it, where it has one.
    """
    kept = _Kept({key: _shown(key, value) for key, value in (detail or {}).items()})
    kept["about"] = about or kept["number"]
    if code:
        kept["code"] = code
    return deed_of(action).words.format_map(kept)


def facts_of(detail: Mapping[str, Any] | None) -> list[Fact]:
    """Return what an entry kept, line by line: what changed with its before first."""
    return [*_changes(detail or {}), *_rest(detail or {})]


def _changes(detail: Mapping[str, Any]) -> Iterator[Fact]:
    for key, (before, after) in (detail.get("changed") or {}).items():
        if key in _SILENT:
            continue
        yield Fact(_label(key), _shown(key, before), _shown(key, after))
    before = detail.get("before")
    if isinstance(before, Mapping):  # what a mapping led to
        yield Fact(_LABELS["ledger_name"], _shown("", before.get("ledger_name")), _target(detail))
    elif before is not None:
        yield Fact(_LABELS["ledger_id"], _shown("", before), _shown("", detail.get("ledger_id")))


def _rest(detail: Mapping[str, Any]) -> Iterator[Fact]:
    told = {"ledger_name"} if isinstance(detail.get("before"), Mapping) else set()
    told |= {"ledger_id"} if isinstance(detail.get("before"), str) else set()
    told |= {key for key, name in _NAMED.items() if detail.get(name)}
    for key, value in detail.items():
        if key not in _SILENT | told and value is not None:
            yield Fact(_label(key), None, _shown(key, value, str(detail.get("currency") or "")))


def _target(detail: Mapping[str, Any]) -> str:
    return _shown("", detail.get("ledger_name"))


def _label(key: str) -> str:
    return _LABELS.get(key) or key.replace("_", " ").capitalize()


def _shown(key: str, value: Any, currency: str = "") -> str:
    """Return a stored value as people read it; currency: of an amount."""
    if isinstance(value, bool) or value in ("True", "False"):
        return "Yes" if value in (True, "True") else "No"
    if value is None or value in ("None", "", []):
        return _NOTHING
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{_label(name)}: {_shown(name, one)}" for name, one in value.items())
    if key == "reconcile_hour":
        return f"{int(value):02d}:00"
    if key == "total" and currency:
        return format_money(Decimal(str(value)), currency)
    return _VALUES.get((key, str(value))) or with_days_written(str(value))
