"""Say what of an invoice its ledger gets otherwise than billing said it, in sentences."""

from __future__ import annotations

from app.domain.push_plan import InvoicePlan, Mappings, VoidPlan, left_out
from app.domain.states import MappingKind
from app.domain.wording import listed
from app.ledgers import LEDGERS
from app.ledgers.interface import Ledger
from app.models import Connection
from app.usecases.push.mappings import names_of

_CALLED = {
    MappingKind.CLASS: "class",
    MappingKind.DEPARTMENT: "department",
    MappingKind.PAYMENT_TERMS: "payment terms",
}
# Names in one sentence; a timeline is no list of everything.
_NAMED = 3


def remarks_of(
    plan: InvoicePlan | VoidPlan, connection: Connection, mappings: Mappings, ledger: Ledger
) -> str | None:
    """Return what people must know of a body beside billing's words; None when nothing.

    Raises ValueError when the plan cannot be put into the ledger's words.
    """
    if isinstance(plan, VoidPlan):
        return None
    said = [plan.note, _unmapped(plan, connection, mappings), *ledger.remarks(plan)]
    return " ".join(sentence for sentence in said if sentence) or None


def _unmapped(plan: InvoicePlan, connection: Connection, mappings: Mappings) -> str:
    codes = left_out(plan.invoice, mappings)
    if not codes:
        return ""
    names = names_of(connection, {kind for kind, _ in codes})
    shown = [f"{_CALLED[kind]} “{names.get((kind, code), code)}”" for kind, code in codes[:_NAMED]]
    if len(codes) > _NAMED:
        shown.append(f"{len(codes) - _NAMED} more")
    one = len(codes) == 1 and codes[0][0] != MappingKind.PAYMENT_TERMS
    provider = LEDGERS[connection.provider].provider.name
    return f"Sent without {listed(shown)}, which {'is' if one else 'are'} not mapped to {provider}."
