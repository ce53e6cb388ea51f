"""Lay before a person what somebody changed in the ledger, and do what they decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import select

from app.domain.edited_there import (
    EDITED_THERE,
    GONE_THERE,
    Content,
    Edit,
    Said,
    described,
    from_json,
)
from app.domain.settlement import outdated
from app.domain.states import CatalogueKind, Lane, PushState, SyncState
from app.extensions import db
from app.ledgers import LEDGERS
from app.ledgers.interface import Written
from app.models import CatalogueRow, DocumentLink, LedgerCustomerRow, Push, SalesDocument
from app.usecases.push.agreed import ask_about
from app.usecases.push.applying import go_on
from app.usecases.push.linked import link_of
from app.usecases.push.show_booked import show_as_booked
from app.usecases.push.stay_on import stays_as_it_was
from app.usecases.settle import settle_from_mirror

# Which of the ledger's lists a field names an entry of.
_LISTS = {
    "item": CatalogueKind.ITEM,
    "tax_code": CatalogueKind.TAX_CODE,
    "terms": CatalogueKind.TERM,
}
_GONE_STATE = {"voided_there": SyncState.VOIDED, "deleted_there": SyncState.DELETED_THERE}

Name = Callable[[str, Said | None], Said | None]


def ask(push: Push, invoice: SalesDocument, present: Written, found: Sequence[Edit]) -> None:
    """Keep the state a person decides about, and show what differs; the caller commits."""
    link = link_of(push.connection_id, invoice)
    if link is None:
        return
    ask_about(link, present)
    if found and invoice.problem is not None:
        name = partial(_named, _names(push.connection_id, found))
        shown = [
            replace(
                one,
                before=name(one.field, one.before),
                theirs=name(one.field, one.theirs),
                ours=name(one.field, one.ours),
            )
            for one in found
        ]
        said = {
            "differences": described([x for x in shown if x.asked], invoice.currency),
            "other_changes": described([x for x in shown if not x.asked], invoice.currency),
        }
        lists = {name: list(rows) for name, rows in said.items() if rows}
        push.problem = invoice.problem = {**invoice.problem, **lists}


def _names(connection_id: int, found: Iterable[Edit]) -> dict[tuple[str, str], str]:
    """Return what the ledger calls the entries that differing fields refer to, by list and id."""
    ids = {said.value for one in found for said in (one.before, one.theirs, one.ours) if said}
    entries = db.session.execute(
        select(CatalogueRow.kind, CatalogueRow.ledger_id, CatalogueRow.name).where(
            CatalogueRow.connection_id == connection_id, CatalogueRow.ledger_id.in_(ids)
        )
    )
    customers = db.session.execute(
        select(LedgerCustomerRow.ledger_id, LedgerCustomerRow.name).where(
            LedgerCustomerRow.connection_id == connection_id, LedgerCustomerRow.ledger_id.in_(ids)
        )
    )
    names = {(kind, ledger_id): name for kind, ledger_id, name in entries}
    return names | {("customer", ledger_id): name for ledger_id, name in customers}


def _named(names: dict[tuple[str, str], str], field: str, said: Said | None) -> Said | None:
    part = field.rsplit(".", 1)[-1]
    kind = "customer" if part == "customer" else _LISTS.get(part)
    if said is None or kind is None:
        return said
    return Said(said.value, names.get((kind, said.value)) or said.name)


# ------------------------------------------------------------------ what a person decides


def take_ours(invoice: SalesDocument, push: Push | None, lane: Lane, now: datetime) -> bool:
    """Let billing's version go over the state the person saw; False when nobody is asked.

    Whatever changes there after that state is a new question.
    """
    link = _asked(invoice, push)
    if link is None or link.asked is None or push is None:
        return False
    if (invoice.problem or {}).get("code") != EDITED_THERE:
        return False
    link.agreed, link.asked = link.asked, None
    if outdated(link.version, link.agreed["version"]):
        link.version = link.agreed["version"]
    push.state, push.due_at, push.lane, push.attempts = PushState.WAITING, now, lane, 0
    push.problem = invoice.problem = None
    invoice.sync_state = SyncState.WAITING
    return True


def keep_theirs(invoice: SalesDocument, push: Push | None, actor: str, now: datetime) -> bool:
    """Leave the ledger's document as it is and give billing's change up; False when nobody asks.

    The next change of billing is laid beside what we wrote last, and asks again.
    """
    code = str((invoice.problem or {}).get("code"))
    if push is None or push.state != PushState.FAILED or code not in (EDITED_THERE, *GONE_THERE):
        return False
    push.state, push.finished_at = PushState.CANCELLED, now
    link = link_of(push.connection_id, invoice)
    if link is None:
        return False
    link.revision = invoice.revision
    if code in _GONE_STATE:
        invoice.sync_state = _GONE_STATE[code]
    else:
        _show_theirs(invoice, link, actor)
    link.asked = None
    db.session.flush()
    settle_from_mirror(push.connection_id, invoice)
    if code in _GONE_STATE:
        stays_as_it_was(invoice, now)
    else:
        go_on(invoice, now)
    return True


def _asked(invoice: SalesDocument, push: Push | None) -> DocumentLink | None:
    if push is None or push.state != PushState.FAILED:
        return None
    return link_of(push.connection_id, invoice)


def _show_theirs(invoice: SalesDocument, link: DocumentLink, actor: str) -> None:
    """Show the invoice as the ledger has it, by the state the person saw."""
    if link.asked is not None:
        content: Content = from_json(link.asked["content"])
        link.ledger_total = _amount(content, "total")
        link.ledger_tax_total = _amount(content, "tax_total")
        if outdated(link.version, link.asked["version"]):
            link.version = link.asked["version"]
    cause = ""
    if invoice.connection is not None:
        ledger = LEDGERS[invoice.connection.provider].provider.name
        cause = f"{actor} kept what {ledger} has and gave billing's change up."
    show_as_booked(invoice, link, cause)


def _amount(content: Content, field: str) -> Decimal:
    said = content.get(field)
    return Decimal(said.value) if said else Decimal(0)
