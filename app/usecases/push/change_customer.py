"""Send what billing changed of a customer, and leave alone what somebody changed in the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.domain.customer import FIELD_WORDS, FIELDS, Aim, changed_since, left_alone, said_of
from app.domain.invoice import Customer as Told
from app.domain.states import DocumentKind, Operation, PushState
from app.domain.wording import listed
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.errors import NameTaken
from app.ledgers.interface import Ledger, LedgerCustomer, Written
from app.models import Connection, Customer, CustomerLink, Push
from app.usecases.company.open_ledger import on_paper
from app.usecases.mail import alarms
from app.usecases.push.answer import Answer
from app.usecases.push.customer_pushes import change_plan, want_change
from app.usecases.push.links import customer_link_of, link_customer
from app.usecases.push.noted import note_without_call
from app.usecases.push.readied import new_key
from app.usecases.push.refused_customers import block_invoices_of
from app.usecases.push.translate import to_customer

# The alarm that a change of a customer did not arrive.
NOT_CHANGED = "customer.not_changed"
_NO_VERSION = "0"  # in a body that is never sent: the customer is read first


def store_changes(
    push_ids: Sequence[int], connection_id: int, ledger: Ledger, now: datetime
) -> None:
    """Store the body of every claimed change of a customer, by what is to be changed now; commits.

    Where nobody wrote last but us, the version at hand names it: changed there meanwhile, it is
    refused, read and decided about again. Otherwise it is read first.
    """
    connection = db.session.get_one(Connection, connection_id)
    for push in db.session.scalars(_changes(push_ids)).all():
        customer = db.session.get_one(Customer, push.document_id)
        link = customer_link_of(connection_id, push.document_id)
        aim = Aim.from_json(push.aim)
        if link is None and not aim.activate:
            _cancel(push, now)  # a disconnect cleared it
            continue
        if link is not None and not aim.activate:
            aim = _aimed(aim, link)
        _build(push, connection, customer, link, aim, ledger, now)
    db.session.commit()


def _changes(push_ids: Sequence[int]):  # type: ignore[no-untyped-def]
    return (
        select(Push)
        .where(
            Push.id.in_(push_ids),
            Push.document_kind == DocumentKind.CUSTOMER,
            Push.operation == Operation.UPDATE,
            Push.state == PushState.PUSHING,
            Push.body.is_(None),
        )
        .order_by(Push.id)
        .with_for_update()
    )


def _aimed(aim: Aim, link: CustomerLink) -> Aim:
    """Aim at whom the link leads to; what was read a moment ago is newer than the link."""
    if aim.ledger_id == link.ledger_id and aim.version is not None:
        return aim
    return Aim(ledger_id=link.ledger_id, version=link.version)


def _build(
    push: Push,
    connection: Connection,
    customer: Customer,
    link: CustomerLink | None,
    aim: Aim,
    ledger: Ledger,
    now: datetime,
) -> None:
    told = to_customer(customer)
    changed = changed_since(link.sent if link else None, told)
    fields = changed - set(aim.kept)
    push.note = _kept_words(changed & set(aim.kept), connection)
    if not fields and not aim.activate and link is not None:
        _nothing_to_send(push, link, aim, told, now)
        return
    known = aim.version is not None
    plan = change_plan(
        connection, customer, aim if known else replace(aim, version=_NO_VERSION), fields
    )
    push.aim = replace(aim, said=said_of(told)).as_json()
    try:
        push.body = ledger.build(DocumentKind.CUSTOMER, Operation.UPDATE, plan)
    except ValueError as error:
        push.problem = {"title": str(error)}
        _cancel(push, now)
        ring(push, str(error))
        return
    push.key, push.key_used = new_key(), False
    push.look_first = not known


def _nothing_to_send(push: Push, link: CustomerLink, aim: Aim, told: Told, now: datetime) -> None:
    """End a change whose fields were all changed there meanwhile, or are there already."""
    link.sent, link.version = said_of(told), None if aim.kept else aim.version
    push.state, push.finished_at = PushState.DONE, now
    push.claimed_by = push.claimed_until = push.problem = None
    push.note = words = push.note or "Nothing to change: it says so there already."
    note_without_call(push, PushState.DONE, words, now)


def _kept_words(kept: Collection[str], connection: Connection) -> str | None:
    if not kept:
        return None
    ledger = LEDGERS[connection.provider].provider.name
    what = listed([FIELD_WORDS[name] for name in FIELDS if name in kept])
    return f"Left as somebody changed it in {ledger}: {what}."


def _cancel(push: Push, now: datetime) -> None:
    push.state, push.finished_at = PushState.CANCELLED, now
    push.claimed_by = push.claimed_until = None


def renew_aim(push: Push, there: LedgerCustomer) -> None:
    """Aim at the customer as it was read just now, leaving alone what somebody changed there.

    Also what billing has not changed yet: as long as there is any, the customer is read first. The
    caller commits and has the body made again.
    """
    aim = Aim.from_json(push.aim)
    push.look_first = False
    if aim.activate:
        push.aim = replace(aim, version=there.version).as_json()
        return
    customer = db.session.get_one(Customer, push.document_id)
    link = customer_link_of(push.connection_id, push.document_id)
    paper = _paper(push.connection)
    told, sent = to_customer(customer), link.sent if link else None
    before = paper.kept_of(_told_before(told, sent)) if sent else None
    kept = left_alone(FIELDS, before, paper.kept_of(told), there.details)
    push.aim = Aim(ledger_id=there.ledger_id, version=there.version, kept=kept).as_json()


def _told_before(told: Told, sent: dict[str, Any]) -> Told:
    return replace(told, **{**sent, "name": sent.get("name") or ""})


def _paper(connection: Connection) -> Ledger:
    return on_paper(connection.provider, connection.environment, connection.company_id)


def customer_written(push: Push, written: Written, adopted: bool, now: datetime) -> None:
    """Keep what was written of a customer, follow up what billing changed since; no commit."""
    aim = Aim.from_json(push.aim)
    link = customer_link_of(push.connection_id, push.document_id)
    if push.operation == Operation.CREATE or aim.activate:
        link_customer(push, written, adopted, _version(push, aim, written, adopted))
        if aim.activate or aim.name is not None:
            _mark_chosen(push)
    elif link is not None:
        link.ledger_name = written.name or link.ledger_name
        link.sent = dict(aim.said) if aim.said else link.sent
        link.version = None if aim.kept else written.version
    alarms.end(push.workspace_id, NOT_CHANGED, _subject(push), now)
    db.session.flush()
    link = customer_link_of(push.connection_id, push.document_id)
    if link is not None and push.connection.customer_changes == "always":
        want_change(link, now)


def _mark_chosen(push: Push) -> None:
    link = customer_link_of(push.connection_id, push.document_id)
    if link is not None:
        link.how = "chosen"


def _version(push: Push, aim: Aim, written: Written, adopted: bool) -> str | None:
    """Return the version only where the ledger has what billing says: else it is read first."""
    as_billed = push.operation == Operation.CREATE and not adopted and aim.name is None
    return written.version if as_billed else None


def customer_refused(push: Push) -> None:
    """Have people hear of a customer that the ledger would not take, or not change; no commit."""
    if push.operation == Operation.UPDATE and not Aim.from_json(push.aim).activate:
        ring(push, (push.problem or {}).get("title", ""))
    else:
        block_invoices_of(push)


def not_twice(push: Push, answer: Answer) -> Answer:
    """Ask a person where another customer of billing leads to the customer that was found."""
    taken = answer.written is not None and db.session.scalar(
        select(CustomerLink.id).where(
            CustomerLink.connection_id == push.connection_id,
            CustomerLink.ledger_id == answer.written.ledger_id,
            CustomerLink.customer_id != push.document_id,
        )
    )
    if not taken:
        return answer
    return Answer(error=NameTaken("Another customer of billing is linked to it already."))


def ring(push: Push, title: str) -> None:
    """Ring for people, once for each customer; the next change that arrives ends it."""
    customer = db.session.get_one(Customer, push.document_id)
    ledger = LEDGERS[push.connection.provider].provider.name
    alarms.ring(
        push.workspace_id,
        NOT_CHANGED,
        _subject(push),
        f"What billing changed of {customer.name} did not get into {ledger}. {title}",
    )


def _subject(push: Push) -> str:
    return f"connection:{push.connection_id}:customer:{push.document_id}"
