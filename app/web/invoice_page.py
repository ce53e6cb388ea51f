"""Put together what the page of one invoice or credit note shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask import url_for

from app.domain.edited_there import EDITED_THERE, GONE_THERE
from app.domain.long_numbers import number_there
from app.domain.perhaps_there import undecided
from app.domain.problem import Place
from app.domain.states import (
    FINISHED,
    IN_HAND,
    IN_LEDGER,
    ConnectionState,
    InvoiceStatus,
    PushState,
    SyncState,
)
from app.domain.wording import Words, state_words, tax_word
from app.ledgers import LEDGERS
from app.models import CreditNote, CustomerLink, Drift, Invoice, Push, SalesDocument
from app.queries import alarms, credit_notes, invoices, one_invoice
from app.queries.accepted import Accepted, accepted_of
from app.queries.credit_notes import Part
from app.queries.invoice_timeline import Happened, came_later, timeline_of
from app.queries.one_invoice import LineRow, Payment, Theirs
from app.queries.reconciliations import differences_of
from app.usecases.places import Link, place_of
from app.usecases.push.actions import awaits_tax_decision
from app.usecases.push.keep_back import may_be_allowed
from app.usecases.push.preview import exact_body, is_gone
from app.web.change_groups import ChangeGroup, change_groups
from app.web.held_words import HeldWords, held_words
from app.web.json_shown import laid_out
from app.web.next_step import steps_for
from app.web.offered_where import AGAIN, HOLDABLE, OPT_OUT
from app.web.presentation import ledger_name, now
from app.web.standing import stands_still, waits_for_go_live
from app.web.tax_rows import tax_rows
from app.web.timeline_words import words_of


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Everything the page shows, read once."""

    invoice: SalesDocument
    lines: list[LineRow]
    theirs: Theirs | None
    payments: list[Payment]
    pushes: Sequence[Push]
    happened: Sequence[Happened]
    customer_link: CustomerLink | None
    same_cause: int
    sent: str | None
    predicted: bool
    parts: Sequence[Part] = ()
    accepted: Accepted | None = None

    @property
    def credit(self) -> bool:
        """Tell whether it is a credit note."""
        return isinstance(self.invoice, CreditNote)

    @property
    def what(self) -> str:
        """Return what it is called in a sentence."""
        return "credit note" if self.credit else "invoice"

    @property
    def state(self) -> Words:
        """Return the words for where the invoice stands."""
        one = self.invoice
        return state_words(one.sync_state, one.problem, accepted=self.accepted is not None)

    @property
    def ledger(self) -> str:
        """Return the ledger's name, or the words for none."""
        where = self.invoice.connection
        return ledger_name(where.provider) if where else "the ledger"

    @property
    def tax_word(self) -> str:
        """Return what tax is called where it is booked."""
        where = self.invoice.connection
        return tax_word(where.country) if where else "VAT"

    @property
    def tax_name(self) -> str:
        """Return the same as a label."""
        return f"{self.tax_word[:1].upper()}{self.tax_word[1:]}"

    @property
    def steps(self) -> Sequence[Link]:
        """Return what helps, the best first; what is done on this page is not among them."""
        here = url_for("invoices.show", invoice_id=self.invoice.id)
        url = self.theirs.url if self.theirs else None
        return [step for step in steps_for(self.invoice, url) if step.url != here]

    @property
    def differences(self) -> Sequence[Drift]:
        """Return what the last check found of it, and nobody decided about."""
        return differences_of(self.invoice.id)

    @property
    def alarms(self) -> Sequence[str]:
        """Return what rings about its connection while it waits."""
        connection = self.invoice.connection
        return alarms.sentences_about(connection) if self.in_hand and connection else ()

    @property
    def settled_in_billing(self) -> bool:
        """Tell whether that is billing, to which a button leads anyway."""
        return place_of(self.invoice.problem) == Place.BILLING

    @property
    def request_id_name(self) -> str:
        """Return what the ledger calls its request id."""
        where = self.invoice.connection
        kind = LEDGERS.get(where.provider) if where else None
        return kind.provider.request_id_name if kind else ""

    @property
    def open_push(self) -> Push | None:
        """Return the intention that is not finished."""
        return next((push for push in self.pushes if push.state not in FINISHED), None)

    @property
    def held(self) -> HeldWords:
        """Return the words for a wait for review."""
        return held_words(self.invoice, self.what, self.ledger, self.theirs, self.open_push)

    @property
    def due_later(self) -> datetime | None:
        """Return when it is tried again, if that is not now."""
        push = self.open_push
        return push.due_at if push and push.due_at > now() and not self.comes_off else None

    @property
    def comes_off(self) -> list[str]:
        """Return the invoices that a credit note comes off before its change goes."""
        return [part.called for part in self.parts if part.coming_off]

    @property
    def in_hand(self) -> bool:
        """Tell whether it moves by itself, so that the page keeps looking."""
        return self.invoice.sync_state in IN_HAND and not self.standing

    @property
    def shortened(self) -> str | None:
        """Return the number the ledger keeps where that is not billing's."""
        connection = self.invoice.connection
        if connection is None or connection.provider not in LEDGERS:
            return None
        longest = LEDGERS[connection.provider].provider.number_length
        kept = number_there(self.invoice.number, longest, connection.long_numbers)
        return None if kept == self.invoice.number else kept

    @property
    def in_ledger(self) -> bool:
        """Tell whether the ledger holds it."""
        return self.invoice.sync_state in IN_LEDGER

    @property
    def gone(self) -> bool:
        """Tell whether it was voided or deleted in the ledger, so that nothing is sent."""
        return is_gone(self.invoice)

    @property
    def gone_there(self) -> bool:
        """Tell whether somebody did that in the ledger, while billing still wants it paid."""
        return self.gone and self.invoice.status != InvoiceStatus.VOID

    @property
    def paid(self) -> Decimal:
        """Return what billing counts as paid."""
        return one_invoice.paid_of(self.invoice, self.theirs)

    @property
    def owed(self) -> Decimal:
        """Return what is open of it."""
        return max(self.invoice.balance, Decimal(0))

    @property
    def otherwise(self) -> Decimal:
        """Return what was settled there without a payment."""
        return one_invoice.otherwise_of(self.theirs, self.payments)

    def words_of(self, one: Happened) -> Words:
        """Return the words for what somebody did in the ledger."""
        return words_of(one, self.invoice, self.ledger, booked=self.in_ledger)

    @property
    def standing(self) -> bool:
        """Tell whether it would move, were its connection in use, or its pushing switched on."""
        return stands_still(self.invoice)

    @property
    def not_live(self) -> bool:
        """Tell whether it waits for somebody to switch pushing on."""
        return waits_for_go_live(self.invoice)

    @property
    def away(self) -> bool:
        """Tell whether its company was disconnected: what is there is not known any more."""
        connection = self.invoice.connection
        gone = connection is not None and connection.state == ConnectionState.DISCONNECTED
        return gone and self.theirs is None and self.invoice.sync_state == SyncState.UNLINKED

    @property
    def linked_before(self) -> bool:
        """Tell whether its customer was one of the ledger's when it came."""
        return self.customer_link is not None and not came_later(self.customer_link, self.invoice)

    @property
    def attempts(self) -> int:
        """Count the tries so far."""
        return sum(1 for one in self.happened if one.attempt)

    @property
    def code(self) -> str:
        """Return the code of what stands in its way; "" for nothing."""
        return str((self.invoice.problem or {}).get("code") or "")

    @property
    def asks(self) -> bool:
        """Tell whether a person must choose between billing's version and the ledger's."""
        stopped = self.open_push is not None and self.open_push.state == PushState.FAILED
        return stopped and self.code in (EDITED_THERE, *GONE_THERE)

    @property
    def question(self) -> Sequence[ChangeGroup]:
        """Return field by field what was changed, where a person must choose."""
        return change_groups(self.invoice.problem or {}, self.ledger)

    def may(self, deed: str) -> bool:
        """Tell whether a button is offered."""
        state, push = self.invoice.sync_state, self.open_push
        unsent = push is None or (push.first_sent_at is None and push.undoes_id is None)
        return {
            "retry": state in AGAIN,
            "push": state == SyncState.HELD,
            "hold": state in HOLDABLE and unsent and self.open_push is not None,
            "never": state in OPT_OUT and unsent,
            "tax": unsent and awaits_tax_decision(self.invoice),
            "use-billing": self.asks and self.code == EDITED_THERE,
            "keep-ledger": self.asks,
            "another": undecided(state, self.invoice.problem),
            "allow": may_be_allowed(self.invoice),
        }[deed]

    @property
    def tax_rows(self) -> list[tuple[str, Decimal]]:
        """Return the tax by rate, as the foot of the lines shows it."""
        return tax_rows((row.line for row in self.lines), self.invoice.tax_total, self.tax_name)


