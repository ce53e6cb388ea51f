"""Bring changes back and compare the books from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import with_appcontext

from app import clock, queue
from app.cli.answer import json_option, refuse, say
from app.domain.verdict import gross, known, lede, sums_of
from app.domain.wording import plural
from app.extensions import db
from app.governor import GovernorUnavailable
from app.ledgers import LEDGERS
from app.ledgers.errors import LedgerError
from app.models import Connection, Reconciliation
from app.usecases.book import pull as pulling
from app.usecases.company.line import NotConnected
from app.usecases.reconciliation import reconcile as reconciling

connection_option = click.option(
    "--connection", "connection_id", type=int, required=True, help="Its number in the list."
)
wait_option = click.option(
    "--wait", is_flag=True, help="Do it here and now instead of waking a worker."
)


@click.command("pull")
@connection_option
@wait_option
@json_option
@with_appcontext
def pull(connection_id: int, wait: bool, as_json: bool) -> None:
    """Bring back what changed in a ledger: payments, credits, voids, edits."""
    _ledger_of(connection_id, as_json)
    if not wait:
        _wake(connection_id, "pull", as_json)
        return
    with _refusing(as_json):
        pulled = pulling.pull(connection_id, clock.now())
    if not pulled.done:
        sentence = "This connection is not in use, or not everything is read yet: a worker goes on."
        refuse("connection", sentence, as_json)
    say(
        f"{plural(pulled.invoices, 'invoice')}, {plural(pulled.payments, 'payment')} and"
        f" {plural(pulled.customers, 'customer')} had changed;"
        f" {plural(pulled.events.total(), 'event')} for billing.",
        as_json,
        id=connection_id,
        invoices=pulled.invoices,
        payments=pulled.payments,
        customers=pulled.customers,
        events=dict(pulled.events),
    )


@click.command("reconcile")
@connection_option
@wait_option
@json_option
@with_appcontext
def reconcile(connection_id: int, wait: bool, as_json: bool) -> None:
    """Compare billing with a ledger; exits with 1 when it could not be compared."""
    ledger = _ledger_of(connection_id, as_json)
    if not wait:
        _wake(connection_id, "reconcile", as_json)
        return
    run_id = reconciling.reconcile(connection_id, "command", clock.now())
    run = db.session.get_one(Reconciliation, run_id)
    if run.verdict == "failed":
        refuse("connection", run.error or "The books could not be compared.", as_json)
    sums = sums_of(run.figures)
    differences = sum(each.findings for each in sums)
    sentence = (
        f"All square: {plural(run.our_count, 'invoice')}."
        if run.verdict == "square"
        else f"{plural(differences, 'difference')}, {gross(sums)} in all. {lede(sums, ledger)}"
    )
    explained = known(sums, ledger)
    if explained:
        sentence = f"{sentence} Explained: {explained}."
    say(
        sentence,
        as_json,
        id=run.id,
        connection=connection_id,
        verdict=run.verdict,
        differences=differences,
        figures=(run.figures or {}).get("currencies", {}),
        credit_notes=(run.figures or {}).get("credit_notes", {}),
    )


@contextmanager
def _refusing(as_json: bool) -> Iterator[None]:
    try:
        yield
    except (LedgerError, NotConnected, GovernorUnavailable) as error:
        db.session.rollback()
        refuse("connection", str(error) or type(error).__name__, as_json)


def _ledger_of(connection_id: int, as_json: bool) -> str:
    found = db.session.get(Connection, connection_id)
    if found is None:
        refuse("connection", f"There is no connection {connection_id}.", as_json)
        raise click.exceptions.Exit(1)
    name = LEDGERS[found.provider].provider.name
    db.session.commit()
    return name


def _wake(connection_id: int, job: str, as_json: bool) -> None:
    queue.wake(connection_id, job)
    say("A worker was woken.", as_json, id=connection_id)


GROUPS = (pull, reconcile)
