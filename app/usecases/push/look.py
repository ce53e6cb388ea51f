"""Look into the ledger before doing something twice."""

from __future__ import annotations

from app.domain.matching import Ask, Document, Found, adopt
from app.domain.states import DocumentKind, Operation
from app.ledgers.errors import Gone, NumberTaken, Refused, Stale
from app.ledgers.interface import Ledger, Written
from app.usecases.push.answer import Answer
from app.usecases.push.look_at_credit import look_before_void, look_for_application
from app.usecases.push.ready import Ready


def look_for(ledger: Ledger, ready: Ready) -> Answer | None:
    """Find out whether a document was written already; None when the ledger has nothing of it."""
    if ready.operation == Operation.CREATE:
        applies = ready.kind == DocumentKind.CREDIT_APPLICATION
        return (look_for_application if applies else look_for_document)(ledger, ready)
    if _takes_credit_away(ready):
        return look_before_void(ledger, ready)
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


def _takes_credit_away(ready: Ready) -> bool:
    return ready.kind == DocumentKind.CREDIT_NOTE and ready.operation == Operation.VOID


def look_again(ledger: Ledger, ready: Ready) -> Answer | None:
    """Read a document that changed under us, and decide again.

    A change that left its total alone (a payment, a link) is written over with the new version. A
    total somebody else changed is theirs: a person decides. What was to be deleted and is gone is
    done; what a person takes back must be unpaid too, and a credit note unused. None where there is
    nothing to read: the ledger called a document stale that is not there yet.
    """
    if ready.ledger_id is None:
        return None
    if _takes_credit_away(ready):
        return look_before_void(ledger, ready)
    present = ledger.read(ready.kind, ready.ledger_id)
    if present is None and is_done_when_gone(ready):
        return Answer(written=written_gone(ready), adopted=True)
    if present is None:
        return Answer(error=Gone("It was deleted there.", code="deleted_there"))
    if ready.operation == Operation.VOID and present.voided:
        return Answer(written=present, adopted=True)
    if present.voided:
        return Answer(error=Stale("It was voided there.", code="voided_there"))
    if ready.kind == DocumentKind.CREDIT_APPLICATION:
        return Answer(rebuild=present.version)
    if ready.takes_back:
        return _look_before_taking_back(ready, present)
    if present.total in (ready.known_total, ready.ours.total):
        return Answer(rebuild=present.version)
    changed = f"Its total was changed there to {present.total}."
    return Answer(error=Stale(changed, code="changed_there"))


def is_done_when_gone(ready: Ready) -> bool:
    """Tell whether a document that is not there (any more) is what was wanted."""
    if ready.operation == Operation.VOID:
        return ready.kind in (DocumentKind.CREDIT_NOTE, DocumentKind.CREDIT_APPLICATION)
    return ready.operation == Operation.DELETE


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
