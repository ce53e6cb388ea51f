"""What came of one push."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.edited_there import Content, Edit
from app.ledgers.errors import LedgerError
from app.ledgers.interface import CatalogueEntry, LedgerCustomer, Written


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one push.

    adopted: the document was there already; left: what we left there, where it has something else.
    rebuild: the state to write over, once the body is made again. withdrawn: somebody changed the
    intention before anything was sent. absent: it was only looked for, and the ledger does not have
    it. there: the customer that was read before it is changed. asks: with an error, the state a
    person must decide about, and what was changed in it and in ours. done_there: somebody else had
    put the credit note on the invoice. used_up: nothing of it is left to put there. comes_off: of a
    credit note, that nothing there is in the way of its change but what we put it on: it comes off
    that first. same_name: items of the name we wanted.
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
    done_there: str = ""
    used_up: bool = False
    comes_off: bool = False
    same_name: tuple[CatalogueEntry, ...] = ()
