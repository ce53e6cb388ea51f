"""Customers: what they were invoiced, what they owe, what happened with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.book_status import book_status
from app.domain.states import DocumentKind
from app.domain.wording import day_long
from app.models import Connection, Customer, Invoice, LedgerInvoiceRow
from app.queries import customer_there as there
from app.queries import customers as queries
from app.queries.accepted import accepted_of
from app.queries.customer_choices import asked_about
from app.queries.customer_figures import OWED, Figures, figures_of
from app.queries.customer_money import unapplied_of
from app.queries.mappings import live_connections
from app.queries.owed_apart import owed_apart
from app.queries.whose_money import told_with
from app.usecases.company.open_ledger import on_paper
from app.usecases.customers.pause_alert import pause_alert, resume_alert
from app.web.customer_alerts import CustomerAlert, alerts_of
from app.web.customer_ledgers import by_name, ledgers_of
from app.web.customer_timeline import timeline_of
from app.web.guard import actor, needs_role, workspace
from app.web.owed_words import owed_words
from app.web.presentation import ledger_name, today

AUTHENTICATION = "session"

blueprint = Blueprint("customers", __name__, url_prefix="/customers")


@dataclass(frozen=True, slots=True)
class Recent:
    """One of the newest invoices, of billing's (ours) or of a ledger's own book (theirs)."""

    number: str
    issued: date | None
    currency: str
    total: Decimal
    balance: Decimal
    status: str  # as wording.words_of knows it
    ours: Invoice | None = None
    connection: Connection | None = None
    url: str | None = None  # in the ledger, of one that is only there


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List the customers: all, those who owe, those who are late, those a service is missing of."""
    show, sort = request.args.get("show", ""), request.args.get("sort", "")
    wanted = queries.Wanted(
        request.args.get("q", "").strip(),
        show if show in queries.SHOW else "",
        sort if sort in queries.SORT else "",
        request.args.get("page", 1, type=int),
    )
    currency = workspace().currency
    listed = queries.page(wanted, today(), currency)
    return render_template(
        "customers/index.html",
        listed=listed,
        wanted=wanted,
        debts=queries.debts(today()),
        owed_there=_owed_there(),
        currency=currency,
        asked=asked_about(),
        by_name=by_name({row.id: row.name for row in listed.rows}),
    )


@blueprint.get("/<int:customer_id>")
def show(customer_id: int) -> ResponseReturnValue:
    """Show one customer."""
    customer = queries.customer_of(customer_id) or abort(404)
    return render_template("customers/show.html", **_page(customer, today()))


@blueprint.post("/<int:customer_id>/alerts/<any(overdue, not_billed):kind>")
@needs_role("owner", "finance")
def pause(customer_id: int, kind: str) -> ResponseReturnValue:
    """Let an alert rest as long as it says what the person read; deed=resume: no longer."""
    customer = queries.customer_of(customer_id) or abort(404)
    user_id, name = actor()
    if request.form.get("deed") == "resume":
        resume_alert(customer, kind, name, user_id)
        flash("This alert is shown again.", "ok")
    elif not _says(customer, kind, request.form.get("said", "")):
        flash("The alert says something else by now. Nothing was paused.", "bad")
    else:
        until = pause_alert(customer, kind, request.form["said"], today(), name, user_id)
        flash(f"Paused until {day_long(until)}, or until it has something else to say.", "ok")
    return redirect(url_for("customers.show", customer_id=customer.id), 303)


def _says(customer: Customer, kind: str, said: str) -> bool:
    day = today()
    figures = figures_of([customer.id], day)[customer.id]
    found = _alerts(customer, queries.links(customer), figures, day)
    return any((one.kind, one.lead) == (kind, said) for one in found)


def _alerts(
    customer: Customer, links: queries.Linked, figures: Figures, day: date
) -> Sequence[CustomerAlert]:
    oldest = queries.oldest_due(customer, day) if figures.late else None
    return alerts_of(customer, links, figures, oldest, day)


def _page(customer: Customer, day: date) -> dict[str, Any]:
    links = queries.links(customer)
    figures = figures_of([customer.id], day)[customer.id]
    recent = _recent(customer, links, day)
    return {
        "customer": customer,
        "currency": workspace().currency,
        "links": links,
        "theirs": _named(links),
        "away": queries.away(customer) if not links else [],
        "pages": [(connection, _url(connection, link.ledger_id)) for link, connection in links],
        "ledgers": ledgers_of(customer),
        "by_name": by_name({customer.id: customer.name}).get(customer.id, []),
        "figures": figures,
        "only_there": there.owed_only_there(links, day),
        "paid": there.paid_lately(links, day),
        "alerts": _alerts(customer, links, figures, day),
        "unapplied": unapplied_of(customer),
        "told_with": told_with(links),
        "owed_there": owed_words(owed_apart(customer.id), _named(links), workspace().currency)
        if links
        else "",
        "recent": recent,
        "accepted": accepted_of([one.ours for one in recent if one.ours]),
        "happened": timeline_of(customer, links, request.args.get("shown", 0, type=int)),
    }


def _owed_there() -> str:
    """Say why the ledgers are owed something else on billing's invoices."""
    in_use = live_connections()
    names = {ledger_name(each.provider) for each in in_use}
    ledger = names.pop() if len(names) == 1 else "the ledgers"
    return owed_words(owed_apart(), ledger, workspace().currency) if in_use else ""


def _named(links: queries.Linked) -> str:
    """Return the ledger's name, where there is only one."""
    names = {ledger_name(connection.provider) for _, connection in links}
    return names.pop() if len(names) == 1 else "the ledgers"


def _url(connection: Connection, ledger_id: str, kind: DocumentKind = DocumentKind.CUSTOMER) -> str:
    paper = on_paper(connection.provider, connection.environment, connection.company_id)
    return paper.url(kind, ledger_id)


def _recent(customer: Customer, links: queries.Linked, day: date) -> Sequence[Recent]:
    """Return the newest invoices of billing and of every ledger's own book, newest first."""
    found = [_of_billing(each, day) for each in queries.recent(customer)]
    found += [_of_ledger(*each, day) for each in there.only_there(links, queries.RECENT)]
    return sorted(found, key=lambda one: one.issued or date.min, reverse=True)[: queries.RECENT]


def _of_billing(each: Invoice, day: date) -> Recent:
    late = each.status in OWED and each.balance > 0 and (each.due_date or day) < day
    return Recent(
        each.number,
        each.issue_date,
        each.currency,
        each.total,
        each.balance,
        "overdue" if late else each.status,
        ours=each,
        connection=each.connection,
    )


def _of_ledger(row: LedgerInvoiceRow, connection: Connection, day: date) -> Recent:
    status = book_status(row.total, row.balance, row.due_date, day, gone=row.voided)
    return Recent(
        row.number or "Without a number",
        row.issue_date,
        row.currency or connection.home_currency,
        row.total,
        row.balance,
        status,
        connection=connection,
        url=_url(connection, row.ledger_id, DocumentKind.INVOICE),
    )
