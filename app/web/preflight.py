"""The pre-flight check of a connection: one sentence a check, what it holds back, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from flask import url_for

from app.domain.long_numbers import REFUSE
from app.domain.not_ready import TAX_OFF
from app.domain.states import OPTIONAL_MAPPINGS, ConnectionState, MappingKind
from app.domain.wording import day, day_long, listed, number, plural, tax_word
from app.ledgers import LEDGERS
from app.models import Connection
from app.queries import connections as queries
from app.queries.attention import totals
from app.queries.cause import Cause
from app.queries.connections import NAMED, Coverage
from app.queries.notices import Heard
from app.queries.readings import readings
from app.usecases.push.those_there import alike_there
from app.web.mapping_page import KIND_WORDS
from app.web.presentation import day_and_time, ledger_name
from app.web.reading_words import history_line, unreadable_lines


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check; tone: ok, wait (a person should act) or bad (nothing flows)."""

    name: str
    text: str
    tone: str = "ok"
    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    action: str = ""
    url: str = ""


def preflight(
    connection: Connection, causes: Sequence[Cause], heard: Heard, alarms: Sequence[str]
) -> list[Check]:
    """Return every check, those that need a person first.

    causes: what waits here. alarms: the sentences of what rings about its permission.
    """
    found = [_permission(connection, _of(causes, "standing"), alarms)]
    found += _checks(connection, causes, heard)
    return sorted(found, key=lambda check: ("bad", "wait", "ok").index(check.tone))


def _checks(connection: Connection, causes: Sequence[Cause], heard: Heard) -> Iterator[Check]:
    if connection.tax_enabled:
        yield _mapped(connection, MappingKind.TAX_CODE, _of(causes, "tax_code"))
    yield _mapped(connection, MappingKind.SERVICE, _of(causes, "service"))
    for kind in OPTIONAL_MAPPINGS:
        yield from _may_be_mapped(connection, kind)
    yield _typed_there(connection, _of(causes, "perhaps_there"))
    closed = LEDGERS[connection.provider].provider.closed_period_codes
    refused = [cause for cause in _of(causes, "refused") if cause.code in closed]
    yield _closed_books(connection, _of(causes, "closed_period"), refused)
    yield from _company(connection, _of(causes, "setting"), causes)
    yield _income(connection)
    yield _notices(connection, heard)
    yield from _history(connection)


def _permission(connection: Connection, causes: list[Cause], alarms: Sequence[str]) -> Check:
    ledger = ledger_name(connection.provider)
    if connection.state == ConnectionState.BROKEN:
        return _held("Connection", f"{ledger} refuses our permission.", causes, tone="bad")
    if alarms:
        return _held("Connection", " ".join(alarms), causes, tone="bad")
    if connection.state == ConnectionState.PAUSED:
        return _held("Connection", connection.state_reason or "Paused.", causes)
    return Check("Connection", f"{ledger} accepts our permission.")


def _mapped(connection: Connection, kind: MappingKind, causes: list[Cause]) -> Check:
    found = queries.coverage(connection, kind)
    what, name = KIND_WORDS[kind].one, KIND_WORDS[kind].many
    gone = _gone(found, kind, connection)
    if not found.known:
        return Check(name, f"Billing has sent no {what} for it yet.")
    if not found.lacking:
        return Check(
            name, f"All {number(found.known)} are mapped." if found.known > 1 else "Mapped."
        )
    url = url_for("mappings.index", connection=connection.id)
    action = f"Map {plural(found.lacking, what)}"
    return _held(name, f"{_lacking(found)}{gone}", causes, action=action, url=url)


def _may_be_mapped(connection: Connection, kind: MappingKind) -> Iterator[Check]:
    """Yield how far something is mapped that invoices go without, once billing has sent any."""
    found = queries.coverage(connection, kind)
    if found.known:
        text = f"{number(found.mapped)} of {number(found.known)} mapped."
        without = " Invoices go without the rest, and say so." if found.lacking else ""
        yield Check(KIND_WORDS[kind].many, f"{text}{without}")


def _lacking(found: Coverage) -> str:
    shown = [f"“{name}”" for name in found.missing]
    more = found.lacking - len(shown)
    names = listed([*shown, f"{number(more)} more"] if more else shown)
    verb = "is" if found.lacking == 1 else "are"
    return f"{number(found.mapped)} of {number(found.known)} mapped. {names} {verb} not."


def _gone(found: Coverage, kind: MappingKind, connection: Connection) -> str:
    """Say how many of the entries that are mapped no sale can use any more."""
    if not found.gone:
        return ""
    what = KIND_WORDS[kind].there
    names = listed([f"“{name}”" for name in found.gone[:NAMED]])
    ledger, count = ledger_name(connection.provider), len(found.gone)
    stopped = plural(count, f"mapped {what} is", f"mapped {what}s are")
    return f" {stopped} inactive or gone in {ledger}: {names}."


def _typed_there(connection: Connection, causes: list[Cause]) -> Check:
    """Say how many waiting invoices somebody has perhaps typed into the ledger, held ones too."""
    ledger, name = ledger_name(connection.provider), "Typed by hand"
    found = [one.ours for one in alike_there(connection).values()]
    if not found:
        return Check(name, f"No waiting invoice is in {ledger} already, as far as we have read it.")
    sums: dict[str, Decimal] = {}
    for one in found:
        sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.total
    several = len(found) > 1
    waiting = plural(len(found), "waiting invoice is", "waiting invoices are")
    goes = "None of them goes" if several else "It does not go"
    text = f"{waiting} perhaps in {ledger} already. {goes} by itself."
    url = action = ""
    if causes:
        url = url_for("invoices.index", cause="perhaps_there:", connection=connection.id)
        action = f"Review {plural(sum(cause.count for cause in causes), 'invoice')}"
    return Check(name, text, "wait", len(found), sums, action, url)


