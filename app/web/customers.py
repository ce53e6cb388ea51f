"""Customers: what they were invoiced, what they owe."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from app.queries import customers as queries
from app.queries.accepted import accepted_of
from app.queries.customer_choices import asked_about
from app.queries.customer_money import unapplied_of
from app.web.customer_ledgers import ledgers_of
from app.web.guard import workspace
from app.web.presentation import today

AUTHENTICATION = "session"

blueprint = Blueprint("customers", __name__, url_prefix="/customers")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List the customers by name."""
    typed = request.args.get("q", "").strip()
    listed = queries.page(typed, request.args.get("page", 1, type=int))
    return render_template(
        "customers/index.html",
        listed=listed,
        typed=typed,
        currency=workspace().currency,
        asked=asked_about(),
    )


@blueprint.get("/<int:customer_id>")
def show(customer_id: int) -> ResponseReturnValue:
    """Show one customer."""
    customer = queries.customer_of(customer_id) or abort(404)
    day = today()
    recent = queries.recent(customer)
    return render_template(
        "customers/show.html",
        customer=customer,
        currency=workspace().currency,
        links=queries.links(customer),
        ledgers=ledgers_of(customer),
        invoiced=queries.invoiced(customer, day.replace(day=1), day),
        outstanding=queries.outstanding(customer),
        overdue=queries.overdue(customer, day),
        unapplied=unapplied_of(customer),
        oldest=queries.oldest_due(customer, day),
        recent=recent,
        accepted=accepted_of(recent),
        count=queries.total_count(customer),
        first=queries.first_issued(customer),
    )
