"""Judge an invoice anew where the ledger refused it for what it refers to: our lists may be old.

An item made inactive since they were read last is then found out once: the mappings that lead to it
count no more, and every invoice that needs it is set aside with a sentence that names both, instead
of each being refused. At most once a turn: the refusal of a body that was made after that is about
something else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.domain.states import DocumentKind, InvoiceStatus, Operation, PushState, SyncState
from app.extensions import db
from app.ledgers.errors import Gone
from app.ledgers.interface import LedgerKind
from app.usecases.push.answer import Answer
from app.usecases.push.claim import lock
from app.usecases.push.readied import Ready
from app.usecases.push.tell import note

_WRITTEN = (Operation.CREATE, Operation.UPDATE)
_REFERRING = (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)


class StaleLists:
    """Whether the lists were read again in this turn, and which bodies are older than that.

    wanted: something was refused, and they are to be read before anything else is sent.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._read = False
        self._older: set[int] = set()

    def made(self, push_ids: Iterable[int]) -> None:
        """Note bodies that are made by the lists as they are known now."""
        if self._read:
            self._older.difference_update(push_ids)
        else:
            self._older.update(push_ids)

    def doubted(self, ready: Ready, answer: Answer) -> bool:
        """Tell whether an answer may come from lists that are old; if so, they are wanted anew."""
        error = answer.error
        if (
            not isinstance(error, Gone)
            or ready.kind not in _REFERRING
            or ready.push_id not in self._older
        ):
            return False
        if ready.operation not in _WRITTEN or error.code == "deleted_there":
            return False
        self.wanted = not self._read
        return True

    def read(self) -> None:
        """Note that the lists were read again."""
        self.wanted, self._read = False, True


def set_back(ready: Ready, answer: Answer, started_at: datetime, kind: LedgerKind) -> None:
    """Let a refused invoice be judged again, with a body and a key of its own; commits.

    Nothing is done where somebody decided about it meanwhile.
    """
    [(push, invoice)] = lock([ready.push_id])
    if push.state == PushState.PUSHING and invoice is not None:
        push.state = PushState.WAITING
        push.attempts += 1
        void = invoice.status == InvoiceStatus.VOID  # looked for, never created
        push.look_first = push.look_first or void or ready.first_sent_at is not None
        push.body = push.key = push.first_sent_at = None
        push.key_used = False
        push.claimed_by = push.claimed_until = None
        invoice.sync_state = SyncState.WAITING
        note(push, invoice, answer, started_at, kind)
    db.session.commit()
