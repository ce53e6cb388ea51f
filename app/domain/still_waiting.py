"""What a stopped document still waits for, and how many go once something was settled, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.domain.problem import Missing
from app.domain.states import DocumentKind, MappingKind
from app.domain.wording import listed, plural

Key = tuple[str, str]  # kind and code of what is missing
MAPPABLE = frozenset(kind.value for kind in MappingKind)

CUSTOMER = "customer"
# Nobody there is known by the name of its customer, who is created: it goes, unless the ledger has
# somebody else of that name, a supplier mostly.
NEW = "new_customer"
# Only the push finds out who its customer is.
LOOKED_FOR = "customer_first"
CONNECTION = "connection"

_WORDS = {
    "service": "a service",
    "tax_code": "a tax code",
    CUSTOMER: "a customer",
    LOOKED_FOR: "its customer to be found there or created",
    "setting": "a setting",
    "closed_period": "an open period",
    "line": "a correction in billing",
    "document": "a correction in billing",
    "tax": "a decision about its tax",
    "perhaps_there": "a decision whether it is there already",
}
_CONNECTION_WORDS = {
    "not_live": "pushing to be switched on",
    "paused": "pushing to be resumed",
    "broken": "the ledger to be connected again",
    "quiet": "the ledger to take calls again",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A document that was stopped: the codes on it, and everything that it waits for now."""

    push_id: int
    kind: str
    currency: str
    total: Decimal
    codes: frozenset[Key]
    waits: tuple[Missing, ...]

    @property
    def keys(self) -> frozenset[Key]:
        """Return what it waits for, as kinds and codes."""
        return frozenset((one.kind, one.code) for one in self.waits)

    @property
    def is_invoice(self) -> bool:
        """Tell an invoice from a credit note."""
        return self.kind == DocumentKind.INVOICE

    def without(self, kind: str, code: str) -> Standing:
        """Return it as it stands once one thing is there."""
        left = tuple(one for one in self.waits if (one.kind, one.code) != (kind, code))
        return replace(self, waits=left)

    @property
    def only(self) -> Key | None:
        """Return the one thing that is in the way; None where it is none or several."""
        in_the_way = {(one.kind, one.code) for one in self.waits if one.kind != NEW}
        return next(iter(in_the_way)) if len(in_the_way) == 1 else None


@dataclass(frozen=True, slots=True)
class Going:
    """What became of documents that something was settled for.

    invoices, credit_notes: that go now; new: how many of them to a customer that is created first.
    looked_for: that go once the ledger was asked who their customer is. still: how many wait for
    something else; causes: how many for what.
    """

    invoices: int = 0
    credit_notes: int = 0
    new: int = 0
    looked_for: int = 0
    still: int = 0
    causes: Mapping[str, int] = field(default_factory=dict)

    @property
    def released(self) -> int:
        """Return how many wait for no person any more."""
        return self.invoices + self.credit_notes + self.looked_for


def going(standings: Iterable[Standing]) -> Going:
    """Count what goes and what still waits."""
    goes: Counter[str] = Counter()
    new, looked_for, still = 0, 0, 0
    causes: Counter[str] = Counter()
    for one in standings:
        kinds = {missing.kind for missing in one.waits}
        if kinds <= {NEW}:
            goes[one.kind] += 1
            new += len(kinds)
        elif kinds == {LOOKED_FOR}:
            looked_for += 1
        else:
            still += 1
            causes.update(_causes(w for w in one.waits if w.kind != LOOKED_FOR))
    notes = goes[DocumentKind.CREDIT_NOTE]
    return Going(goes[DocumentKind.INVOICE], notes, new, looked_for, still, dict(causes))


def causes_of(waits: Iterable[Missing], besides: Key) -> set[str]:
    """Return in words what is waited for besides one thing."""
    return _causes(one for one in waits if (one.kind, one.code) != besides)


def _causes(waits: Iterable[Missing]) -> set[str]:
    return {_word(one) for one in waits if one.kind != NEW}


def _word(missing: Missing) -> str:
    if missing.kind == CONNECTION:
        return _CONNECTION_WORDS.get(missing.code, "a connected ledger")
    return _WORDS.get(missing.kind, "a decision")


def counted(causes: Mapping[str, int]) -> str:
    """Return causes in words, what most wait for first: "a customer (2), a tax code (1)"."""
    found = sorted(causes.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{cause} ({count})" for cause, count in found)


def going_words(found: Going, ledger: str, *, follow: bool = False) -> str:
    """Say what goes and what still waits for what, in sentences; "" where nothing was settled for.

    ledger: its name. follow: it goes after something that is sent first.
    """
    said = []
    counts = (found.invoices, "invoice"), (found.credit_notes, "credit note")
    if several := [plural(count, what) for count, what in counts if count]:
        one = found.invoices + found.credit_notes == 1
        goes = f"{'goes' if one else 'go'} to {ledger} now"
        if follow:
            goes = "follows by itself" if one else "follow by themselves"
        said.append(f"{listed(several)} {goes}{_first(found)}.")
    if found.looked_for:
        more = plural(found.looked_for, "goes once its customer is", "go once their customers are")
        said.append(f"{more} found or created there.")
    return " ".join(filter(None, (*said, still_words(found))))


def _first(found: Going) -> str:
    """Say that customers are created first, of all that goes or of some."""
    if not found.new:
        return ""
    some = "" if found.new == found.invoices + found.credit_notes else f"{found.new} of them "
    whose = "its customer is" if found.new == 1 else "their customers are"
    return f", {some}once {whose} created there"


def still_words(found: Going) -> str:
    """Say what still waits for what: "2 still wait for: a customer (1), a tax code (1)."."""
    if not found.still:
        return ""
    waits = plural(found.still, "still waits for", "still wait for")
    return f"{waits}: {counted(found.causes)}."
