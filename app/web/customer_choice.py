"""Who a customer is in the ledger: what was found there, and the ways out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.customer import another_name, name_key
from app.domain.still_waiting import Going, going_words, still_words
from app.domain.wording import plural
from app.governor import GovernorUnavailable
from app.ledgers.errors import LedgerError
from app.ledgers.interface import LedgerCustomer
from app.models import Connection, Customer, CustomerLink
from app.queries import customer_choices as queries
from app.queries.customer_choices import Asked
from app.usecases.company.line import NotConnected
from app.usecases.customers import choose_customer as choices
from app.usecases.customers.choose_customer import AlreadyTaken, By, ChoiceRefused, Found
from app.usecases.customers.send_customer_changes import send_changes
from app.usecases.push.still_waits import Stopped
from app.web.guard import actor, needs_role
from app.web.presentation import ledger_name, now

AUTHENTICATION = "session"

blueprint = Blueprint("customer_choice", __name__, url_prefix="/customers/choose")
log = structlog.get_logger()

_UNREAD = (LedgerError, GovernorUnavailable, NotConnected)


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the page shows; found is None where the ledger could not be read just now."""

    asked: Asked
    link: CustomerLink | None
    found: Found | None
    taken: dict[str, str]
    going: Going
    booked: int
    typed: str
    name: str
    refused: str = ""
    refused_id: str = ""

    @property
    def ledger(self) -> str:
        """Return the ledger's name."""
        return ledger_name(self.asked.connection.provider)

    @property
    def alike(self) -> tuple[LedgerCustomer, ...]:
        """Return the customers found: of the same name or e-mail first, then what may be linked."""
        found = self.found.alike if self.found is not None else ()
        return tuple(sorted(found, key=lambda one: (not self.same(one), not self.fits(one))))

    def same(self, one: LedgerCustomer) -> bool:
        """Tell whether a customer of the ledger has the name or the e-mail that billing knows."""
        customer = self.asked.customer
        named = name_key(one.plain_name or one.name) == name_key(customer.name)
        mailed = bool(one.email) and name_key(one.email or "") == name_key(customer.email or "")
        return named or mailed

    def fits(self, one: LedgerCustomer) -> bool:
        """Tell whether nothing speaks against linking to a customer of the ledger."""
        wanted = self.asked.sums
        in_currency = not wanted or one.currency is None or one.currency in wanted
        return one.active and in_currency and one.ledger_id not in self.taken

    def push_words(self, words: str) -> str:
        """Return the words on a button, with how many invoices go."""
        return f"{words} and push {self.going.released}" if self.going.released else words

    @property
    def then(self) -> str:
        """Say what goes by itself once it is settled, and what still waits then."""
        goes = plural(self.going.released, "goes by itself", "go by themselves")
        said = f"{goes} once it is settled." if self.going.released else ""
        still = still_words(self.going)
        return " ".join(filter(None, (said, still)))


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show what the ledger has for a customer, live."""
    return _show(*_named(request.args))


@blueprint.post("")
@needs_role("owner", "finance")
def settle() -> ResponseReturnValue:
    """Do what was chosen."""
    connection, customer = _named(request.form)
    deed = _DEEDS.get(request.form.get("way", "")) or abort(400)
    user_id, name = actor()
    by = By(name, user_id, now())
    there = (connection.id, customer.id)
    ledger = ledger_name(connection.provider)
    try:
        flash(deed(*there, by, ledger), "ok")
    except ChoiceRefused as error:
        taken = request.form.get("ledger_id", "") if isinstance(error, AlreadyTaken) else ""
        return _show(connection, customer, str(error), taken), 422
    except _UNREAD as error:
        log.warning("customer_choice.unread", customer_id=there[1], error=type(error).__name__)
        flash(f"{ledger} could not be reached just now. Nothing was changed.", "bad")
    return redirect(url_for("customers.show", customer_id=there[1]), 303)


def _link(connection_id: int, customer_id: int, by: By, ledger: str) -> str:
    form = request.form
    found = choices.link_to(
        connection_id, customer_id, form.get("ledger_id", ""), by, confirmed="confirmed" in form
    )
    return _with("Linked.", found, ledger)


def _create(connection_id: int, customer_id: int, by: By, ledger: str) -> str:
    form = request.form
    found = choices.create_as(
        connection_id, customer_id, form.get("name", ""), by, currency=form.get("currency") or None
    )
    return _with(
        f"“{form['name'].strip()}” is being created in {ledger}.", found, ledger, follow=True
    )


def _activate(connection_id: int, customer_id: int, by: By, ledger: str) -> str:
    form = request.form
    found = choices.activate(
        connection_id, customer_id, form.get("ledger_id", ""), by, confirmed="confirmed" in form
    )
    return _with(f"The customer is being made active in {ledger}.", found, ledger, follow=True)


def _undo(connection_id: int, customer_id: int, by: By, ledger: str) -> str:
    choices.undo(connection_id, customer_id, by)
    return "Undone. The invoices wait as before."


def _send_changes(connection_id: int, customer_id: int, by: By, ledger: str) -> str:
    if send_changes(connection_id, customer_id, by):
        return f"What billing changed is on its way to {ledger}."
    return f"Nothing to send: billing has changed nothing since {ledger} was last told."


def _with(done: str, found: Going, ledger: str, *, follow: bool = False) -> str:
    return " ".join(filter(None, (done, going_words(found, ledger, follow=follow))))


_DEEDS = {
    "link": _link,
    "create": _create,
    "activate": _activate,
    "undo": _undo,
    "send": _send_changes,
}


def _named(values: Any) -> tuple[Connection, Customer]:
    """Return whom a page is about; 404 for anything of another workspace."""
    customer = queries.customer_named(values.get("code", ""))
    connection = queries.live_connection(values.get("connection", type=int))
    return connection or abort(404), customer or abort(404)


def _show(
    connection: Connection, customer: Customer, refused: str = "", refused_id: str = ""
) -> str:
    typed = request.values.get("q", "").strip()[:200]
    connection_id, customer_id, code = connection.id, customer.id, customer.external_id
    try:
        found = choices.look(connection_id, customer_id, typed, now())
    except _UNREAD as error:
        log.warning("customer_choice.unread", customer_id=customer_id, error=type(error).__name__)
        found = None
    connection, customer = _named_again(connection_id, code)
    ids = [one.ledger_id for one in found.alike] if found is not None else []
    page = Page(
        asked=queries.asked_of(connection, customer),
        going=Stopped(connection, now()).go_once_settled(code),
        link=queries.link_in(connection, customer),
        found=found,
        taken=queries.others_linked(connection, customer, ids),
        booked=queries.booked_under(connection, customer),
        typed=typed,
        name=request.form.get("name") or _name_for(customer, found),
        refused=refused,
        refused_id=refused_id,
    )
    return render_template("customers/choose.html", page=page)


def _named_again(connection_id: int, code: str) -> tuple[Connection, Customer]:
    """Read both once more: nothing is kept over a call to the ledger."""
    connection = queries.live_connection(connection_id)
    customer = queries.customer_named(code)
    return connection or abort(404), customer or abort(404)


def _name_for(customer: Customer, found: Found | None) -> str:
    """Suggest a name to create the customer under: billing's, unless somebody there has it."""
    if found is None:
        return customer.name
    same = [one for one in found.alike if name_key(one.plain_name) == name_key(customer.name)]
    return another_name(customer.name) if same or found.holders else customer.name
