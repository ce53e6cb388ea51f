"""Say what of an invoice its ledger gets otherwise than billing said it, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.domain.push_plan import InvoicePlan, Mappings, VoidPlan, left_out
from app.domain.readiness import Names
from app.domain.states import DocumentKind, MappingKind
from app.domain.wording import listed
from app.ledgers.interface import Ledger

_CALLED = {
    MappingKind.CLASS: "class",
    MappingKind.DEPARTMENT: "department",
    MappingKind.PAYMENT_TERMS: "payment terms",
}
# Names in one sentence; a timeline is no list of everything.
_NAMED = 3


def remarks_of(
    kind: DocumentKind,
    plan: InvoicePlan | VoidPlan,
    mappings: Mappings,
    ledger: Ledger,
    ledger_name: str,
    named: Callable[[], Names],
) -> str | None:
    """Return what people must know of a body beside billing's words; None when nothing.

    named: looks up what billing calls what an invoice may go without, should that be needed.
    Raises ValueError when the plan cannot be put into the ledger's words.
    """
    if isinstance(plan, VoidPlan):
        return None
    unmapped = _unmapped(left_out(plan.invoice, mappings), ledger_name, named)
    said = [plan.note, unmapped, *ledger.remarks(kind, plan)]
    return " ".join(sentence for sentence in said if sentence) or None


def _unmapped(
    codes: Sequence[tuple[MappingKind, str]], ledger_name: str, named: Callable[[], Names]
) -> str:
    if not codes:
        return ""
    names = named()
    shown = [f"{_CALLED[kind]} “{names.get((kind, code), code)}”" for kind, code in codes[:_NAMED]]
    if len(codes) > _NAMED:
        shown.append(f"{len(codes) - _NAMED} more")
    one = len(codes) == 1 and codes[0][0] != MappingKind.PAYMENT_TERMS
    are = "is" if one else "are"
    return f"Sent without {listed(shown)}, which {are} not mapped to {ledger_name}."
