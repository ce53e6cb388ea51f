"""Look into the ledger before doing something twice."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.edited_there import (
    EDITED_THERE,
    Content,
    Edit,
    edits,
    field_words,
    left_by_us,
)
from app.domain.matching import Ask, Document, Found, adopt
from app.domain.states import Operation
from app.domain.wording import listed
from app.ledgers.errors import Gone, LedgerError, NumberTaken, Refused, Stale
from app.ledgers.interface import Ledger, LedgerCustomer, Written
from app.usecases.push.ready import Ready


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one push.

    adopted: the document was there already; left: what we left there, where it has something else.
    rebuild: the state to write over, once the body is made again. withdrawn: somebody changed the
    intention before anything was sent. absent: it was only looked for, and the ledger does not have
    it. there: the customer that was read before it is changed. asks: with an error, the state a
    person must decide about, and what was changed in it.
    """

    written: Written | None = None
    error: LedgerError | None = None
    milliseconds: int = 0
    adopted: bool = False
    left: Content | None = None
    rebuild: Written | None = None
    withdrawn: bool = False
    absent: bool = False
    there: LedgerCustomer | None = None
    asks: Written | None = None
    edits: tuple[Edit, ...] = ()


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
        left = left_by_us(found.content or {}, ledger.content(ready.body))
        return Answer(written=found, adopted=True, left=left)
    if isinstance(decision, Ask):
        code = "changed_there" if decision.ours else "number_taken"
        return Answer(error=NumberTaken(decision.reason, code=code))
    return None


def look_again(ledger: Ledger, ready: Ready) -> Answer | None:
    """Read a document that changed under us, and decide again.

    What nobody edited (a payment, an e-mail sent) is written over with the new version. A field
    somebody edited and ours would overwrite is a question to a person, and so is what was voided:
    written over, it would come back to life. What was to be deleted and is gone is done; what a
    person takes back, or billing voids, must be unpaid too. None where there is nothing to read:
    the ledger called a document stale that is not there yet.
    """
    if ready.ledger_id is None:
        return None
    present = ledger.read(ready.kind, ready.ledger_id)
    if present is None:
        return _gone(ready)
    if ready.operation == Operation.VOID and present.voided:
        return Answer(written=present, adopted=True)
    if present.voided:
        voided = Stale("It was voided there.", code="voided_there", request_id=present.request_id)
        return Answer(error=voided, asks=present)
    if ready.takes_back:
        return _look_before_taking_back(ready, present)
    if ready.operation == Operation.VOID:
        return _look_before_voiding(ready, present)
    return _laid_side_by_side(ready, present, ledger.content(ready.body))


def look_why_gone(ledger: Ledger, ready: Ready) -> Answer | None:
    """Find out whether it is the document that is gone; None when it is something it refers to."""
    if ready.operation == Operation.CREATE:
        return None
    gone = ledger.read(ready.kind, ready.ledger_id or "") is None
    return _gone(ready) if gone else None


def _gone(ready: Ready) -> Answer:
    if ready.operation == Operation.DELETE:
        return Answer(written=written_gone(ready), adopted=True)
    if ready.operation == Operation.VOID and not ready.takes_back:
        return Answer(absent=True)
    return Answer(error=Gone("It was deleted there.", code="deleted_there"))


def _laid_side_by_side(ready: Ready, present: Written, ours: Content) -> Answer:
    found = edits(ready.agreed, present.content or {}, {**ours, **ready.totals})
    if not found:
        return Answer(rebuild=present)
    return _asked(present, found)


def _asked(present: Written, found: tuple[Edit, ...]) -> Answer:
    names = listed([field_words(one.field) for one in found])
    changed = f"Changed there since we last wrote: {names}."
    error = Stale(changed, code=EDITED_THERE, request_id=present.request_id)
    return Answer(error=error, asks=present, edits=found)


def _look_before_voiding(ready: Ready, present: Written) -> Answer:
    """Void what is unpaid and has the total we know; whatever else it says goes with it."""
    if present.total in (ready.known_total, ready.ours.total):
        return _unless_paid(present)
    found = edits(ready.agreed, present.content or {}, ready.totals)
    return _asked(present, found) if found else _unless_paid(present)


def _look_before_taking_back(ready: Ready, present: Written) -> Answer:
    """Take back only what nobody paid or changed; what else moved its version does not count."""
    if present.total != ready.known_total:
        changed = f"Its total was changed there to {present.total}."
        return Answer(error=Stale(changed, code="changed_there"))
    return _unless_paid(present)


def _unless_paid(present: Written) -> Answer:
    if present.balance is not None and present.balance < (present.total or 0):
        left = f"Of it {present.balance} is still open there."
        return Answer(error=Refused(left, code="paid_there"))
    return Answer(rebuild=present)


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
