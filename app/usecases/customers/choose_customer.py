"""Settle by hand who a customer of billing is in a ledger, and let go what waited for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from app import queue
from app.domain.customer import name_key, said_of
from app.domain.still_waiting import Going
from app.extensions import db
from app.ledgers.interface import Ledger, LedgerCustomer, NameHolder
from app.models import Connection, Customer, CustomerLink, Push
from app.usecases.audit import audit
from app.usecases.company.open_ledger import on_paper, with_ledger
from app.usecases.customers.choice_rules import (
    AlreadyTaken,
    By,
    ChoiceRefused,
    Ground,
    anything_sent,
    begin,
    currency_for,
    parent_ledger_id,
    refuse_currency,
    refuse_taken,
    wait_again,
)
from app.usecases.push.customer_pushes import activation, creation
from app.usecases.push.gone_customers import release_customer
from app.usecases.push.links import customer_link_of
from app.usecases.push.look_customer import gone_words, held_words
from app.usecases.push.still_waits import going_of
from app.usecases.push.translate import to_customer

__all__ = (
    "AlreadyTaken",
    "By",
    "ChoiceRefused",
    "Found",
    "activate",
    "create_as",
    "link_to",
    "look",
    "undo",
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a ledger for a customer of billing.

    alike: who they are linked to, customers of their name, of their e-mail, and what was looked
    for. holders: who else keeps the name from being used.
    """

    alike: tuple[LedgerCustomer, ...]
    holders: tuple[NameHolder, ...]


def look(connection_id: int, customer_id: int, typed: str, now: datetime) -> Found:
    """Look live into the ledger for a customer of billing; raises LedgerError."""
    customer = db.session.get_one(Customer, customer_id)
    name, email = customer.name, customer.email
    link = customer_link_of(connection_id, customer_id)
    linked_id = link.ledger_id if link is not None else None
    db.session.commit()

    def read(ledger: Ledger) -> Found:
        present = ledger.customer(linked_id) if linked_id is not None else None
        alike = [present] if present is not None else []
        alike += ledger.customers_named([name])
        alike += ledger.find_customers(email) if email else ()
        alike += ledger.find_customers(typed) if typed else ()
        holders = [each for each in ledger.name_holders(name) if each.kind != "customer"]
        return Found(tuple({one.ledger_id: one for one in alike}.values()), tuple(holders))

    return with_ledger(connection_id, now, read)


def link_to(
    connection_id: int, customer_id: int, ledger_id: str, by: By, *, confirmed: bool = False
) -> Going:
    """Link a customer to one of the ledger, read once more; returns what goes on.

    confirmed: a person saw that another customer of billing leads there already. Commits. Raises
    ChoiceRefused, AlreadyTaken and LedgerError.
    """
    there = _read(connection_id, ledger_id, by.now)
    reason = gone_words(there)
    if there is None or reason is not None:
        raise ChoiceRefused(f"{reason} Nothing was changed.")

    def deed(ground: Ground) -> Going:
        refuse_currency(ground, there)
        refuse_taken(ground, there, confirmed=confirmed)
        released = release_customer(connection_id, ground.customer, by.now)
        before = _put_link(ground, there, by)
        _note(
            ground, by, "customer.link", ledger_id=there.ledger_id, name=there.name, before=before
        )
        return going_of(ground.connection, released)

    return _do(connection_id, customer_id, by, deed)


def create_as(
    connection_id: int, customer_id: int, name: str, by: By, *, currency: str | None = None
) -> Going:
    """Create a customer under a display name a person typed; returns what goes on.

    currency: where the invoices that wait have several. Commits. Raises ChoiceRefused with a
    sentence, and LedgerError.
    """
    wanted = " ".join(name.split())
    if not wanted:
        raise ChoiceRefused("Type the name under which to create the customer.")
    there = with_ledger(connection_id, by.now, lambda ledger: ledger.name_holders(wanted))
    holders = [each for each in there if name_key(each.name) == name_key(wanted)]
    if holders:  # an inactive one that had it has another now: the ledger itself decides
        raise ChoiceRefused(f"{held_words(holders[0])} Type another name.")

    def deed(ground: Ground) -> Going:
        try:
            push = creation(
                ground.connection,
                ground.customer,
                _paper(ground.connection),
                by.now,
                currency=currency_for(ground, currency),
                name=wanted,
                parent_ledger_id=parent_ledger_id(ground),
            )
        except ValueError as error:
            raise ChoiceRefused(str(error)) from error
        return _send(ground, push, by, "customer.create_as", wanted)

    return _do(connection_id, customer_id, by, deed)


