"""Look into the ledger before doing something twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain.edited_there import (
    EDITED_THERE,
    Content,
    Edit,
    beside,
    edits,
    field_words,
    left_by_us,
)
from app.domain.matching import Ask, Document, Found, adopt, carries
from app.domain.perhaps_there import NOT_AS_LINKED
from app.domain.states import DocumentKind, Operation
from app.domain.wording import listed
from app.ledgers.errors import Gone, NumberTaken, Refused, Stale
from app.ledgers.interface import Ledger, Written
from app.usecases.push.answer import Answer
from app.usecases.push.look_at_credit import (
    look_before_taking_off,
    look_before_void,
    look_for_application,
    used_beyond,
)
from app.usecases.push.readied import Ready


def look_for(ledger: Ledger, ready: Ready) -> Answer | None:
    """Find out whether a document was written already; None when the ledger has nothing of it."""
    if ready.operation == Operation.CREATE:
        applies = ready.kind == DocumentKind.CREDIT_APPLICATION
        return (look_for_application if applies else look_for_document)(ledger, ready)
    if _takes_credit_away(ready):
        return look_before_void(ledger, ready)
    return look_again(ledger, ready)


def look_for_document(ledger: Ledger, ready: Ready) -> Answer | None:
    """Adopt the document of our number when it is ours; NumberTaken when it is not.

    What a disconnect unlinked is known by its id: somebody may have typed it, without our mark.
    """
    if ready.linked_before is not None:
        return _look_for_linked(ledger, ready, ready.linked_before)
    return _adopted(ledger, ready, ready.ours, ledger.look_for(ready.kind, ready.name))


def _look_for_linked(ledger: Ledger, ready: Ready, ledger_id: str) -> Answer | None:
    """Link it again to what it was linked to, where that is still there; else a person is asked."""
    present = ledger.read(ready.kind, ledger_id)
    if present is not None and carries(present.marker, ready.ours.marker):
        return _adopted(ledger, ready, replace(ready.ours, number=present.number), [present])
    away = _why_away(present, ready.ours)
    if away and ready.only_look and (present is None or present.voided):
        return None
    if away or present is None:
        return Answer(error=NumberTaken(away, code=NOT_AS_LINKED))
    return Answer(written=present, adopted=True, left={})  # nothing in it is ours yet


def _why_away(present: Written | None, ours: Document) -> str:
    """Say why what an invoice was linked to is not it any more; "" where it still is."""
    if present is None:
        return "was deleted"
    if present.voided:
        return "was voided"
    if present.customer_ledger_id != ours.customer_ledger_id:
        return "is for another customer"
    if present.currency is not None and present.currency != ours.currency:
        return f"is in {present.currency} now"
    return ""


def _adopted(
    ledger: Ledger, ready: Ready, ours: Document, there: Sequence[Written]
) -> Answer | None:
    decision = adopt(ours, [_document(written) for written in there])
    if isinstance(decision, Found):
        found = next(w for w in there if w.ledger_id == decision.ledger_id)
        left = left_by_us(found.content or {}, ledger.content(ready.body))
        return Answer(written=found, adopted=True, left=left)
    if isinstance(decision, Ask):
        code = "changed_there" if decision.ours else "number_taken"
        return Answer(error=NumberTaken(decision.reason, code=code))
    return None


def look_before_coming_off(ledger: Ledger, ready: Ready) -> Answer | None:
    """Judge the change of a credit note while it is on its invoices still.

    What a person must decide about leaves it there. None where the ledger is no obstacle: then it
    comes off them, and is looked at again before it is changed.
    """
    looked = look_for(ledger, ready)
    return None if looked is None or looked.rebuild is not None else looked


def _takes_credit_away(ready: Ready) -> bool:
    return ready.kind == DocumentKind.CREDIT_NOTE and ready.operation == Operation.VOID


def look_for_attachment(ledger: Ledger, ready: Ready) -> Answer | None:
    """Find the file of our name on its invoice: it is there already."""
    there = [one for one in ledger.attached(ready.ledger_id or "") if one.name == ready.name]
    return Answer(written=there[0], adopted=True) if there else None


def look_again(ledger: Ledger, ready: Ready) -> Answer | None:
    """Read a document that changed under us, and decide again.

    What nobody edited (a payment, an e-mail sent) is written over with the new version. A field
    somebody edited and ours would overwrite is a question to a person, and so is what was voided:
    written over, it would come back to life. What was to be deleted and is gone is done; what a
    person takes back, or billing voids, must be unpaid too, and a credit note unused. None where
    there is nothing to read: the ledger called a document stale that is not there yet.
    """
    if ready.ledger_id is None:
        return None
    if _takes_credit_away(ready):
        return look_before_void(ledger, ready)
    present = ledger.read(ready.kind, ready.ledger_id)
    if present is None and is_done_when_gone(ready):
        return Answer(written=written_gone(ready), adopted=True)
    if present is None:
        return _gone(ready)
    if ready.operation == Operation.VOID and present.voided:
        return Answer(written=present, adopted=True)
    if present.voided:
        voided = Stale("It was voided there.", code="voided_there", request_id=present.request_id)
        return Answer(error=voided, asks=present)
    if ready.kind == DocumentKind.CREDIT_APPLICATION:
        return look_before_taking_off(ledger, ready, present)
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
    sides = ready.agreed, present.content or {}, {**ours, **ready.totals}
    found = edits(*sides)
    if not found:
        return used_beyond(ready, present) or Answer(rebuild=present)
    return _asked(present, found, beside(*sides))


def _asked(present: Written, found: tuple[Edit, ...], others: tuple[Edit, ...] = ()) -> Answer:
    names = listed([field_words(one.field) for one in found])
    changed = f"Changed there since we last wrote: {names}."
    error = Stale(changed, code=EDITED_THERE, request_id=present.request_id)
    return Answer(error=error, asks=present, edits=(*found, *others))


def _look_before_voiding(ready: Ready, present: Written) -> Answer:
    """Void what is unpaid and has the total we know; whatever else it says goes with it."""
    if present.total in (ready.known_total, ready.ours.total):
        return _unless_paid(present)
    found = edits(ready.agreed, present.content or {}, ready.totals)
    return _asked(present, found) if found else _unless_paid(present)


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