def build(invoice: SalesDocument) -> InvoicePage:
    """Read everything about an invoice or a credit note."""
    pushes = one_invoice.pushes_of(invoice)
    parts: Sequence[Part] = ()
    tried = pushes
    if isinstance(invoice, CreditNote):
        parts = credit_notes.parts_of([invoice.id]).get(invoice.id, ())
        tried = [*pushes, *credit_notes.pushes_of(invoice)]
    theirs, link = one_invoice.theirs_of(invoice), one_invoice.customer_link_of(invoice)
    sent, predicted = _sent(invoice)
    return InvoicePage(
        invoice=invoice,
        lines=one_invoice.lines_of(invoice),
        theirs=theirs,
        payments=one_invoice.payments_of(invoice, theirs),
        pushes=pushes,
        happened=timeline_of(invoice, tried, theirs, link),
        customer_link=link,
        same_cause=_others(invoices.cause_of(invoice), invoice),
        sent=sent,
        predicted=predicted,
        parts=parts,
        accepted=accepted_of([invoice]).get(invoice.id),
    )


def _others(cause: str, invoice: SalesDocument) -> int:
    """Count the other invoices of this connection that are stopped by the same cause."""
    if not isinstance(invoice, Invoice):
        return 0
    return max(0, invoices.count_with_cause(cause, invoice.connection_id) - 1) if cause else 0


def _sent(invoice: SalesDocument) -> tuple[str | None, bool]:
    """Return the JSON that was sent or is stored to be sent, or what would be; laid out."""
    body, predicted = exact_body(invoice.id)
    return (laid_out(body) if body else None), predicted