def activate(
    connection_id: int, customer_id: int, ledger_id: str, by: By, *, confirmed: bool = False
) -> Going:
    """Make an inactive customer of the ledger active and link it; returns what goes on.

    It is a push like any other: the invoices go once the ledger has done it. confirmed: as for
    link_to. Commits. Raises ChoiceRefused with a sentence, AlreadyTaken and LedgerError.
    """
    there = _read(connection_id, ledger_id, by.now)
    if there is None:
        raise ChoiceRefused(f"{gone_words(there)} Nothing was changed.")
    if there.active:
        return link_to(connection_id, customer_id, ledger_id, by, confirmed=confirmed)

    def deed(ground: Ground) -> Going:
        refuse_currency(ground, there)
        refuse_taken(ground, there, confirmed=confirmed)
        push = activation(
            ground.connection, ground.customer, there, _paper(ground.connection), by.now
        )
        return _send(ground, push, by, "customer.activate", there.plain_name)

    return _do(connection_id, customer_id, by, deed)


def undo(connection_id: int, customer_id: int, by: By) -> None:
    """Take a choice back while nothing of it was sent: its invoices wait as before.

    Commits. Raises ChoiceRefused when something was sent, or there is nothing to take back.
    """

    def deed(ground: Ground) -> None:
        link = customer_link_of(connection_id, customer_id)
        chosen = link if link is not None and link.set_by is not None else None
        if chosen is None and not ground.cancelled:
            raise ChoiceRefused("There is nothing to take back.")
        since = chosen.set_at if chosen is not None else None
        if anything_sent(ground.connection, ground.customer, since):
            raise ChoiceRefused(
                f"Invoices of {ground.customer.name} went to {ground.ledger} since. Choose another"
                " customer instead: it counts for what comes next."
            )
        wait_again(ground)
        if chosen is not None:
            db.session.delete(chosen)
        _note(ground, by, "customer.undo_choice")

    _do(connection_id, customer_id, by, deed)


def _do(connection_id: int, customer_id: int, by: By, deed: Callable[[Ground], T]) -> T:
    """Do it in one transaction, all or nothing, then wake the company."""
    try:
        done = deed(begin(connection_id, customer_id, by.now))
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    queue.wake(connection_id)
    return done


def _read(connection_id: int, ledger_id: str, now: datetime) -> LedgerCustomer | None:
    def read(ledger: Ledger) -> LedgerCustomer | None:
        try:
            return ledger.customer(ledger_id)
        except ValueError:  # no id of this ledger
            return None

    return with_ledger(connection_id, now, read)


def _put_link(ground: Ground, there: LedgerCustomer, by: By) -> str | None:
    """Write the link; returns who it led to before. What billing says now counts as said."""
    link = customer_link_of(ground.connection.id, ground.customer.id)
    before = link.ledger_id if link is not None else None
    if link is None:
        link = CustomerLink(
            workspace_id=ground.connection.workspace_id,
            connection_id=ground.connection.id,
            customer_id=ground.customer.id,
        )
        db.session.add(link)
    link.ledger_id, link.ledger_name, link.how = there.ledger_id, there.name, "chosen"
    link.currency, link.version, link.gone = there.currency, None, None
    link.sent = said_of(to_customer(ground.customer))
    link.set_by, link.set_at = by.actor, by.now
    return before


def _send(ground: Ground, push: Push, by: By, action: str, name: str) -> Going:
    """Intend a push that brings the customer about; its invoices wait for that one now."""
    db.session.add(push)
    released = release_customer(ground.connection.id, ground.customer, by.now)
    _note(ground, by, action, name=name)
    return going_of(ground.connection, released)


def _paper(connection: Connection) -> Ledger:
    return on_paper(connection.provider, connection.environment, connection.company_id)


def _note(ground: Ground, by: By, action: str, **detail: object) -> None:
    audit(
        ground.connection.workspace_id,
        by.actor,
        action,
        f"customer:{ground.customer.id}",
        user_id=by.user_id,
        connection_id=ground.connection.id,
        **detail,
    )
