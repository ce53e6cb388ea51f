"""What rings about one customer, each in a sentence with its money and a way on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from flask import url_for

from app.domain.wording import day_long, format_money, format_sums, listed, plural
from app.ledgers import LEDGERS
from app.models import Connection, Customer, Invoice, PausedAlert
from app.queries import customer_alerts as queries
from app.queries.customer_figures import Figures
from app.queries.customers import Linked
from app.queries.not_billed import NotBilled, not_billed_of
from app.web.presentation import ledger_name, local_day, now

# So many names stand in a sentence; the page behind the button has them all.
_NAMED = 3


class CustomerAlert(NamedTuple):
    """One note at the head of a customer's page; lead: what it is, with its money."""

    icon: str
    tone: str
    lead: str
    rest: str
    url: str
    button: str
    kind: str = ""  # of one that may rest: nothing is stopped by it
    paused: PausedAlert | None = None


def alerts_of(
    customer: Customer, linked: Linked, figures: Figures, oldest: Invoice | None, day: date
) -> Sequence[CustomerAlert]:
    """Return what rings about a customer, what stops the money first; paused ones come last."""
    paused = queries.paused(customer, day)
    found = [
        *_permissions(linked, figures),
        *_overdue(customer, figures, oldest, day),
        *_differences(customer, linked),
        *_not_billed(customer, not_billed_of(customer.id, day)),
    ]
    rests = [one._replace(paused=_resting(one, paused)) for one in found]
    return sorted(rests, key=lambda one: one.paused is not None)


def _resting(one: CustomerAlert, paused: Mapping[str, PausedAlert]) -> PausedAlert | None:
    kept = paused.get(one.kind)
    return kept if kept is not None and kept.said == one.lead else None


def _permissions(linked: Linked, figures: Figures) -> Iterator[CustomerAlert]:
    owed = f"{format_sums(figures.owed.sums)} outstanding" if figures.owed else "what comes next"
    for one in queries.endings(linked):
        ledger, url = _called(one.connection, linked), _connection_page(one.connection)
        if one.ends_at is None:
            yield CustomerAlert(
                "plug-connected-x",
                "bad",
                f"{ledger} does not accept our permission any more.",
                f"Nothing of this customer goes there or comes back, {owed} included.",
                url,
                "Reconnect",
            )
        elif _soon(one.connection, one.ends_at):
            until = local_day(one.ends_at) or one.ends_at.date()
            yield CustomerAlert(
                "key",
                "wait",
                f"Our permission in {ledger} ends on {day_long(until)}.",
                f"After that nothing goes there or comes back, {owed} included.",
                url,
                "See the connection",
            )


def _soon(connection: Connection, ends_at: datetime) -> bool:
    kind = LEDGERS.get(connection.provider)
    warnings = kind.provider.expiry_warnings if kind else ()
    return ends_at - now() <= timedelta(days=max(warnings, default=0))


def _overdue(
    customer: Customer, figures: Figures, oldest: Invoice | None, day: date
) -> Iterator[CustomerAlert]:
    if not figures.late:
        return
    rest = ""
    if oldest is not None and oldest.due_date is not None:
        ago = plural((day - oldest.due_date).days, "day")
        rest = f"{oldest.number} was due {day_long(oldest.due_date)}, {ago} ago."
    yield CustomerAlert(
        "calendar-exclamation",
        "wait",
        f"{format_sums(figures.late.sums)} is overdue.",
        rest,
        url_for("invoices.index", customer=customer.id, owed="overdue"),
        "See it" if figures.late.count == 1 else f"See all {figures.late.count:,}",
        kind="overdue",
    )


def _differences(customer: Customer, linked: Linked) -> Iterator[CustomerAlert]:
    for one in queries.differing(customer, linked):
        ledger = _called(one.connection, linked)
        money = {code: amount for code, amount in one.sums.items() if amount}
        found = "1 document differs" if one.count == 1 else f"{one.count:,} documents differ"
        worth = f", {format_sums(money)} in all" if money else ""
        yield CustomerAlert(
            "git-compare",
            "wait",
            f"{found} between billing and {ledger}{worth}.",
            f"{_some(one.numbers)}." if one.numbers else "",
            url_for("reconciliations.show", connection=one.connection.id),
            "Resolve",
        )


def _not_billed(customer: Customer, found: Sequence[NotBilled]) -> Iterator[CustomerAlert]:
    if not found:
        return
    sums: dict[str, Decimal] = {}
    for one in found:
        sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.net
    services = [
        f"{one.name} ({format_money(one.net, one.currency)}, last on {day_long(one.last)})"
        for one in found
    ]
    what = "1 service is" if len(found) == 1 else f"{len(found):,} services are"
    yield CustomerAlert(
        "file-off",
        "wait",
        f"{what} on no invoice this time, {format_sums(sums)} a month net of tax.",
        f"{_some(services)}: expected by {day_long(min(one.expected for one in found))}."
        " Invoice it in billing; nothing to do if it ended.",
        url_for("invoices.index", customer=customer.id),
        "See invoices",
        kind="not_billed",
    )


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    return listed([*names[:_NAMED], *([plural(rest, "other")] if rest > 0 else [])])


def _called(connection: Connection, linked: Linked) -> str:
    """Return a ledger's name, with the company's where the customer is in several."""
    name = ledger_name(connection.provider)
    return f"{name} ({connection.company_name})" if len(linked) > 1 else name


def _connection_page(connection: Connection) -> str:
    return url_for("connections.show", connection_id=connection.id)