def _closed_books(connection: Connection, causes: list[Cause], refused: list[Cause]) -> Check:
    """Say to which day the books are closed; a refusal may know it before we have read it."""
    ledger, closed = ledger_name(connection.provider), connection.books_closed_to
    if refused:
        when = day_and_time(connection.company_read_at) if connection.company_read_at else ""
        had = f"it was closed to {day_long(closed)}" if closed else "no period was closed"
        count = sum(cause.count for cause in refused)
        text = (
            f"{ledger} refused {plural(count, 'invoice')}: its books are closed for that date."
            f" When we read its settings{f', {when},' if when else ''} {had}."
        )
        url = url_for("invoices.index", cause=f"refused:{refused[0].code}")
        action = f"Review {plural(count, 'invoice')}"
        return _held("Closed books", text, [*refused, *causes], action=action, url=url)
    if closed is None:
        return Check("Closed books", f"{ledger} has no closed period.")
    text = f"{ledger} is closed to {day_long(closed)}."
    if not causes:
        return Check("Closed books", f"{text} No waiting invoice is dated that early.")
    url = url_for("invoices.index", cause=f"closed_period:{causes[0].code}")
    action = f"Review {plural(sum(cause.count for cause in causes), 'invoice')}"
    return _held("Closed books", f"{text} Earlier invoices wait.", causes, action=action, url=url)


def _company(
    connection: Connection, causes: list[Cause], waiting: Sequence[Cause]
) -> Iterator[Check]:
    """Yield what the company's own settings and its arithmetic allow."""
    ledger = ledger_name(connection.provider)
    problems = (connection.preferences or {}).get("problems", [])
    for problem in problems:
        yield Check(f"{ledger} settings", problem, "wait")
    for cause in causes:
        yield _held(f"{ledger} settings", f"{cause.title} {cause.what_to_do}".strip(), [cause])
    yield from _tax(connection, causes)
    for cause in _of(waiting, "tax"):
        url = url_for("invoices.index", cause=f"tax:{cause.code}", connection=connection.id)
        text = f"What {ledger} would book is not billing’s {tax_word(connection.country)}."
        action = f"Review {plural(cause.count, 'invoice')}"
        yield _held("Tax figures", text, [cause], action=action, url=url)
    yield _numbers(connection)
    if connection.multicurrency:
        yield Check(
            "Currency", f"{ledger} takes several currencies; its own is {connection.home_currency}."
        )
    else:
        yield Check("Currency", f"The books are in {connection.home_currency} only.")


def _tax(connection: Connection, causes: list[Cause]) -> Iterator[Check]:
    """Yield whether tax is on; by the lines of what waits: before the go-live nobody judged it."""
    ledger = ledger_name(connection.provider)
    tax = "VAT" if connection.country == "GB" else "Sales tax"
    if connection.tax_enabled:
        yield Check(tax, f"{tax} is switched on in {ledger}.")
        return
    if any(cause.code == TAX_OFF for cause in causes):
        return  # said with what it stops
    off = f"{tax} is switched off in {ledger}."
    count, sums = queries.taxed(connection)
    if not count:
        yield Check(tax, f"{off} No waiting invoice has any.")
        return
    stay = plural(count, "waiting invoice charges", "waiting invoices charge")
    goes = "It stays" if count == 1 else "They stay"
    yield Check(
        tax,
        f"{off} {stay} {tax}. {goes} here until it is switched on there and read again.",
        "wait",
        count,
        sums,
    )


def _numbers(connection: Connection) -> Check:
    ledger, name = ledger_name(connection.provider), "Invoice numbers"
    longest = LEDGERS[connection.provider].provider.number_length
    long = f"Of one longer than {longest} characters, the last {longest} are kept."
    if connection.long_numbers == REFUSE:
        long = f"One longer than {longest} characters is not sent."
    if connection.own_numbers:
        return Check(name, f"Billing’s own invoice numbers are kept. {long}")
    return Check(
        name,
        f"{ledger} numbers what people type there by itself. Billing’s numbers are kept all the"
        f" same: they must not run into its own. {long}",
    )


def _income(connection: Connection) -> Check:
    name = connection.default_income_account_name
    if name:
        return Check("Income account", f"New items post to {name}.")
    return Check("Income account", "None chosen: needed only when we are to create an item.")


def _notices(connection: Connection, heard: Heard) -> Check:
    name = "Notices"
    if heard.count and heard.refused:
        return Check(
            name,
            f"{number(heard.count)} received in 24 hours and verified; "
            f"{number(heard.refused)} refused, because the signature did not match.",
        )
    if heard.count:
        return Check(name, f"{number(heard.count)} received in 24 hours, all signatures verified.")
    read = "Payments come back all the same: we look every few minutes."
    if heard.last:
        return Check(
            name, f"None in 24 hours; the last came on {day(heard.last.received_at.date())}."
        )
    return Check(name, f"None received yet. {read}")


def _history(connection: Connection) -> Iterator[Check]:
    """Yield how far the books are read, and what of them could not be."""
    found = readings([connection])[connection.id]
    yield Check("History", history_line(found))
    for line in unreadable_lines(found, ledger_name(connection.provider)):
        yield Check("Not read", line, "wait")


def _held(
    name: str,
    text: str,
    causes: list[Cause],
    *,
    tone: str = "wait",
    action: str = "",
    url: str = "",
) -> Check:
    count = sum(cause.count for cause in causes)
    return Check(name, text, tone, count, totals(causes), action, url)


def _of(causes: Sequence[Cause], kind: str) -> list[Cause]:
    return [cause for cause in causes if cause.kind == kind]
