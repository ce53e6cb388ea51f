"""Name every behaviour that the facts leave open, or that a test wants to turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.store import Store


@dataclass(frozen=True)
class Switch:
    """A named choice: its default, the values allowed (empty = any number) and what it does."""

    default: Any
    allowed: tuple[Any, ...]
    meaning: str


ON_OFF = (True, False)

SWITCHES: dict[str, Switch] = {
    "old_refresh_token": Switch(
        "dies", ("dies", "grace"), "A rotated refresh value: dies at once, or works 24 h more."
    ),
    "superseded_refresh_revokes": Switch(
        False, ON_OFF, "Using a superseded refresh value kills the whole consent."
    ),
    "requestid_fault": Switch(
        "replay", ("replay", "retry"), "Same requestid after a 4xx fault: replay it, or try anew."
    ),
    "requestid_other_body": Switch(
        "replay", ("replay", "600"), "Same requestid, different body: first answer, or fault 600."
    ),
    "requestid_in_flight": Switch(
        "wait", ("wait", "600"), "Same requestid while the first still runs: wait, or fault 600."
    ),
    "requestid_retention_hours": Switch(0, (), "Hours a requestid is remembered; 0 = for ever."),
    "accept_string_amounts": Switch(
        True, ON_OFF, "Amounts sent as JSON strings are accepted, else fault 2080."
    ),
    "noop_transaction_update": Switch(
        "keeps", ("keeps", "bumps"), "SyncToken when a transaction update changes nothing."
    ),
    "duplicate_doc_number": Switch(
        "refuse", ("refuse", "allow"), "A DocNumber used already: fault 6140, or accepted."
    ),
    "duplicate_doc_number_code": Switch(
        "6140", ("6140", "6210"), "Fault code of it: the error table's, or an old page's."
    ),
    "void_paid_invoice": Switch(
        "refuse", ("refuse", "unapply"), "API void of an invoice with payments: 6000, or unapply."
    ),
    "delete_paid_invoice": Switch(
        "refuse",
        ("refuse", "unapply"),
        "API delete of an invoice with payments, or of a credit memo in use: 6000, or unapply.",
    ),
    "auto_apply_shown": Switch(
        True, ON_OFF, "AutoApplyCredit: the answer to a new document shows what it applied."
    ),
    "over_application": Switch(
        "6000", ("6000", "620"), "Fault code when a payment line exceeds the open balance."
    ),
    "inactive_customer": Switch(
        "610", ("610", "6250"), "Fault code when a transaction names an inactive customer."
    ),
    "inactive_item": Switch(
        "2500", ("2500", "610"), "Fault code when a line names an inactive item."
    ),
    "item_quotation_mark": Switch(
        "refuse", ("refuse", "accept"), "A double quote in an item's name: fault 2040, or kept."
    ),
    "upload_requestid": Switch(
        "ignore", ("ignore", "replay"), "Same requestid on an upload: one more file, or replay it."
    ),
    "negative_total": Switch(
        "6000", ("6000", "2290"), "Fault code when a sale would total below zero."
    ),
    "negative_line": Switch(
        "accept", ("accept", "2290"), "A line below zero in a sale that is not: booked, or 2290."
    ),
    "negative_half_penny": Switch(
        "away", ("away", "up"), "Half a penny below zero in quantity times price: from zero, or up."
    ),
    "emoji": Switch(
        "500", ("500", "accept"), "Characters above U+FFFF: a 500 as some report, or booked."
    ),
    "untracked_reference": Switch(
        "refuse",
        ("refuse", "ignore"),
        "A class or department where none is tracked: 6000, or lost.",
    ),
    "due_before_date": Switch(
        "accept", ("accept", "2190"), "A due date before the date: booked, or fault 2190."
    ),
    "vat_rounding": Switch(
        "rate", ("rate", "line"), "TaxExcluded: VAT per rate on the summed net, or line by line."
    ),
    "id_ranges": Switch(False, ON_OFF, "Queries may compare Id with < > or order by it."),
    "maxresults_over_1000": Switch(
        "fault", ("fault", "clamp"), "MAXRESULTS above 1000: fault 4001, or clamped."
    ),
    "cdc_limit": Switch(
        "request", ("request", "entity"), "The 1000 objects of a CDC answer: in all, or per entity."
    ),
    "broken_record_read": Switch(
        "4002", ("4002", "give"), "Reading a broken record by its id: fault 4002, or the record."
    ),
    "batch_limit": Switch(30, (), "Items a batch may hold (older documents say 10)."),
    "webhook_shape": Switch("cloudevents", ("cloudevents", "legacy"), "Body of webhooks."),
    "webhook_void_verb": Switch("void", ("void", "voided"), "Verb of a void event."),
    "webhook_delivery": Switch(
        "on", ("on", "held", "lost"), "Deliver events, keep them for later, or lose them."
    ),
    "webhook_duplicates": Switch(False, ON_OFF, "Every POST is sent twice."),
    "webhook_reordered": Switch(False, ON_OFF, "Events inside one POST come newest first."),
    "webhook_bad_signature": Switch(False, ON_OFF, "Sign with a wrong token."),
    "webhook_side_effects": Switch(
        True, ON_OFF, "A payment also announces its invoices as updated."
    ),
    "webhook_window_ms": Switch(50, (), "Events of one company within this time share a POST."),
    "webhook_delay_ms": Switch(0, (), "Wait this long before the first try."),
    "webhook_retry_scale": Switch(
        1.0, (), "Multiplies the retry ladder 10 s, 20 s, 30 s, 5 min, …"
    ),
    "latency_ms": Switch(0, (), "Added to every API and token answer."),
    "throttle": Switch(
        False,
        ON_OFF,
        "Answer 429 above 10 a second, 500 a minute, 10 in flight (batch 40 a minute).",
    ),
    "throttle_retry_after": Switch(
        0, (), "Retry-After in real throttling, seconds; 0 = header absent, as documented."
    ),
    "throttle_format": Switch("json", ("json", "xml"), "Body of a 429 from real throttling."),
    "metered_limit": Switch(
        0, (), "Metered calls allowed before 429 (Builder tier: 500000); 0 = no limit."
    ),
    "auth_code_minutes": Switch(10, (), "Life of an authorisation code."),
}


class Switches:
    """Read and set switches; they survive a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getitem__(self, name: str) -> Any:
        return self._store.setting("switch." + name, SWITCHES[name].default)

    def set(self, name: str, value: Any) -> None:
        """Set one switch. Raise ValueError when the name or the value is unknown."""
        switch = SWITCHES.get(name)
        if switch is None:
            raise ValueError(f"unknown switch {name!r}")
        if switch.allowed and value not in switch.allowed:
            raise ValueError(f"{name} must be one of {', '.join(map(str, switch.allowed))}")
        if not switch.allowed and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise ValueError(f"{name} must be a number")
        self._store.set_setting("switch." + name, value)

    def reset(self) -> None:
        for name, switch in SWITCHES.items():
            self._store.set_setting("switch." + name, switch.default)

    def all(self) -> dict[str, Any]:
        return {name: self[name] for name in SWITCHES}
