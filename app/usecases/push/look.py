"""Look into the ledger before doing something twice."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.matching import Ask, Document, Found, adopt
from app.domain.states import Operation
from app.ledgers.errors import Gone, LedgerError, NumberTaken, Refused, Stale
from app.ledgers.interface import CatalogueEntry, Ledger, LedgerCustomer, Written
from app.usecases.push.ready import Ready


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one push.

    adopted: the document was there already. rebuild: the version to write over, once the body is
    made again. withdrawn: somebody changed the intention before anything was sent. absent: it was
    only looked for, and the ledger does not have it. there: the customer that was read before it
    is changed. same_name: items that have the name we wanted.
    """

    written: Written | None = None
    error: LedgerError | None = None
    milliseconds: int = 0
    adopted: bool = False
    rebuild: str | None = None
    withdrawn: bool = False
    absent: bool = False
    there: LedgerCustomer | None = None
    same_name: tuple[CatalogueEntry, ...] = ()


def look_for(ledger: Ledger, ready: Ready) -> Answer | None:
    """Find out whether a document was written already; None when the ledger has nothing of it."""
    if ready.operation == Operation.CREATE:
        return look_for_document(ledger, ready)
    return look_again(ledger, ready)


def look_for_document(ledger: Ledger, ready: Ready) -> Answer | None:
    """Adopt the document of our number when it is ours; NumberTaken when it is not."""
    there = ledger.look_for(ready.kind, ready.name)
    decision = adopt(ready.ours, [_document(written) for written in there])
    if isinstance(decision, Found):
        found = next(w for w in there if w.ledger_id == decision.ledger_id)
        return Answer(written=found, adopted=True)
    if isinstance(decision, Ask):
        code = "changed_there" if decision.ours else "number_taken"
        return Answer(error=NumberTaken(decision.reason, code=code))
    return None


def look_for_attachment(ledger: Ledger, ready: Ready) -> Answer | None:
    """Find the file of our name on its invoice: it is there already."""
    there = [one for one in ledger.attached(ready.ledger_id or "") if one.name == ready.name]
    return Answer(written=there[0], adopted=True) if there else None


def look_again(ledger: Ledger, ready: Ready) -> Answer | None:
    """Read a document that changed under us, and decide again.

    A change that left its total alone (a payment, a link) is written over with the new version. A
    total somebody else changed is theirs: a person decides. What was to be deleted and is gone is
    done; what a person takes back must be unpaid too. None where there is nothing to read: the
    ledger called a document stale that is not there yet.
    """
    if ready.ledger_id is None:
        return None
    present = ledger.read(ready.kind, ready.ledger_id)
    if ready.operation == Operation.DELETE and present is None:
        return Answer(written=written_gone(ready), adopted=True)
    if present is None:
        return Answer(error=Gone("It was deleted there.", code="deleted_there"))
    if ready.operation == Operation.VOID and present.voided:
        return Answer(written=present, adopted=True)
    if present.voided:
        return Answer(error=Stale("It was voided there.", code="voided_there"))
    if ready.takes_back:
        return _look_before_taking_back(ready, present)
    if present.total in (ready.known_total, ready.ours.total):
        return Answer(rebuild=present.version)
    changed = f"Its total was changed there to {present.total}."
    return Answer(error=Stale(changed, code="changed_there"))


def _look_before_taking_back(ready: Ready, present: Written) -> Answer:
    """Take back only what nobody paid or changed; what else moved its version does not count."""
    if present.total != ready.known_total:
        changed = f"Its total was changed there to {present.total}."
        return Answer(error=Stale(changed, code="changed_there"))
    if present.balance is not None and present.balance < (present.total or 0):
        left = f"Of it {present.balance} is still open there."
        return Answer(error=Refused(left, code="paid_there"))
    return Answer(rebuild=present.version)


def written_gone(ready: Ready) -> Written:
    """Return what there is of a document that was to be deleted and is not there."""
    return Written(ready.ledger_id or "", "", number=ready.name, deleted=True)


def _document(written: Written) -> Document:
    return Document(
        number=written.number,
        marker=written.marker,
        customer_ledger_id=written.customer_ledger_id,
        currency=written.currency,
        total=written.total,
        ledger_id=written.ledger_id,
        voided=written.voided,
    )
