"""Look for a customer in the ledger before making them twice, or after it would not have them."""

from __future__ import annotations

from app.domain.matching import carries
from app.domain.states import Operation
from app.ledgers.errors import CustomerGone, NameTaken
from app.ledgers.interface import Ledger, LedgerCustomer, NameHolder, Written
from app.usecases.push.answer import Answer
from app.usecases.push.readied import Ready

# Codes of ours: what was found is said by the error's own sentence.
NAME_TAKEN = "name_taken_there"
CUSTOMER_GONE = "customer_gone"


def look_for_customer(ledger: Ledger, ready: Ready) -> Answer | None:
    """Find out whether a customer was made, or changed, already; None when not."""
    if ready.operation == Operation.UPDATE:
        return look_again_at_customer(ledger, ready)
    there = [w for w in ledger.look_for(ready.kind, ready.name) if not w.voided]
    ours = [w for w in there if carries(w.marker, ready.ours.marker)]
    if len(ours) == 1:
        return Answer(written=ours[0], adopted=True)
    if not there:
        return None
    if len(there) > 1:
        return _taken(f"{len(there)} customers there are called {ready.name}.")
    [one] = there
    if ready.aim.name is not None:
        return _taken(f"A customer there already has the name “{ready.name}”.")
    wanted = ready.ours.currency
    if wanted is not None and one.currency not in (None, wanted):
        return _taken(
            f"{ready.name} is kept in {one.currency} there, the invoices are in {wanted},"
            " and a customer there has one currency."
        )
    return Answer(written=one, adopted=True)


def who_has_the_name(ledger: Ledger, ready: Ready) -> Answer | None:
    """Adopt the customer whose name the ledger would not give twice, or say whose it is."""
    if ready.operation == Operation.CREATE:
        found = look_for_customer(ledger, ready)
        if found is not None:
            return found
    themselves = ("customer", ready.aim.ledger_id)
    holders = [
        holder
        for holder in ledger.name_holders(ready.name)
        if (holder.kind, holder.ledger_id) != themselves
    ]
    return _taken(held_words(holders[0])) if holders else None


def held_words(holder: NameHolder) -> str:
    """Say who has a name already, in a sentence."""
    known = {"employee": "An employee", "supplier": "A supplier"}.get(holder.kind, "A customer")
    if holder.kind == "customer" and not holder.active:
        known = "An inactive customer"
    return f"{known} there already has the name “{holder.name}”."


def _taken(sentence: str) -> Answer:
    return Answer(error=NameTaken(sentence, code=NAME_TAKEN))


def look_at_customer_of(ledger: Ledger, ready: Ready) -> Answer | None:
    """Find out whether an invoice was refused because its customer is gone; None when not."""
    customer_id = ready.ours.customer_ledger_id
    if ready.operation not in (Operation.CREATE, Operation.UPDATE) or customer_id is None:
        return None
    there = ledger.customer(customer_id)
    sentence = gone_words(there)
    return None if sentence is None else Answer(error=CustomerGone(sentence, code=CUSTOMER_GONE))


def gone_words(there: LedgerCustomer | None) -> str | None:
    """Say why nothing may be booked to a customer of the ledger; None where something may."""
    if there is None or there.deleted:
        return "The customer was merged into another or deleted there."
    if not there.active:
        return f"The customer “{there.plain_name or there.name}” is inactive there."
    return None


def look_again_at_customer(ledger: Ledger, ready: Ready) -> Answer:
    """Read a customer that is to be changed, so that nobody's work is written over unseen."""
    there = ledger.customer(ready.aim.ledger_id or "")
    sentence = gone_words(there)
    if there is None or (sentence is not None and not ready.aim.activate):
        return Answer(error=CustomerGone(sentence or "", code=CUSTOMER_GONE))
    if ready.aim.activate and there.active:
        return Answer(written=written_of(there), adopted=True)
    return Answer(rebuild=written_of(there), there=there)


def written_of(there: LedgerCustomer) -> Written:
    """Return a customer that was read as something written."""
    return Written(
        ledger_id=there.ledger_id,
        version=there.version or "",
        name=there.name,
        currency=there.currency,
        marker=there.marker,
    )
