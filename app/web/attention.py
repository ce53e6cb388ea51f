"""Put a cause into words: what waits, why, and the one button that helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.domain.states import ConnectionState, SyncState
from app.domain.verdict import counted
from app.domain.wording import ASKED, format_sums, listed, plural
from app.models import Connection
from app.queries.cause import Cause
from app.queries.given_up import Away
from app.web.booked_already import booked_already
from app.web.cause_words import (
    its_check,
    its_connection,
    its_list,
    its_page,
    reason,
    review,
    waits,
    whose,
    with_need,
)
from app.web.company_name import which_ledger
from app.web.event_words import EVENT_ALARMS, event_alarm
from app.web.next_step import step_for_missing, step_for_standing
from app.web.presentation import ledger_name

# Causes that one press may settle: a person put it right in the ledger, or looked at them all.
DEED_FOR_ALL = {"refused": "retry", "gave_up": "retry", "customer": "retry", "review": "push"}


@dataclass(frozen=True, slots=True)
class Work:
    """One row of "Needs attention"."""

    icon: str
    tone: str
    title: str
    sub: str
    sums: dict[str, Any]
    action: str
    url: str
    exact: tuple[str, str, str] | None = None  # the ledger's words, its request id, its code


def work(cause: Cause) -> Work:
    """Return the row of one cause."""
    icon, tone, title, sub, action, url = _ROWS.get(cause.kind, _blocked)(cause)
    url, sub = with_need(url, cause), f"{sub}{booked_already(cause)}"
    return Work(icon, tone, title, sub, cause.sums, action, url, cause.exact)


def its_ledger(cause: Cause) -> str:
    """Return the ledger a cause is about, with its company where two are in use."""
    return which_ledger(cause.provider, cause.connection_id)


def away_name(connection: Connection) -> str:
    """Return which company of which ledger: "QuickBooks (Northgate IT Services Ltd)"."""
    return f"{ledger_name(connection.provider)} ({connection.company_name})"


def away_row(away: Away) -> Work:
    """Return the row of a company that somebody disconnected."""
    ledger = ledger_name(away.connection.provider)
    said = []
    if away.booked:
        link = "are linked again" if away.booked > 1 else "is linked again"
        said.append(f"{plural(away.booked, 'invoice')} that it may hold {link} once it is back.")
    if away.waiting:
        said.append(
            f"{plural(away.waiting, 'invoice waits here and goes', 'invoices wait here and go')}"
            " then."
        )
    return Work(
        "plug-connected-x",
        "bad",
        f"{away_name(away.connection)} is disconnected",
        " ".join(said) or "Nothing waits for it.",
        {},
        f"Reconnect {ledger}",
        url_for("connections.show", connection_id=away.connection.id),
    )


Words = tuple[str, str, str, str, str, str]


def _step(cause: Cause) -> tuple[str, str]:
    """Return the words and the address of what helps with something missing."""
    step = step_for_missing(cause.kind, cause.code, cause.name, cause.connection_id)
    return (step.words, step.url) if step else (review(cause), its_list(cause))


def _mapping(cause: Cause) -> Words:
    what = "tax-code" if cause.kind == "tax_code" else "service"
    title = f"{waits(cause)} for a {what} mapping: {cause.name}"
    return "puzzle", "wait", title, whose(cause), *_step(cause)


def _customer(cause: Cause) -> Words:
    title = f"{waits(cause)} for a customer: {cause.name}"
    return "users", "wait", title, reason(cause), *_step(cause)


def _setting(cause: Cause) -> Words:
    title = f"{waits(cause)} for a setting: {cause.name}"
    return "settings", "wait", title, reason(cause), *_step(cause)


def _closed(cause: Cause) -> Words:
    title = f"{waits(cause)}: dated in a closed period"
    return "calendar-exclamation", "wait", title, reason(cause), review(cause), its_list(cause)


def _no_connection(cause: Cause) -> Words:
    title = f"{waits(cause)} for a ledger to be connected"
    return "plug-connected-x", "wait", title, reason(cause), *_step(cause)


def _blocked(cause: Cause) -> Words:
    title = f"{waits(cause)} for a correction"
    return "pencil", "wait", title, reason(cause), review(cause), its_list(cause)


def _perhaps_there(cause: Cause) -> Words:
    title = f"{waits(cause)}: perhaps in {its_ledger(cause)} already"
    sub = "Say of each whether it is the same. Nothing is booked twice meanwhile."
    return "copy", "wait", title, sub, review(cause), its_list(cause)


def _line(cause: Cause) -> Words:
    what = {"service": "service", "tax_code": "tax code"}[cause.code]
    title = f"{waits(cause)} for a correction: a line has no {what}"
    sub = f"{whose(cause)} Give the line a {what} in billing."
    return "pencil", "wait", title, sub, review(cause), its_list(cause)


def _tax(cause: Cause) -> Words:
    title = f"{waits(cause)}: the tax booked would not be billing’s"
    return "git-compare", "wait", title, reason(cause), review(cause), its_list(cause)


def _refused(cause: Cause) -> Words:
    if cause.code in ASKED:
        return _asked(cause)
    title = f"{plural(cause.count, 'invoice was', 'invoices were')} refused"
    if cause.count == 1:
        title += f": {cause.number}"
    return "alert-octagon", "bad", title, reason(cause), review(cause), its_list(cause)


def _asked(cause: Cause) -> Words:
    many = plural(cause.count, "invoice was", "invoices were")
    title = f"{many} changed in {its_ledger(cause)} and in billing"
    if cause.count == 1:
        title += f": {cause.number}"
    return "git-compare", "wait", title, reason(cause), review(cause), its_list(cause)


def _gave_up(cause: Cause) -> Words:
    title = f"{plural(cause.count, 'invoice')} got no answer, and we stopped trying"
    sub = f"{cause.title} Nothing was lost: try again with one click.".strip()
    return "alert-octagon", "bad", title, sub, review(cause), its_list(cause)


def _review_wanted(cause: Cause) -> Words:
    title = f"{waits(cause)} for review"
    action = "Review it" if cause.count == 1 else f"Review {cause.count}"
    return "eye", "wait", title, whose(cause), action, its_list(cause)


def _taken_back(cause: Cause) -> Words:
    title = f"{plural(cause.count, 'invoice was', 'invoices were')} taken back"
    again = (
        "Push it again when it is right; it does not go by itself."
        if cause.count == 1
        else "Push them again when they are right; none goes by itself."
    )
    sub = f"{whose(cause)} {again}"
    return "arrow-back-up", "wait", title, sub, review(cause), its_list(cause)


def _standing(cause: Cause) -> Words:
    ledger, many = its_ledger(cause), cause.count
    step = step_for_standing(cause.provider, cause.connection_id, cause.connection_state)
    if cause.connection_state == ConnectionState.PAUSED:
        title = f"{waits(cause)}: pushing to {ledger} is paused"
        sub = f"{cause.company_name}. They go as soon as somebody resumes."
        return "player-pause", "wait", title, sub, step.words, step.url
    if cause.connection_state == ConnectionState.ACTIVE:
        title = f"{waits(cause)}: pushing to {ledger} is not switched on yet"
        sub = f"{cause.company_name}. Nothing is sent before somebody switches it on."
        return "player-pause", "wait", title, sub, step.words, step.url
    waiting = f" and {plural(many, 'invoice waits', 'invoices wait')}" if many else ""
    sub = f"{cause.company_name}. Nothing is lost; payments are not coming back meanwhile."
    title = f"{ledger} is disconnected{waiting}"
    return "plug-connected-x", "bad", title, sub, step.words, step.url


def _payments(cause: Cause) -> Words:
    ledger = its_ledger(cause)
    title = f"{plural(cause.count, 'invoice is', 'invoices are')} paid differently in {ledger}"
    sub = "What is still owed is not the same in billing."
    return "cash", "wait", title, sub, f"Resolve {cause.count}", its_check(cause)


def _differences(cause: Cause) -> Words:
    ledger = ledger_name(cause.provider)
    title = f"{plural(cause.count, 'difference')} between billing and {its_ledger(cause)}"
    kinds = [(key.partition(":"), count) for key, count in cause.kinds.items()]
    words = listed([counted(kind, count, ledger, document) for (document, _, kind), count in kinds])
    sub = f"{words}. Net {format_sums(cause.net)}."
    return "git-compare", "wait", title, sub, f"Resolve {cause.count}", its_check(cause)


_DONE_THERE = {
    SyncState.DIFFERS: "changed",
    SyncState.VOIDED: "voided",
    SyncState.DELETED_THERE: "deleted",
}


def _changed_there(cause: Cause) -> Words:
    ledger = its_ledger(cause)
    deeds = {_DONE_THERE[SyncState(state)]: count for state, count in cause.kinds.items()}
    done = listed(list(deeds)) if len(deeds) == 1 else "changed, voided or deleted"
    title = f"{plural(cause.count, 'invoice was', 'invoices were')} {done} in {ledger}"
    if set(cause.kinds) == {SyncState.DIFFERS}:  # edited there, or booked so
        title = f"{plural(cause.count, 'invoice has', 'invoices have')} other figures in {ledger}"
    if cause.count == 1:
        title += f": {cause.number}"
    what = "it as it was" if cause.count == 1 else "them as they were"
    sub = f"Billing still has {what}. Correct one side."
    url = its_page(cause)
    if cause.count > 1:
        url = url_for("invoices.index", cause="changed_there:", connection=cause.connection_id)
    return "git-compare", "wait", title, sub, review(cause), url


def _alarm(cause: Cause) -> Words:
    """Show an alarm by its sentence; the title says what kind of alarm it is."""
    ledger = its_ledger(cause) if cause.provider else "a ledger"
    url, action = its_connection(cause), "See the connection"
    if cause.code == "connection.misconfigured":
        title = f"{ledger} does not accept the app it is asked by"
        return "key", "bad", title, cause.title, action, url
    if cause.code == "connection.refuses_all":
        title = f"{ledger} takes nothing for {cause.company_name}"
        return "alert-octagon", "bad", title, cause.title, action, url
    if cause.code == "meter.quota":
        title = f"This month’s reads of {ledger} run out"
        return "alert-triangle", "wait", title, cause.title, action, url
    if cause.code == "customer.not_changed":
        url = url_for("customers.show", customer_id=int(cause.name))
        return "users", "wait", "A customer was not changed", cause.title, "See the customer", url
    if cause.code == "mail.undeliverable":
        url, action = url_for("settings.show"), "See who gets e-mails"
        return "mail", "wait", "An e-mail could not be sent", cause.title, action, url
    if cause.code in EVENT_ALARMS:
        return event_alarm(cause)
    return "alert-triangle", "wait", cause.title, cause.company_name, action, url


def _credit_notes(cause: Cause) -> Words:
    title = f"{plural(cause.count, 'credit note needs', 'credit notes need')} you"
    if cause.count == 1:
        title += f": {cause.number}"
    sub = "Not booked, not applied to its invoice, or changed in the ledger."
    url = its_page(cause) if cause.count == 1 else url_for("credit_notes.index", show="needs")
    action = f"Review {plural(cause.count, 'credit note')}"
    return "file-invoice", "wait", title, sub, action, url


_ROWS = {
    "alarm": _alarm,
    "tax_code": _mapping,
    "service": _mapping,
    "customer": _customer,
    "setting": _setting,
    "closed_period": _closed,
    "connection": _no_connection,
    "tax": _tax,
    "perhaps_there": _perhaps_there,
    "line": _line,
    "refused": _refused,
    "gave_up": _gave_up,
    "review": _review_wanted,
    "taken_back": _taken_back,
    "standing": _standing,
    "payments": _payments,
    "differences": _differences,
    "changed_there": _changed_there,
    "credit_notes": _credit_notes,
}
